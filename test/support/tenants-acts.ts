import type { Chance } from './chance.js';
import { callbackOf, payloadsOf } from './journey.js';
import { buttonMessage, postWebhook, reactionMessage, statusOf, textMessage, webhookOf } from './provider-stand-in.js';
import type { RecordedRequest } from './provider-stand-in.js';
import { postForm } from './sms-fakes.js';
import { documents, type DocumentName } from './tenants-documents.js';
import type { Tenant, TenantsScene } from './tenants-scene.js';

/** JSON that a test asked for; a wrong shape fails its assertions. */
type Json = ReturnType<typeof JSON.parse>;

/** One thing that somebody did, and what they were answered. */
export type Told = { readonly what: string; readonly answer: Json };

const PEOPLE = 12;
/** Who is never erased, so that their conversation can be watched. */
const WATCHED = 0;

/** The same people for every tenant, with the same numbers and names. */
export const phoneOf = (person: number): string => `+165025${30_000 + person}`;
export const nameOf = (person: number): string => `Clara ${10 + person}`;

export type Acts = ReturnType<typeof actsOf>;

/** What the people of one tenant do, by chance; it knows what its own answers told, as a client does. */
export function actsOf(scene: TenantsScene, tenant: Tenant, chance: Chance) {
  const contacts = new Map<number, string>();
  const messages: string[] = [];
  const requests: string[] = [];
  const cursors: string[] = [];
  let texts = 0;
  const { slug, agent, admin } = tenant;

  async function ask(name: DocumentName, variables: object = {}, by = agent): Promise<Told> {
    const answer = await by.raw(documents[name], variables);
    learn(answer.data);
    return { what: `${name} ${JSON.stringify(variables)}`, answer };
  }

  /** Whatever an answer shows may be named later. */
  function learn(data: Json): void {
    if (data === null || typeof data !== 'object') return;
    for (const value of Object.values(data)) learn(value);
    const person = /^Clara (\d+)$/.exec(data.name ?? '');
    if (person && data.id) contacts.set(Number(person[1]) - 10, data.id);
    if (data.body !== undefined && data.id && !messages.includes(data.id)) messages.push(data.id);
    if (data.attempt !== undefined && data.id && !requests.includes(data.id)) requests.push(data.id);
    if (data.endCursor) cursors.push(data.endCursor);
    if (messages.length > 60) messages.splice(0, 20);
    if (requests.length > 60) requests.splice(0, 20);
    if (cursors.length > 60) cursors.splice(0, 20);
  }

  const text = (): string => `${slug} says ${(texts += 1)}`;
  const anyone = (): number => chance.from(0, PEOPLE - 1);
  const known = (): string => chance.oneOf([...contacts.values()]);
  const key = (): object => (chance.from(0, 3) === 0 ? { idempotencyKey: `key ${chance.from(1, 20)}` } : {});
  const lastTo = (person: number, matches: (request: RecordedRequest) => boolean): RecordedRequest | undefined =>
    tenant.sent().findLast((one) => (one.body?.to ?? one.body?.To) === phoneOf(person) && matches(one));

  async function post(what: string, contents: { messages?: readonly unknown[]; statuses?: readonly unknown[] }) {
    const body = webhookOf({ phoneNumberId: tenant.phoneNumberId, ...contents });
    return { what, answer: await postWebhook(`${scene.url}/webhooks/whatsapp`, tenant.appSecret, body) };
  }

  const ofContact = (person: number) => ({
    from: phoneOf(person),
    at: scene.now(),
    id: `wamid.${slug}.${(texts += 1)}`,
  });

  const acts: readonly (() => Promise<Told>)[] = [
    () => {
      const person = anyone();
      return ask('createContact', { input: { phone: phoneOf(person), name: nameOf(person) } });
    },
    () => {
      const person = anyone();
      return ask('sendOptIn', { input: { phone: phoneOf(person), name: nameOf(person), ...key() } });
    },
    () => ask('sendOptIn', { input: { contactId: known(), ...key() } }),
    () => ask('resendOptIn', { input: { contactId: known(), ...key() } }),
    () => ask('queueMessage', { input: { contactId: known(), body: text(), ...key() } }),
    () => ask('queueMessage', { input: { contactId: known(), body: text(), ...key() } }),
    () => ask('queueMessage', { input: { contactId: known(), body: text(), channel: 'SMS', ...key() } }),
    () => ask('cancelMessage', { input: { messageId: messages.length > 0 ? chance.oneOf(messages) : 'none' } }),
    () => {
      const heldMessages = chance.oneOf(['SEND_BY_SMS', 'CANCEL', 'KEEP']);
      return ask('switchToSms', { input: { contactId: known(), heldMessages, ...key() } });
    },
    () => ask('recordConsent', { input: { contactId: known(), source: 'PAPER', note: text(), ...key() } }),
    () => ask('withdrawConsent', { input: { contactId: known(), source: 'PAPER', note: text(), ...key() } }),
    () => {
      const person = chance.from(WATCHED + 1, PEOPLE - 1);
      const contactId = contacts.get(person);
      if (chance.from(0, 2) > 0 || contactId === undefined) return ask('overview');
      contacts.delete(person);
      return ask('eraseContact', { input: { contactId } }, admin);
    },
    () => ask('contact', { id: known() }),
    () => ask('conversation', { id: known(), after: null }),
    () => ask('contactByPhone', { phone: phoneOf(anyone()) }),
    () => ask('contacts', { search: chance.oneOf(['clara', '1', '+1650', 'nobody', null]), first: chance.from(1, 9) }),
    () => ask('contacts', { statuses: chance.oneOf([['PENDING'], ['OPTED_IN', 'OPTED_OUT'], null]), first: 20 }),
    () => ask('transitions', { first: chance.from(1, 20), contactId: chance.oneOf([null, known()]) }),
    () => ask('node', { id: messages.length > 0 ? chance.oneOf(messages) : known() }),
    () => ask('overview'),
    () => {
      const person = anyone();
      const body = chance.oneOf(['Yes', 'No', 'STOP', 'hello', 'Yes but not before Friday', text()]);
      return post(`${person} writes ${body}`, { messages: [textMessage({ ...ofContact(person), body })] });
    },
    () => {
      const person = anyone();
      const asked = lastTo(person, ({ body }) => body.type === 'template' || body.type === 'interactive');
      const payloads = asked ? payloadsOf(asked) : { accept: 'nothing', decline: 'nothing' };
      const payload = chance.from(0, 2) > 0 ? payloads.accept : payloads.decline;
      return post(`${person} presses`, { messages: [buttonMessage({ ...ofContact(person), payload })] });
    },
    () => {
      const person = anyone();
      const sent = lastTo(person, ({ body }) => body.biz_opaque_callback_data !== undefined);
      const fate = chance.oneOf(['sent', 'delivered', 'read', 'failed'] as const);
      const code = fate === 'failed' ? chance.oneOf([131026, 131049, 137000]) : undefined;
      const id = `wamid.${slug}.${(texts += 1)}`;
      const status = statusOf({ id, status: fate, at: scene.now(), code, callbackData: callbackOf(sent) });
      return post(`${person} ${fate}`, { statuses: [status] });
    },
    () => {
      const person = anyone();
      return post(`${person} reacts`, {
        messages: [reactionMessage({ ...ofContact(person), to: 'wamid.x', emoji: '👍' })],
      });
    },
    async () => {
      const person = anyone();
      const Body = chance.oneOf(['STOP', 'START', 'hello', text()]);
      const { accountSid, authToken, from: To } = tenant.sms;
      const MessageSid = `SM.${slug}.${(texts += 1)}`;
      const fields = { MessageSid, AccountSid: accountSid, From: phoneOf(person), To, Body, NumMedia: '0' };
      const { status } = await postForm(`${scene.url}/webhooks/sms`, fields, authToken);
      return { what: `${person} writes by SMS ${Body}`, answer: status };
    },
  ];

  return {
    tenant,
    /** The people whom both tenants know from the start. */
    begin: async (): Promise<readonly Told[]> => {
      const told: Told[] = [];
      for (const person of [WATCHED, 1, 2, 3]) {
        told.push(await ask('createContact', { input: { phone: phoneOf(person), name: nameOf(person) } }));
      }
      return told;
    },
    watched: (): string => contacts.get(WATCHED) ?? '',
    act: (): Promise<Told> => chance.oneOf(acts)(),
    ask,
    /** What somebody else could get hold of. */
    contactIds: (): readonly string[] => [...contacts.values()],
    messageIds: (): readonly string[] => messages,
    requestIds: (): readonly string[] => requests,
    cursors: (): readonly string[] => cursors,
  };
}
