import { describe, expect, it } from 'vitest';
import type { SendOutcome } from '../../src/domain/conversation/delivery-facts.js';
import { parsePhoneNumber } from '../../src/domain/phone-number.js';
import { toGlobalId } from '../../src/schema/global-id.js';
import { MINUTE, SECOND } from '../support/policy.js';
import { createMemory, type Json } from './memory.js';

const start = new Date('2026-03-01T09:00:00.000Z');
const yes = {
  at: start,
  text: 'yes',
  content: { kind: 'WORDS' },
  contextId: null,
  opensWindow: true,
  inboxId: null,
} as const;
const accepted: SendOutcome = { outcome: 'ACCEPTED', providerMessageId: 'wamid.1' };
const busy: SendOutcome = {
  outcome: 'REFUSED',
  failure: { kind: 'RETRY_LATER', code: 131016, reason: 'busy', retryable: true },
};
const lost: SendOutcome = { outcome: 'UNKNOWN', reason: 'no answer' };

const attempts = 'attempts { number startedAt endedAt outcome failure { code reason } }';

/** Contacts whom agents may write to, each with so many messages queued. */
async function conversations(count: number, messages: number) {
  const memory = createMemory();
  const { core, organizationId } = memory;
  const caller = { organizationId, id: 'u-1', name: 'Ana' };
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const phone = parsePhoneNumber(`+1650555${1000 + n}`);
    if (!phone) throw new Error('the example is not a phone number');
    const contactId = await memory.addContact(`Client ${n}`, phone);
    const from = { phone, identities: [], profileName: null };
    await core.news.record(organizationId, {
      kind: 'INBOUND',
      from,
      inbound: { ...yes, providerMessageId: `in.${n}` },
    });
    await memory.accept(contactId);
    const message = { contactId, channel: 'WHATSAPP' as const, idempotencyKey: null };
    for (let m = 0; m < messages; m += 1) await core.queueMessage(caller, { ...message, body: `message ${m}` });
    ids.push(contactId);
  }
  /** Hands the contact's next message over. */
  async function handOver(contactId: string, outcome: SendOutcome): Promise<void> {
    const started = await core.startSend({ organizationId, contactId, channel: 'WHATSAPP' });
    if (!started) throw new Error('nothing may leave');
    const { id: messageId, attempts: attempt } = started.message;
    memory.passTime(SECOND);
    await core.settleSend(organizationId, { messageId, attempt, outcome });
  }
  const [first = ''] = ids;
  const shown = async (fields: string, context: Parameters<typeof memory.ask>[2] = {}): Promise<Json[]> => {
    const { data, errors } = await memory.ask(
      `{ contacts { nodes { messages { nodes { body direction ${fields} } } } } }`,
      {},
      context,
    );
    expect(errors).toBeUndefined();
    return data.contacts.nodes.flatMap(({ messages: page }: Json) => page.nodes);
  };
  const texts = async (fields: string): Promise<Json[]> =>
    (await shown(fields)).filter(({ body }) => body.startsWith('message'));
  return { ...memory, first, handOver, shown, texts };
}

describe('the attempts of a message', () => {
  it('are told with their times, outcomes and failures, and none of those that never left', async () => {
    const { first, handOver, passTime, texts } = await conversations(1, 2);
    await handOver(first, busy);
    passTime(MINUTE);
    await handOver(first, accepted);
    const [one, two] = await texts(`status ${attempts}`);
    expect(one).toMatchObject({
      status: 'ACCEPTED',
      attempts: [
        {
          number: 1,
          startedAt: '2026-03-01T09:00:00.000Z',
          endedAt: '2026-03-01T09:00:01.000Z',
          outcome: 'REFUSED',
          failure: { code: 131016, reason: 'busy' },
        },
        {
          number: 2,
          startedAt: '2026-03-01T09:01:01.000Z',
          endedAt: '2026-03-01T09:01:02.000Z',
          outcome: 'ACCEPTED',
          failure: null,
        },
      ],
    });
    expect(two).toMatchObject({ status: 'QUEUED', attempts: [] });
  });

  it('say when one is under way, and when nobody can say', async () => {
    const { first, handOver, core, organizationId, texts } = await conversations(1, 2);
    await handOver(first, lost);
    await core.startSend({ organizationId, contactId: first, channel: 'WHATSAPP' });
    const outcomes = (await texts(attempts)).map(({ attempts: [attempt] }) => [attempt.outcome, attempt.endedAt]);
    expect(outcomes).toEqual([
      ['UNCONFIRMED', '2026-03-01T09:00:01.000Z'],
      ['UNDER_WAY', null],
    ]);
  });

  it('are none for what the contact wrote', async () => {
    const { shown } = await conversations(1, 0);
    expect((await shown(attempts)).filter(({ direction }) => direction === 'INBOUND')).toMatchObject([
      { attempts: [] },
    ]);
  });

  it('are shown to a supervisor, and of the message that a mutation answers with', async () => {
    const { shown, ask, first } = await conversations(1, 1);
    expect((await shown(attempts, { role: 'supervisor' })).length).toBeGreaterThan(0);
    const { data } = await ask(
      `mutation ($id: ID!) { queueMessage(input: { contactId: $id, body: "x" }) { message { expectedAt ${attempts} } } }`,
      { id: toGlobalId('Contact', first) },
    );
    expect(data.queueMessage.message).toMatchObject({ attempts: [], expectedAt: '2026-03-01T09:00:01.000Z' });
  });
});

describe('when a message is expected to leave', () => {
  it('is told of what is queued, one after the other, and of nothing that has left', async () => {
    const { first, handOver, texts } = await conversations(1, 3);
    await handOver(first, accepted);
    expect((await texts('status expectedAt')).map(({ status, expectedAt }) => [status, expectedAt])).toEqual([
      ['ACCEPTED', null],
      ['QUEUED', '2026-03-01T09:00:02.000Z'],
      ['QUEUED', '2026-03-01T09:00:03.000Z'],
    ]);
  });

  it('is when a refused channel is tried again', async () => {
    const { organizations, organizationId, core, first, texts } = await conversations(1, 1);
    const organization = organizations.get(organizationId);
    if (!organization) throw new Error('there is no organization');
    const whatsappRetryAt = new Date('2026-03-01T09:30:00.000Z');
    organizations.set(organizationId, { ...organization, whatsappHealthy: false, whatsappRetryAt });
    await core.lookAgain(organizationId, first);
    expect(await texts('heldReason expectedAt')).toMatchObject([
      { heldReason: 'CHANNEL_DOWN', expectedAt: whatsappRetryAt.toISOString() },
    ]);
  });

  it('is not told while that is for the contact to say', async () => {
    const { ask } = createMemory();
    const { data } = await ask('mutation { sendOptIn(input: { phone: "+16505550123" }) { contact { id } } }');
    const { id } = data.sendOptIn.contact;
    const queued = await ask(
      'mutation ($id: ID!) { queueMessage(input: { contactId: $id, body: "x" }) { message { status expectedAt } } }',
      { id },
    );
    expect(queued.data.queueMessage.message).toEqual({ status: 'HELD', expectedAt: null });
  });
});

it('reading both for fifty contacts takes as many reads as for one', async () => {
  const { ask, calls } = await conversations(50, 3);
  const reads = async (first: number) => {
    calls.length = 0;
    const { data } = await ask(
      `query ($first: Int!) { contacts(first: $first) { nodes { messages { nodes { expectedAt ${attempts} } } } } }`,
      { first },
    );
    expect(data.contacts.nodes).toHaveLength(first);
    return [...calls].sort();
  };
  const one = await reads(1);
  expect(one).toEqual(['messagesOf', 'organization', 'queues', 'searchContacts', 'stepsOf']);
  expect(await reads(50)).toEqual(one);
});
