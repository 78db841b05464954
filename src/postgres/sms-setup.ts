import type { ISql } from 'postgres';
import { parsePhoneNumber } from '../domain/phone-number.js';
import { SetupError, type Organizations } from './organizations.js';
import type { Secrets } from './secrets.js';
import { tokenPlace } from './sms-senders.js';

/** An account and number as their operator knows them, at the provider. */
export type SmsSenderSettings = {
  readonly accountSid: string;
  readonly authToken: string;
  /** In E.164, or a short code. */
  readonly from: string;
};

/** What operators set up for SMS. Each operation throws a SetupError when it is refused; then nothing has changed. */
export type SmsSetup = {
  /** Sets the organization's own sender, or replaces it, enabled; resolves to the number as it is kept. */
  readonly setSender: (slug: string, sender: SmsSenderSettings) => Promise<string>;
  readonly disableSender: (slug: string) => Promise<void>;
};

const ACCOUNT_SID = /^[\w-]{2,64}$/;
const SHORT_CODE = /^\d{3,8}$/;

export function createSmsSetup(dependencies: {
  readonly sql: ISql;
  readonly secrets: Secrets;
  readonly organizations: Pick<Organizations, 'findBySlug'>;
}): SmsSetup {
  const { sql, secrets, organizations } = dependencies;

  async function idOf(slug: string): Promise<string> {
    const found = await organizations.findBySlug(slug);
    if (found === null) throw new SetupError(`There is no organization "${slug}".`);
    return found.id;
  }

  return {
    async setSender(slug, { accountSid, authToken, from }) {
      if (!ACCOUNT_SID.test(accountSid)) {
        throw new SetupError('An account SID is the id of the account at the provider, for example AC and 32 digits.');
      }
      if (authToken.trim() === '') throw new SetupError('The sender needs a value for its auth token.');
      const number = SHORT_CODE.test(from) ? from : parsePhoneNumber(from);
      if (number === null) {
        throw new SetupError('The number to send from is in E.164, for example +15005550006, or a short code.');
      }
      const id = await idOf(slug);
      const sealed = secrets.seal(authToken, tokenPlace(id));
      try {
        await sql`
          insert into sms_senders (organization_id, account_sid, auth_token, from_number)
          values (${id}, ${accountSid}, ${sealed}, ${number})
          on conflict (organization_id) do update set account_sid = excluded.account_sid,
            auth_token = excluded.auth_token, from_number = excluded.from_number, enabled = true, updated_at = now()`;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === '23505')) throw error;
        throw new SetupError('Another organization sends from this number.', { cause: error });
      }
      return number;
    },

    async disableSender(slug) {
      const id = await idOf(slug);
      const disabled = await sql`
        update sms_senders set enabled = false, updated_at = now() where organization_id = ${id}`;
      if (disabled.count === 0) throw new SetupError(`The organization "${slug}" has no SMS sender of its own.`);
    },
  };
}
