import type { ISql } from 'postgres';
import type { Revocations } from '../domain/ports/revocations.js';
import { SetupError, type Organizations } from './organizations.js';
import type { Scoped } from './scoped.js';

/** What of callers' permissions was taken back, or has ended by itself. */
export function createRevocations(scoped: Scoped): Revocations {
  return {
    async stillValid(permissions) {
      if (permissions.length === 0) return [];
      const asked = permissions.map(({ organizationId, subject, issuedAt, partner }, number) => ({
        ...{ number, organization_id: organizationId, subject },
        ...{ issued_at: issuedAt, key_id: partner?.keyId ?? null },
      }));
      const organizationIds = permissions.map(({ organizationId }) => organizationId);
      const rows = await scoped(
        organizationIds,
        (sql) => sql<{ number: number }[]>`
          select asked.number
          from jsonb_to_recordset(${JSON.stringify(asked)}::text::jsonb)
            as asked(number int, organization_id uuid, subject text, issued_at timestamptz, key_id text)
          where exists (select from organizations where id = asked.organization_id)
            and case when asked.key_id is null then not exists (
                select from token_revocations as revoked
                where revoked.organization_id = asked.organization_id and revoked.subject = asked.subject
                  and (asked.issued_at is null or asked.issued_at < revoked.not_before))
              else exists (
                select from partner_keys as key
                where key.organization_id = asked.organization_id and key.id = asked.key_id
                  and key.revoked_at is null and (key.expires_at is null or key.expires_at > now()))
              end`,
      );
      const valid = new Set(rows.map(({ number }) => number));
      return permissions.map((_, number) => valid.has(number));
    },
  };
}

/** What operators do with the tokens of their people. */
export type TokenSetup = {
  /**
   * Takes back all tokens of a subject that were made until now; resolves to the time from which on one counts again. Tokens
   * tell seconds, so that is the beginning of the next one.
   */
  readonly revoke: (slug: string, subject: string) => Promise<Date>;
};

export function createTokenSetup(dependencies: {
  readonly sql: ISql;
  readonly organizations: Pick<Organizations, 'findBySlug'>;
}): TokenSetup {
  const { sql, organizations } = dependencies;
  return {
    async revoke(slug, subject) {
      if (subject.trim() === '') throw new SetupError('Say whose tokens are meant: the `sub` that they name.');
      const found = await organizations.findBySlug(slug);
      if (found === null) throw new SetupError(`There is no organization "${slug}".`);
      const [row] = await sql<{ not_before: Date }[]>`
        insert into token_revocations (organization_id, subject, not_before)
        values (${found.id}, ${subject}, date_trunc('second', clock_timestamp()) + interval '1 second')
        on conflict (organization_id, subject)
          do update set not_before = greatest(token_revocations.not_before, excluded.not_before)
        returning not_before`;
      if (!row) throw new Error('A revocation was not stored.');
      return row.not_before;
    },
  };
}
