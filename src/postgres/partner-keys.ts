import type { Sql } from 'postgres';
import type { PartnerKey, PartnerKeys } from '../domain/partner.js';
import type { Clock } from '../domain/ports/clock.js';

const REMEMBERED_FOR_MS = 1_000;
/** Made-up keys must not fill the memory. */
const REMEMBERED = 10_000;

/** Keys as those who check them need them. A revocation is seen by every server within a second. */
export function createPartnerKeys(dependencies: { readonly sql: Sql; readonly clock: Clock }): PartnerKeys & {
  /** Writes when keys were last used; what a failed write did not tell is kept for the next. */
  readonly flush: () => Promise<void>;
} {
  const { sql, clock } = dependencies;
  const known = new Map<string, { readonly key: PartnerKey | null; readonly until: number }>();
  const asking = new Map<string, Promise<PartnerKey | null>>();
  let uses = new Map<string, { readonly organizationId: string; readonly keyId: string; readonly at: Date }>();

  async function ask(keyId: string): Promise<PartnerKey | null> {
    const [row] = await sql<PartnerKey[]>`
      select k.id as "keyId", k.hash, k.organization_id as "organizationId", o.slug as "organizationSlug",
        k.partner_id as "partnerId", p.name as "partnerName", k.enforcement, k.scopes, k.expires_at as "expiresAt",
        k.revoked_at as "revokedAt"
      from partner_keys k
      join partners p on p.organization_id = k.organization_id and p.id = k.partner_id
      join organizations o on o.id = k.organization_id
      where k.id = ${keyId}`;
    const key = row === undefined ? null : { ...row };
    known.delete(keyId);
    known.set(keyId, { key, until: clock.now().getTime() + REMEMBERED_FOR_MS });
    const [oldest] = known.keys();
    if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest);
    return key;
  }

  return {
    async find(keyId) {
      const remembered = known.get(keyId);
      if (remembered !== undefined && clock.now().getTime() < remembered.until) return remembered.key;
      const asked = asking.get(keyId) ?? ask(keyId).finally(() => asking.delete(keyId));
      asking.set(keyId, asked);
      return asked;
    },

    used({ organizationId, keyId }, at) {
      uses.set(keyId, { organizationId, keyId, at });
    },

    async flush() {
      if (uses.size === 0) return;
      const taken = uses;
      uses = new Map();
      try {
        await sql`
          update partner_keys k set last_used_at = greatest(k.last_used_at, u.at)
          from jsonb_to_recordset(${JSON.stringify([...taken.values()])}::text::jsonb)
            as u ("organizationId" uuid, "keyId" text, at timestamptz)
          where k.organization_id = u."organizationId" and k.id = u."keyId"`;
      } catch (error) {
        uses = new Map([...taken, ...uses]);
        throw error;
      }
    },
  };
}
