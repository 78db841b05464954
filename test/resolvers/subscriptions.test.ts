import { describe, expect, it } from 'vitest';
import { toGlobalId } from '../../src/schema/global-id.js';
import { createMemory, type Json } from './memory.js';

const transitions = `subscription ($after: Cursor, $contactId: ID, $statuses: [ConsentStatus!]) {
  consentTransitions(after: $after, contactId: $contactId, statuses: $statuses) {
    __typename
    ... on ConsentTransition { cursor to replayed contact { name consent { status } } }
    ... on FeedCheckpoint { cursor caughtUp lagMs at }
    ... on FeedReset { reason oldestCursor } } }`;

const items = (answers: readonly Json[]): Json[] => answers.map(({ data }) => data.consentTransitions);

async function feedOfTwo() {
  const memory = createMemory();
  const before = (await memory.ask('{ feedCursor }')).data.feedCursor;
  for (const phone of ['+16505550123', '+16505550124']) {
    await memory.ask('mutation ($phone: PhoneNumber!) { sendOptIn(input: { phone: $phone }) { replayed } }', { phone });
  }
  const { data } = await memory.ask('{ contacts { nodes { id name } } }');
  return { ...memory, before, ids: data.contacts.nodes.map(({ id }: Json) => id) as string[] };
}

describe('consentTransitions', () => {
  it('delivers what came after the cursor of a snapshot, then a checkpoint to resume after', async () => {
    const { watch, before } = await feedOfTwo();
    const received = items(await watch(transitions, { after: before }));
    expect(received.map(({ __typename }) => __typename)).toEqual([
      'ConsentTransition',
      'ConsentTransition',
      'FeedCheckpoint',
    ]);
    expect(received[0]).toMatchObject({ to: 'PENDING', replayed: true, contact: { consent: { status: 'PENDING' } } });
    expect(received[2]).toMatchObject({ caughtUp: true, lagMs: 0, cursor: received[1].cursor });
    const resumed = items(await watch(transitions, { after: received[0].cursor }));
    expect(resumed[0].cursor).toBe(received[1].cursor);
  });

  it('hands the filter on', async () => {
    const { watch, before, ids } = await feedOfTwo();
    const ofOne = items(await watch(transitions, { after: before, contactId: ids[1] }));
    const ofNone = items(await watch(transitions, { after: before, statuses: ['OPTED_IN'] }));
    expect(ofOne.map(({ contact }) => contact?.name)).toEqual(['+16505550124', undefined]);
    expect(ofNone.map(({ __typename }) => __typename)).toEqual(['FeedCheckpoint']);
  });

  it('tells a client with a cursor that cannot be resumed to begin anew', async () => {
    const { watch } = await feedOfTwo();
    const reset = { __typename: 'FeedReset', reason: 'CURSOR_INVALID', oldestCursor: null };
    expect(items(await watch(transitions, { after: 'x' }))).toEqual([reset]);
  });

  it('shows each event the contact as it is by then, not as it was when the stream began', async () => {
    const { watch, before, calls } = await feedOfTwo();
    calls.length = 0;
    await watch(transitions, { after: before });
    expect(calls.filter((name) => name === 'contacts')).toHaveLength(2);
  });
});

describe('a stream about a contact', () => {
  const messageUpdates =
    'subscription ($contactId: ID!) { messageUpdates(contactId: $contactId) { kind contact { name } } }';

  it("delivers the contact's messages", async () => {
    const { watch, ids } = await feedOfTwo();
    const received = await watch(messageUpdates, { contactId: ids[0] });
    expect(received.map(({ data }) => data.messageUpdates)).toEqual([
      { kind: 'OPT_IN_REQUEST', contact: { name: '+16505550123' } },
    ]);
  });

  it.each([messageUpdates, transitions])('is refused alike for garbage, nobody and a stranger (%#)', async (source) => {
    const { watch, addContact, otherOrganizationId } = createMemory();
    const stranger = toGlobalId('Contact', await addContact('Cy', '+16505550199', otherOrganizationId));
    const nobody = toGlobalId('Contact', otherOrganizationId);
    const refusals = await Promise.all(
      ['x', nobody, stranger].map(async (contactId) => (await watch(source, { contactId }))[0]?.errors?.[0]),
    );
    expect(refusals.map((error) => error?.extensions['code'])).toEqual(Array(3).fill('BAD_USER_INPUT'));
    expect(new Set(refusals.map((error) => error?.message)).size).toBe(1);
  });
});

describe('consentFunnel', () => {
  it('begins with the counts of now', async () => {
    const { watch } = await feedOfTwo();
    const received = await watch('subscription { consentFunnel { pending at } }', {}, { role: 'supervisor' });
    expect(received.map(({ data }) => data.consentFunnel)).toEqual([{ pending: 2, at: '2026-03-01T09:00:00.000Z' }]);
  });
});
