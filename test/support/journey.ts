import { vi } from 'vitest';
import type { Clock } from '../../src/domain/ports/clock.js';
import { startTestServer, type TestCaller } from './assent-server.js';
import {
  ContactDocument,
  ConversationDocument,
  HistoryDocument,
  QueueMessageDocument,
  SendOptInDocument,
  type ConsentStatus,
  type MessagePartsFragment,
  type MessageStatus,
  type SendOptInInput,
} from './gql/graphql.js';
import { patience } from './patience.js';
import {
  buttonMessage,
  postWebhook,
  statusOf,
  textMessage,
  webhookOf,
  type RecordedRequest,
} from './provider-stand-in.js';

/** A contact who can act. */
export type Person = {
  readonly id: string;
  readonly phone: string;
  /** When they act next: each time a second later than the time before. */
  readonly next: () => Date;
};

/** A contact who has been asked. */
export type Asked = Person & { readonly request: RecordedRequest; readonly accept: string; readonly decline: string };

type Act = { readonly at?: Date; readonly id?: string; readonly contextId?: string };

export type Journey = Awaited<ReturnType<typeof startJourney>>;

/** A server with one organization and one agent, and contacts who act through webhooks as Meta posts them. */
export async function startJourney(
  settings: Parameters<typeof startTestServer>[0] = {},
  /** What the server and the contacts take for the time. */
  clock: Clock = { now: () => new Date() },
) {
  const server = await startTestServer(settings, { clock });
  const { provider, database } = server;
  const organization = await server.organization('acme');
  const agent = await server.caller('acme');
  let numbers = 1000;

  const nextPhone = (): string => `+1650253${(numbers += 1)}`;

  function person(id: string, phone: string): Person {
    const second = (): number => Math.floor(clock.now().getTime() / 1000);
    let last = second() - 1;
    return {
      id,
      phone,
      next: () => {
        last = Math.max(last + 1, second());
        return new Date(last * 1000);
      },
    };
  }

  async function ask(input: Partial<SendOptInInput> = {}, by: TestCaller = agent): Promise<Person> {
    const phone = input.phone ?? nextPhone();
    const who = input.contactId ? {} : { phone, name: 'Clara Client' };
    const { sendOptIn } = await by.ask(SendOptInDocument, { input: { ...who, ...input } });
    if (!sendOptIn.contact) throw new Error(JSON.stringify(sendOptIn.userErrors));
    return person(sendOptIn.contact.id, sendOptIn.contact.phone);
  }

  /** The sends to a number, once there are so many. */
  async function sends(phone: string, count: number): Promise<readonly RecordedRequest[]> {
    return vi.waitFor(() => {
      const all = provider.sendsTo(phone);
      if (all.length < count) throw new Error(`${all.length} of ${count} sends`);
      return all;
    }, patience);
  }

  async function asked(input: Partial<SendOptInInput> = {}, by: TestCaller = agent): Promise<Asked> {
    const who = await ask(input, by);
    const request = (await sends(who.phone, 1)).at(-1);
    if (!request) throw new Error('nothing was sent');
    await wamidOf(request);
    return { ...who, request, ...payloadsOf(request) };
  }

  async function optedIn(): Promise<Asked> {
    const who = await asked();
    await presses(who, who.accept);
    await becomes(who, 'OPTED_IN');
    await wamidOf((await sends(who.phone, 2))[1]);
    return who;
  }

  async function optedOut(): Promise<Asked> {
    const who = await asked();
    await presses(who, who.decline);
    await becomes(who, 'OPTED_OUT');
    await wamidOf((await sends(who.phone, 2))[1]);
    return who;
  }

  /** The provider's id of a send, once its answer has taken effect. */
  async function wamidOf(request: RecordedRequest | undefined): Promise<string> {
    const [, messageId = ''] = callbackOf(request).split('.');
    return vi.waitFor(async () => {
      const [row] = await database.sql<{ id: string | null }[]>`
        select provider_message_id as id from messages where id = ${messageId}`;
      if (!row?.id) throw new Error('not accepted yet');
      return row.id;
    }, patience);
  }

  async function post(contents: { messages?: readonly unknown[]; statuses?: readonly unknown[] }): Promise<void> {
    const body = webhookOf({ phoneNumberId: organization.phoneNumberId, ...contents });
    const status = await postWebhook(`${server.url}/webhooks/whatsapp`, organization.appSecret, body);
    if (status !== 200) throw new Error(`the webhook was answered with ${status}`);
  }

  /** The contact stops or resumes marketing in WhatsApp's own controls, and Meta tells. */
  async function prefers(who: Person, value: 'stop' | 'resume'): Promise<void> {
    const preference = {
      wa_id: who.phone.slice(1),
      detail: `User requested to ${value} marketing messages`,
      category: 'marketing_messages',
      value,
      timestamp: Math.floor(who.next().getTime() / 1000),
    };
    const metadata = { display_phone_number: '15550100000', phone_number_id: organization.phoneNumberId };
    const told = { messaging_product: 'whatsapp', metadata, user_preferences: [preference] };
    const changes = [{ field: 'user_preferences', value: told }];
    const body = { object: 'whatsapp_business_account', entry: [{ id: '1', changes }] };
    const status = await postWebhook(`${server.url}/webhooks/whatsapp`, organization.appSecret, body);
    if (status !== 200) throw new Error(`the webhook was answered with ${status}`);
  }

  function says(who: Person, body: string, { at = who.next(), ...act }: Act = {}): Promise<void> {
    return post({ messages: [textMessage({ from: who.phone, at, body, ...act })] });
  }

  function presses(who: Person, payload: string, { at = who.next(), ...act }: Act = {}): Promise<void> {
    return post({ messages: [buttonMessage({ from: who.phone, at, payload, ...act })] });
  }

  /** The provider reports the fate of a send, by the attempt that the send named. */
  function reports(
    request: RecordedRequest | undefined,
    status: Parameters<typeof statusOf>[0]['status'],
    options: { readonly code?: number; readonly id?: string } = {},
  ): Promise<void> {
    const { id = 'wamid.of-a-report', code } = options;
    return post({ statuses: [statusOf({ id, status, at: clock.now(), code, callbackData: callbackOf(request) })] });
  }

  async function contact(who: Person) {
    const { contact } = await agent.ask(ContactDocument, { id: who.id });
    if (!contact) throw new Error('no such contact');
    return contact;
  }

  async function conversation(who: Person): Promise<readonly MessagePartsFragment[]> {
    const { contact } = await agent.ask(ConversationDocument, { id: who.id });
    return contact?.messages.nodes ?? [];
  }

  /** The contact's transitions; all that were committed have their place in the feed by then. */
  async function history(who: Person) {
    const { contact } = await agent.ask(HistoryDocument, { id: who.id });
    return contact?.transitions.nodes ?? [];
  }

  async function becomes(who: Person, status: ConsentStatus) {
    return vi.waitFor(async () => {
      const found = await contact(who);
      if (found.consent.status !== status) throw new Error(`${found.consent.status} is not ${status}`);
      return found;
    }, patience);
  }

  async function queue(who: Person, body: string): Promise<MessagePartsFragment> {
    const { queueMessage } = await agent.ask(QueueMessageDocument, { input: { contactId: who.id, body } });
    if (!queueMessage.message) throw new Error(JSON.stringify(queueMessage.userErrors));
    return queueMessage.message;
  }

  /** The one message with this text, once it has this status. */
  async function message(who: Person, body: string, status: MessageStatus): Promise<MessagePartsFragment> {
    return vi.waitFor(async () => {
      const found = (await conversation(who)).filter((one) => one.body === body);
      if (found.length !== 1 || found[0]?.status !== status) throw new Error(`${found[0]?.status} is not ${status}`);
      return found[0];
    }, patience);
  }

  return {
    server,
    provider,
    database,
    organization,
    agent,
    nextPhone,
    person,
    ask,
    asked,
    optedIn,
    optedOut,
    sends,
    wamidOf,
    post,
    says,
    presses,
    prefers,
    reports,
    contact,
    conversation,
    history,
    becomes,
    queue,
    message,
    /** Every webhook posted so far has taken effect. */
    settled: () =>
      vi.waitFor(async () => {
        const waiting = await database.sql`select 1 from webhook_inbox where processed_at is null`;
        if (waiting.length > 0) throw new Error(`${waiting.length} webhooks wait`);
      }, patience),
    close: server.close,
  };
}

/** The name of the attempt that every status of the send will carry. */
export function callbackOf(request: RecordedRequest | undefined): string {
  return String(request?.body.biz_opaque_callback_data);
}

/** The texts that were handed over, in order; requests and prompts by their kind. */
export function textsOf(requests: readonly RecordedRequest[]): readonly string[] {
  return requests.map(({ body }) => body.text?.body ?? body.Body ?? `[${body.type}]`);
}

/** What the two buttons of a request or prompt send back. */
export function payloadsOf({ body }: RecordedRequest): { readonly accept: string; readonly decline: string } {
  if (body.type === 'interactive') {
    const [accept, decline] = body.interactive.action.buttons;
    return { accept: accept.reply.id, decline: decline.reply.id };
  }
  const [accept, decline] = body.template.components.filter(({ type }: { type: string }) => type === 'button');
  return { accept: accept.parameters[0].payload, decline: decline.parameters[0].payload };
}
