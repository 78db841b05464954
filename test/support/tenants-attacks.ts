import { createHmac } from 'node:crypto';
import { v7 as newId } from 'uuid';
import type { Chance } from './chance.js';
import { callbackOf } from './journey.js';
import { postWebhook, statusOf, textMessage, webhookOf, type ChangeContents } from './provider-stand-in.js';
import { postForm } from './sms-fakes.js';
import type { Acts } from './tenants-acts.js';
import { phoneOf } from './tenants-acts.js';
import { documents, type DocumentName } from './tenants-documents.js';
import type { TenantsScene } from './tenants-scene.js';

/** What was tried, and two answers that must not differ: to what is the other's, and to what does not exist. */
export type Attack = {
  readonly what: string;
  readonly answers: readonly [string, string];
  readonly operations: number;
};

/** What people of one tenant may try who got hold of ids, cursors, keys and names of the other. */
export function attacksOf(scene: TenantsScene, attacker: Acts, victim: Acts, chance: Chance): () => Promise<Attack> {
  const by = attacker.tenant;
  const of = victim.tenant;
  /** An id of the same kind that is nobody's. */
  const strange = (id: string): string => {
    const [type] = Buffer.from(id, 'base64url').toString().split(':');
    return Buffer.from(`${type}:${newId()}`).toString('base64url');
  };

  async function compare(name: DocumentName, variablesOf: (id: string) => object, id: string): Promise<Attack> {
    const caller = chance.oneOf([by.agent, by.admin]);
    const other = strange(id);
    const [theirs, nobodys] = [
      await caller.raw(documents[name], variablesOf(id)),
      await caller.raw(documents[name], variablesOf(other)),
    ].map((answer) => JSON.stringify(answer));
    return {
      what: `${name} ${JSON.stringify(variablesOf(id))}`,
      answers: [theirs?.replaceAll(id, '…') ?? '', nobodys?.replaceAll(other, '…') ?? ''],
      operations: 2,
    };
  }

  const contactId = (): string => chance.oneOf(victim.contactIds());
  const messageId = (): string => chance.oneOf([...victim.messageIds(), ...victim.contactIds()]);
  const anyId = (): string => {
    const organization = Buffer.from(`Organization:${of.organizationId}`).toString('base64url');
    return chance.oneOf([...victim.messageIds(), ...victim.requestIds(), ...victim.contactIds(), organization]);
  };
  const withContact =
    (name: DocumentName, rest: object = {}) =>
    () =>
      compare(name, (id) => ({ input: { contactId: id, ...rest } }), contactId());

  /** A cursor of the other, beside one that nobody made. */
  async function withCursor(name: 'transitions' | 'contacts' | 'conversation'): Promise<Attack> {
    const cursor = chance.oneOf(['', ...victim.cursors()]);
    const variables = { after: cursor, first: 20, id: attacker.watched() };
    const answer = JSON.stringify(await by.agent.raw(documents[name], variables)).replaceAll(cursor || '…', '…');
    // What is no refusal is a place in one's own list: it is only looked at for what is the other's.
    return { what: `${name} after ${cursor}`, answers: [answer, answer], operations: 1 };
  }

  /** The first that a subscription says. */
  async function subscribe(name: 'onMessages' | 'onTransitions', variables: object, id: string): Promise<string> {
    const client = by.agent.socket();
    const said = await new Promise<string>((resolve) => {
      client.subscribe(
        { query: documents[name], variables: { ...variables } },
        {
          next: (item) => resolve(JSON.stringify(item)),
          error: (error) => resolve(JSON.stringify(error instanceof Error ? error.message : error)),
          complete: () => resolve('complete'),
        },
      );
    });
    await client.dispose();
    return said.replaceAll(id, '…');
  }

  async function onTheirContact(): Promise<Attack> {
    const id = contactId();
    const other = strange(id);
    const name = chance.oneOf(['onMessages', 'onTransitions'] as const);
    const answers = [
      await subscribe(name, { contactId: id }, id),
      await subscribe(name, { contactId: other }, other),
    ] as const;
    return { what: `${name} ${id}`, answers, operations: 2 };
  }

  async function afterTheirCursor(): Promise<Attack> {
    const { data } = await of.agent.raw(documents.overview);
    const cursor: string = data.feedCursor;
    const other = createHmac('sha256', 'nobody').update(cursor).digest().subarray(0, 25).toString('base64url');
    const answers = [
      await subscribe('onTransitions', { after: cursor }, cursor),
      await subscribe('onTransitions', { after: other }, other),
    ] as const;
    return { what: 'onTransitions after their cursor', answers, operations: 2 };
  }

  /** A webhook for the other's number, signed with one's own secret: it is turned away as any wrong signature is. */
  async function forTheirNumber(): Promise<Attack> {
    const message = textMessage({ from: phoneOf(chance.from(0, 11)), at: scene.now(), body: 'STOP' });
    const theirs = { phoneNumberId: of.phoneNumberId, messages: [message] };
    const post = (secret: string, ...changes: readonly ChangeContents[]) =>
      postWebhook(`${scene.url}/webhooks/whatsapp`, secret, webhookOf(...changes));
    if (chance.from(0, 1) === 0) {
      const [signed, unsigned] = [await post(by.appSecret, theirs), await post('nobody’s secret', theirs)];
      return { what: 'a webhook for their number', answers: [String(signed), String(unsigned)], operations: 2 };
    }
    // In a batch with something for one's own number, that alone is taken.
    const own = { phoneNumberId: by.phoneNumberId, messages: [] };
    const answer = await post(by.appSecret, ...chance.shuffled([own, theirs]));
    return { what: 'a webhook for their number among others', answers: [String(answer), '200'], operations: 1 };
  }

  /** A status at one's own number of what the other sent. */
  async function ofTheirSend(): Promise<Attack> {
    const sends = of.sent();
    const sent = sends[chance.from(0, sends.length)];
    const fate = chance.oneOf(['failed', 'read'] as const);
    const code = fate === 'failed' ? 131026 : undefined;
    const status = statusOf({
      id: 'wamid.of-another',
      status: fate,
      at: scene.now(),
      code,
      callbackData: callbackOf(sent),
    });
    const body = webhookOf({ phoneNumberId: by.phoneNumberId, statuses: [status] });
    const answer = await postWebhook(`${scene.url}/webhooks/whatsapp`, by.appSecret, body);
    return { what: 'a status of their send', answers: [String(answer), '200'], operations: 1 };
  }

  async function smsForTheirNumber(): Promise<Attack> {
    const fields = { MessageSid: `SM.${newId()}`, From: phoneOf(1), To: of.sms.from, Body: 'STOP', NumMedia: '0' };
    const post = (authToken: string) =>
      postForm(`${scene.url}/webhooks/sms`, { ...fields, AccountSid: of.sms.accountSid }, authToken);
    const [theirs, nobodys] = [await post(by.sms.authToken), await post('nobody’s token')];
    return { what: 'an SMS to their number', answers: [String(theirs.status), String(nobodys.status)], operations: 2 };
  }

  async function smsReportOfTheirSend(): Promise<Attack> {
    const sent = of.sent().findLast(({ body }) => body?.StatusCallback !== undefined);
    const url = String(sent?.body.StatusCallback ?? `${scene.url}/webhooks/sms`);
    const { accountSid: AccountSid, from: From, authToken } = by.sms;
    const fields = { MessageSid: 'SM.of-another', MessageStatus: 'undelivered', ErrorCode: '30003', AccountSid, From };
    const { status } = await postForm(url, fields, authToken);
    return { what: 'an SMS report of their send', answers: [String(status < 500), 'true'], operations: 1 };
  }

  async function byCommand(): Promise<Attack> {
    const [, id = ''] = Buffer.from(messageId(), 'base64url').toString().split(':');
    const other = newId();
    const commands: readonly ((id: string) => readonly string[])[] = [
      (it) => ['outbox', 'park', '--org', by.slug, '--message', it],
      (it) => ['outbox', 'retry', '--org', by.slug, '--message', it],
      (it) => ['erase', '--org', by.slug, '--contact', it],
    ];
    const command = chance.oneOf(commands);
    const [theirs, nobodys] = [await scene.command(...command(id)), await scene.command(...command(other))];
    return {
      what: command(id).join(' '),
      answers: [theirs.replaceAll(id, '…'), nobodys.replaceAll(other, '…')],
      operations: 2,
    };
  }

  const attacks: readonly (() => Promise<Attack>)[] = [
    withContact('sendOptIn'),
    withContact('resendOptIn'),
    withContact('queueMessage', { body: 'into their conversation' }),
    withContact('queueMessage', { body: 'into their conversation', channel: 'SMS' }),
    withContact('switchToSms', { heldMessages: 'SEND_BY_SMS' }),
    withContact('recordConsent', { source: 'PAPER' }),
    withContact('withdrawConsent', { source: 'PAPER' }),
    withContact('eraseContact'),
    () => compare('cancelMessage', (id) => ({ input: { messageId: id } }), messageId()),
    () => compare('contact', (id) => ({ id }), contactId()),
    () => compare('conversation', (id) => ({ id, after: null }), contactId()),
    () => compare('node', (id) => ({ id }), anyId()),
    () => compare('transitions', (id) => ({ contactId: id, first: 20 }), contactId()),
    () => withCursor('transitions'),
    () => withCursor('contacts'),
    () => withCursor('conversation'),
    forTheirNumber,
    ofTheirSend,
    smsForTheirNumber,
    smsReportOfTheirSend,
  ];
  const rare = [onTheirContact, afterTheirCursor, byCommand];
  return () => chance.oneOf(chance.from(0, 24) === 0 ? rare : attacks)();
}
