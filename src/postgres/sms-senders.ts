import type { Sql } from 'postgres';
import { phoneKey } from '../domain/phone-number.js';
import type { Logger } from '../domain/ports/logger.js';
import type { SmsSender, SmsSenders } from '../domain/ports/sms-senders.js';
import type { Secrets } from './secrets.js';

type Row = {
  readonly organization_id: string;
  readonly account_sid: string;
  readonly auth_token: Uint8Array;
  readonly from_number: string;
};

/** What binds the token to its row: put elsewhere, it does not open. */
export function tokenPlace(organizationId: string): string {
  return `sms_senders/${organizationId}/auth_token`;
}

/**
 * The senders of organizations, and the shared one for those without. Of a list, a sender whose token can't be opened is
 * left out and reported.
 */
export function createSmsSenders(dependencies: {
  readonly sql: Sql;
  readonly secrets: Secrets;
  /** Null where only organizations with a sender of their own can send. */
  readonly shared: SmsSender | null;
  readonly log: Logger;
}): SmsSenders {
  const { sql, secrets, shared, log } = dependencies;
  const columns = sql`organization_id, account_sid, auth_token, from_number`;

  function senderFrom(row: Row): SmsSender {
    return {
      organizationId: row.organization_id,
      accountSid: row.account_sid,
      authToken: secrets.open(row.auth_token, tokenPlace(row.organization_id)),
      from: row.from_number,
    };
  }

  function readable(row: Row): readonly SmsSender[] {
    try {
      return [senderFrom(row)];
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      log.error({ organizationId: row.organization_id, reason }, "the token of an SMS sender can't be read");
      return [];
    }
  }

  return {
    async byOrganization(organizationId) {
      const [row] = await sql<Row[]>`
        select ${columns} from sms_senders where organization_id = ${organizationId} and enabled`;
      return row === undefined ? shared : senderFrom(row);
    },

    async named({ accountSid, number }) {
      const rows = await sql<Row[]>`
        select ${columns} from sms_senders where account_sid = ${accountSid} or from_number = ${number}`;
      const isMeant = shared !== null && (shared.accountSid === accountSid || shared.from === number);
      return [...rows.flatMap(readable), ...(isMeant ? [shared] : [])];
    },

    async enabled() {
      const rows = await sql<Row[]>`select ${columns} from sms_senders where enabled order by organization_id`;
      return [...rows.flatMap(readable), ...(shared === null ? [] : [shared])];
    },

    async organizationsKnowing(phone) {
      // One look into the index for each organization: there is none across them.
      const rows = await sql<{ id: string }[]>`
        select o.id from organizations o cross join lateral (
          select from contacts c where c.organization_id = o.id and c.phone_key = ${phoneKey(phone)} limit 1
        ) known
        order by o.id`;
      return rows.map(({ id }) => id);
    },
  };
}
