import { vi } from 'vitest';
import { assent } from './command-line.js';
import {
  QueueMessageDocument,
  SwitchToSmsDocument,
  type HeldMessageChoice,
  type MessagePartsFragment,
} from './gql/graphql.js';
import { startJourney, type Asked, type Person } from './journey.js';
import type { RecordedRequest } from './provider-stand-in.js';
import { postForm } from './sms-fakes.js';

/** An account and number at the SMS provider. */
export type Account = { readonly accountSid: string; readonly authToken: string; readonly from: string };

/** What organizations without a sender of their own send with. */
export const shared: Account = { accountSid: 'AC0', authToken: 'shared-token', from: '+15005550000' };
/** The organization's own. */
export const own: Account = { accountSid: 'AC1', authToken: 'own-token', from: '+15005550001' };

export type SmsJourney = Awaited<ReturnType<typeof startSmsJourney>>;

/** A journey with the stand-in in Twilio's place, and contacts who write by SMS through webhooks as Twilio posts them. */
export async function startSmsJourney(settings: Readonly<Record<string, string>> = {}) {
  const journey = await startJourney((provider) => ({
    SMS_BASE_URL: provider.baseUrl,
    SMS_ACCOUNT_SID: shared.accountSid,
    SMS_AUTH_TOKEN: shared.authToken,
    SMS_FROM: shared.from,
    DELIVERY_ORDER_WAIT: 'PT0.05S',
    ...settings,
  }));
  const { server, provider, agent } = journey;
  let acts = 0;

  async function operator(...args: readonly string[]): Promise<void> {
    const { code, err } = await assent(server.env, ...args);
    if (code !== 0) throw new Error(err);
  }
  const account = ['--account-sid', own.accountSid, '--auth-token', own.authToken, '--from', own.from];
  await operator('sms', 'set', '--org', 'acme', ...account);

  /** What a contact writes, as it is posted; resolves to the answer. */
  function writes(
    who: Pick<Person, 'phone'>,
    text: string,
    { to = own, token, id = `SM.in.${(acts += 1)}` }: { to?: Account; token?: string; id?: string } = {},
  ) {
    const fields = {
      MessageSid: id,
      AccountSid: to.accountSid,
      From: who.phone,
      To: to.from,
      Body: text,
      NumMedia: '0',
    };
    return postForm(`${server.url}/webhooks/sms`, fields, token ?? to.authToken);
  }

  /** What becomes of a send, as it is posted to the address that the send named; resolves to the answer. */
  function reports(
    sent: RecordedRequest | undefined,
    status: string,
    { errorCode = '', token = own.authToken, id = 'SM.of-a-report' } = {},
  ) {
    const fields = { MessageSid: id, MessageStatus: status, AccountSid: own.accountSid, From: own.from };
    return postForm(String(sent?.body.StatusCallback), errorCode ? { ...fields, ErrorCode: errorCode } : fields, token);
  }

  /** The sends by SMS to a number, once there are so many. */
  async function smsTo(who: Pick<Person, 'phone'>, count: number): Promise<readonly RecordedRequest[]> {
    return vi.waitFor(
      () => {
        const all = provider.sendsTo(who.phone).filter(({ path }) => path.includes('/2010-04-01/'));
        if (all.length < count) throw new Error(`${all.length} of ${count} SMS`);
        return all;
      },
      { timeout: 30_000, interval: 20 },
    );
  }

  async function queueSms(who: Person, body: string) {
    const input = { contactId: who.id, body, channel: 'SMS' as const };
    return (await agent.ask(QueueMessageDocument, { input })).queueMessage;
  }

  async function switchToSms(who: Person, heldMessages: HeldMessageChoice) {
    return (await agent.ask(SwitchToSmsDocument, { input: { contactId: who.id, heldMessages } })).switchToSms;
  }

  /** Someone whose number is not on WhatsApp, with messages that were held for them. */
  async function unreachable(...held: readonly string[]): Promise<Asked> {
    const who = await journey.asked();
    for (const body of held) await journey.queue(who, body);
    await journey.reports(who.request, 'failed', { code: 131026 });
    await journey.becomes(who, 'UNREACHABLE');
    return who;
  }

  /** What the contact wrote, once the agent is shown it. */
  const shown = (who: Person, body: string): Promise<MessagePartsFragment> => journey.message(who, body, 'RECEIVED');

  /** The facts about SMS that are recorded of the contact. */
  async function smsFacts(who: Person): Promise<readonly string[]> {
    const rows = await journey.database.sql<{ type: string }[]>`
      select type from consent_events e where type like 'Sms%' and exists (
        select from contacts c where c.organization_id = e.organization_id and c.id = e.contact_id
          and c.phone = ${who.phone})
      order by version`;
    return rows.map(({ type }) => type);
  }

  return {
    ...journey,
    operator,
    writes,
    reports,
    reportsOnWhatsApp: journey.reports,
    smsTo,
    queueSms,
    switchToSms,
    unreachable,
    shown,
    smsFacts,
  };
}
