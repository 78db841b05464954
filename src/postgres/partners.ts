import type { ISql } from 'postgres';
import { v7 as newId } from 'uuid';
import type { PartnerKey, PartnerScope } from '../domain/partner.js';
import { SetupError } from './organizations.js';

export type Partner = {
  readonly organizationId: string;
  readonly id: string;
  readonly name: string;
  /** What its documents are published for, where nothing else is said. */
  readonly application: string;
};

/** A key as its operator sees it. */
export type ListedKey = Pick<PartnerKey, 'keyId' | 'enforcement' | 'scopes' | 'expiresAt' | 'revokedAt'> & {
  readonly partner: string;
  readonly application: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
};

export type NewKey = Pick<PartnerKey, 'keyId' | 'hash' | 'enforcement' | 'scopes' | 'expiresAt'>;

/** What operators set up for partners. Each operation throws a SetupError when it is refused; then nothing has changed. */
export type Partners = {
  /** Makes the partner unless there is one of that name, and gives it one more key. */
  readonly create: (
    partner: Pick<Partner, 'organizationId' | 'name'> & { readonly application: string | null },
    key: NewKey,
  ) => Promise<Partner>;
  readonly find: (organizationId: string, name: string) => Promise<Partner>;
  /** The key by its id, whoever's it is. */
  readonly findKey: (keyId: string) => Promise<ListedKey & { readonly organization: string }>;
  /** A key that may do the same as the old one; that ends at `until`, if it does not end before. */
  readonly rotate: (keyId: string, key: Pick<NewKey, 'keyId' | 'hash' | 'expiresAt'>, until: Date) => Promise<void>;
  /** Resolves to when it was revoked, which may have been before. */
  readonly revoke: (keyId: string) => Promise<Date>;
  readonly list: (organizationId: string) => Promise<readonly ListedKey[]>;
};

const NAME = /^[^\p{Cc}]{1,100}$/u;
const LABEL = /^[\w.+-]{1,100}$/;

export function createPartners({ sql }: { readonly sql: ISql }): Partners {
  const columns = sql`
    k.id as "keyId", k.enforcement, k.scopes, k.expires_at as "expiresAt", k.revoked_at as "revokedAt",
    k.created_at as "createdAt", k.last_used_at as "lastUsedAt", p.name as partner, p.application`;

  async function lookUp(organizationId: string, name: string): Promise<Partner | null> {
    const [row] = await sql<Partner[]>`
      select organization_id as "organizationId", id, name, application
      from partners where organization_id = ${organizationId} and name = ${name}`;
    return row ?? null;
  }

  async function findKey(keyId: string): Promise<ListedKey & { readonly organization: string }> {
    const [row] = await sql<(ListedKey & { readonly organization: string })[]>`
      select ${columns}, o.slug as organization
      from partner_keys k
      join partners p on p.organization_id = k.organization_id and p.id = k.partner_id
      join organizations o on o.id = k.organization_id
      where k.id = ${keyId}`;
    if (row === undefined) throw noKey(keyId);
    return row;
  }

  return {
    async create({ organizationId, name, application }, key) {
      if (!NAME.test(name) || name.trim() !== name) {
        throw new SetupError('A partner needs a name of 1 to 100 printable characters.');
      }
      if (application !== null) requireLabel('application', application);
      await sql`
        insert into partners (organization_id, id, name, application, created_at)
        values (${organizationId}, ${newId()}, ${name}, ${application ?? 'main'}, now())
        on conflict (organization_id, name) do nothing`;
      const partner = await lookUp(organizationId, name);
      if (partner === null) throw new SetupError(`There is no organization with the id ${organizationId}.`);
      if (application !== null && application !== partner.application) {
        throw new SetupError(
          `The documents of "${name}" are published for "${partner.application}"; ` +
            '"assent documents publish --application" names another.',
        );
      }
      await sql`
        insert into partner_keys (organization_id, id, partner_id, hash, enforcement, scopes, created_at, expires_at)
        values (${organizationId}, ${key.keyId}, ${partner.id}, ${key.hash}, ${key.enforcement},
          ${JSON.stringify(key.scopes)}::text::jsonb, now(), ${key.expiresAt})`;
      return partner;
    },

    async find(organizationId, name) {
      const partner = await lookUp(organizationId, name);
      if (partner === null) throw new SetupError(`There is no partner "${name}"; "assent partner list" shows them.`);
      return partner;
    },

    findKey,

    async rotate(keyId, key, until) {
      const old = await findKey(keyId);
      if (old.revokedAt !== null) throw new SetupError(`The key "${keyId}" was revoked; create a new one.`);
      await sql`
        insert into partner_keys (organization_id, id, partner_id, hash, enforcement, scopes, created_at, expires_at)
        select organization_id, ${key.keyId}, partner_id, ${key.hash}, enforcement, scopes, now(), ${key.expiresAt}
        from partner_keys where id = ${keyId}`;
      await sql`update partner_keys set expires_at = least(expires_at, ${until}) where id = ${keyId}`;
    },

    async revoke(keyId) {
      const [row] = await sql<{ at: Date }[]>`
        update partner_keys set revoked_at = coalesce(revoked_at, now()) where id = ${keyId} returning revoked_at as at`;
      if (row === undefined) throw noKey(keyId);
      return row.at;
    },

    async list(organizationId) {
      return sql<ListedKey[]>`
        select ${columns} from partner_keys k
        join partners p on p.organization_id = k.organization_id and p.id = k.partner_id
        where k.organization_id = ${organizationId} order by p.name, k.created_at, k.id`;
    },
  };
}

const noKey = (keyId: string) => new SetupError(`There is no key "${keyId}"; "assent partner list" shows them.`);

/** Applications and versions are named in commands and answers. */
export function requireLabel(what: string, label: string): void {
  if (!LABEL.test(label)) {
    throw new SetupError(`The ${what} is named with 1 to 100 letters, digits, ".", "_", "+" or "-".`);
  }
}

/** The scopes of all keys that a partner may use now: what its documents may do. */
export async function scopesOf(sql: ISql, partner: Partner): Promise<readonly PartnerScope[]> {
  const rows = await sql<{ scopes: readonly PartnerScope[] }[]>`
    select scopes from partner_keys
    where organization_id = ${partner.organizationId} and partner_id = ${partner.id} and revoked_at is null
      and (expires_at is null or expires_at > now())`;
  return [...new Set(rows.flatMap(({ scopes }) => scopes))];
}
