import { describe, expect, it } from 'vitest';
import { toGlobalId } from '../../src/schema/global-id.js';
import { createMemory, type Json } from './memory.js';

const sendOptIn = 'mutation ($phone: PhoneNumber!) { sendOptIn(input: { phone: $phone }) { contact { id } } }';

async function askedContacts(count: number) {
  const memory = createMemory();
  const phones = Array.from({ length: count }, (_, index) => `+1650555${1000 + index}`);
  const ids: string[] = [];
  for (const phone of phones) ids.push((await memory.ask(sendOptIn, { phone })).data.sendOptIn.contact.id);
  memory.calls.length = 0;
  return { ...memory, phones, ids };
}

describe('reading many contacts', () => {
  const source = `query ($first: Int!) { contacts(first: $first) { nodes {
    name composer { mode notice } consent { status request { attempt } }
    messages(first: 3) { nodes { body contact { name } } }
    transitions(first: 3) { nodes { to contact { name } } } } } }`;

  it('takes as many reads for fifty as for one', async () => {
    const { ask, calls } = await askedContacts(50);
    const reads = async (first: number) => {
      calls.length = 0;
      const { data, errors } = await ask(source, { first });
      expect(errors).toBeUndefined();
      expect(data.contacts.nodes).toHaveLength(first);
      return [...calls].sort();
    };
    const one = await reads(1);
    expect(await reads(50)).toEqual(one);
    const all = ['latestRequests', 'messagesOf', 'organization', 'searchContacts', 'settled', 'transitionsOf'];
    expect(one).toEqual(all);
  });

  it('reads pages of different lengths in one read each', async () => {
    const { ask, calls } = await askedContacts(5);
    await ask(
      '{ contacts { nodes { a: messages(first: 1) { nodes { id } } b: messages(first: 2) { nodes { id } } } } }',
    );
    expect(calls.filter((name) => name === 'messagesOf')).toHaveLength(2);
  });

  it('reads the contacts of a page of transitions at once', async () => {
    const { ask, calls } = await askedContacts(10);
    await ask('{ consentTransitions { nodes { contact { name } } } }');
    expect(calls).toEqual(['settled', 'after', 'contacts']);
  });
});

describe('contacts', () => {
  const source = `query ($search: String, $statuses: [ConsentStatus!], $first: Int! = 50, $after: Cursor) {
    contacts(search: $search, statuses: $statuses, first: $first, after: $after) {
      edges { cursor node { name } } nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
  const names = (data: Json): string[] => data.contacts.nodes.map(({ name }: Json) => name);

  it('can be walked page by page, each once, by name', async () => {
    const { ask, addContact } = createMemory();
    for (const [index, name] of ['Eve', 'Bo', 'Ann', 'Bo', 'Dee'].entries())
      await addContact(name, `+1650555200${index}`);
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { data }: { data?: Json } = await ask(source, { first: 2, after });
      const { pageInfo, edges } = data.contacts;
      expect(pageInfo).toMatchObject({ hasPreviousPage: after !== null, startCursor: edges[0].cursor });
      seen.push(...names(data));
      after = pageInfo.endCursor;
      more = pageInfo.hasNextPage;
    }
    expect(seen).toEqual(['Ann', 'Bo', 'Bo', 'Dee', 'Eve']);
  });

  it('are found by part of a name or number and by status; empty filters are none', async () => {
    const { ask, addContact } = createMemory();
    await addContact('Ann', '+16505552001');
    await ask(sendOptIn, { phone: '+16505552002' });
    expect(names((await ask(source, { search: 'An' })).data)).toEqual(['Ann']);
    expect(names((await ask(source, { search: '2002' })).data)).toEqual(['+16505552002']);
    expect(names((await ask(source, { statuses: ['PENDING'] })).data)).toEqual(['+16505552002']);
    expect(names((await ask(source, { search: ' ', statuses: [] })).data)).toHaveLength(2);
    const none = await ask(source, { search: 'Zoe' });
    expect(none.data.contacts.pageInfo).toMatchObject({ startCursor: null, endCursor: null, hasNextPage: false });
  });

  it.each([
    ['first 0', { first: 0 }],
    ['first 101', { first: 101 }],
    ['a cursor of another list', { after: Buffer.from('{"message":1}').toString('base64url') }],
    ['garbage for a cursor', { after: '%' }],
  ])('answer %s with BAD_USER_INPUT', async (_case, variables) => {
    const { errors } = await createMemory().ask(source, variables);
    expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['BAD_USER_INPUT']);
  });
});

describe('the conversation of a contact', () => {
  const source = `query ($id: ID!, $after: Cursor) { contact(id: $id) {
    messages(first: 2, after: $after) { nodes { body } pageInfo { hasNextPage endCursor } } } }`;

  it('can be walked page by page, oldest first', async () => {
    const { ask, ids } = await askedContacts(1);
    const id = ids[0];
    for (const body of ['one', 'two', 'three']) {
      await ask(
        'mutation ($id: ID!, $body: String!) { queueMessage(input: { contactId: $id, body: $body }) { replayed } }',
        {
          id,
          body,
        },
      );
    }
    const first = (await ask(source, { id })).data.contact.messages;
    const second = (await ask(source, { id, after: first.pageInfo.endCursor })).data.contact.messages;
    expect(first.nodes[1].body).toBe('one');
    expect(second.nodes.map(({ body }: Json) => body)).toEqual(['two', 'three']);
    expect([first, second].map(({ pageInfo }) => pageInfo.hasNextPage)).toEqual([true, false]);
    const wrong = await ask(source, { id, after: 'x' });
    expect(wrong.errors?.[0]?.message).toContain("can't be resumed");
  });
});

describe('consentTransitions', () => {
  const source = `query ($after: Cursor, $contactId: ID, $statuses: [ConsentStatus!], $first: Int! = 50) {
    feedCursor
    consentTransitions(after: $after, contactId: $contactId, statuses: $statuses, first: $first) {
      edges { cursor node { cursor replayed contactVersion from to cause contact { id } } }
      pageInfo { hasNextPage hasPreviousPage endCursor } } }`;

  it('pages the feed with cursors of the feed, and ends at its head', async () => {
    const { ask, ids } = await askedContacts(3);
    const first = (await ask(source, { first: 2 })).data.consentTransitions;
    const rest = (await ask(source, { after: first.pageInfo.endCursor })).data;
    expect(first.edges).toHaveLength(2);
    expect(first.edges[0].node).toEqual({
      cursor: first.edges[0].cursor,
      replayed: true,
      contactVersion: 1,
      from: 'NOT_ASKED',
      to: 'PENDING',
      cause: 'OPT_IN_REQUESTED',
      contact: { id: ids[0] },
    });
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(rest.consentTransitions.pageInfo).toEqual({
      hasNextPage: false,
      hasPreviousPage: true,
      endCursor: rest.feedCursor,
    });
  });

  it('filters by contact and by status; what matches nothing has no cursor', async () => {
    const { ask, ids } = await askedContacts(2);
    const count = async (variables: object) => (await ask(source, { ...variables })).data.consentTransitions;
    expect((await count({ contactId: ids[1] })).edges).toHaveLength(1);
    expect((await count({ statuses: [] })).edges).toHaveLength(2);
    for (const nothing of [{ statuses: ['OPTED_IN'] }, { contactId: 'x' }]) {
      expect(await count(nothing)).toMatchObject({ edges: [], pageInfo: { endCursor: null, hasNextPage: false } });
    }
  });

  it("answers another organization's cursor with BAD_USER_INPUT", async () => {
    const { ask, otherOrganizationId } = await askedContacts(1);
    const { data } = await ask('{ feedCursor }', {}, { organization: otherOrganizationId });
    const { errors } = await ask(source, { after: data.feedCursor });
    expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['BAD_USER_INPUT']);
  });

  it('answers the head of the feed that was read before the operation, if it was', async () => {
    const { ask } = await askedContacts(2);
    const early = await ask('{ feedCursor }', {}, { context: { feedHead: Promise.resolve(1n) } });
    const first = await ask(source, { first: 1 });
    expect(early.data.feedCursor).toBe(first.data.consentTransitions.pageInfo.endCursor);
  });
});

describe('one thing by its id', () => {
  it('is found by node whatever its type, and not by any other id', async () => {
    const { ask, ids, organizationId, otherOrganizationId } = await askedContacts(1);
    const source = 'query ($id: ID!) { node(id: $id) { __typename id } }';
    const { data } = await ask('query ($id: ID!) { contact(id: $id) { messages { nodes { id } } } }', { id: ids[0] });
    for (const [__typename, id] of [
      ['Contact', ids[0]],
      ['Message', data.contact.messages.nodes[0].id],
      ['Organization', toGlobalId('Organization', organizationId)],
    ]) {
      expect((await ask(source, { id })).data.node).toEqual({ __typename, id });
    }
    for (const id of [
      'x',
      '',
      toGlobalId('Organization', otherOrganizationId),
      toGlobalId('Contact', organizationId),
    ]) {
      expect(await ask(source, { id })).toEqual({ data: { node: null } });
    }
  });

  it('is null where it is of another organization', async () => {
    const { ask, ids, phones, otherOrganizationId: organization } = await askedContacts(1);
    const source = `query ($id: ID!, $phone: PhoneNumber!) {
      contact(id: $id) { id } node(id: $id) { id } contactByPhone(phone: $phone) { id } }`;
    const variables = { id: ids[0], phone: phones[0] };
    expect((await ask(source, variables)).data).toMatchObject({ contactByPhone: { id: ids[0] } });
    expect((await ask(source, variables, { organization })).data).toEqual({
      contact: null,
      node: null,
      contactByPhone: null,
    });
  });

  it('is not found by a number that cannot exist', async () => {
    expect(await createMemory().ask('{ contactByPhone(phone: "+1") { id } }')).toEqual({
      data: { contactByPhone: null },
    });
  });
});

describe('consent and composer', () => {
  const source = `query ($id: ID!) { contact(id: $id) {
    consent { status changedAt resendAvailableAt request { attempt acceptedAt delivery failure { reason } } }
    composer { mode canSendOptIn canResendOptIn canQueueMessage canSwitchToSms heldCount notice } } }`;

  it('show how far the request came and from when it may be sent again', async () => {
    const { ask, accept, ids } = await askedContacts(1);
    await accept(
      Buffer.from(ids[0] ?? '', 'base64url')
        .toString()
        .split(':')[1] ?? '',
    );
    const { contact } = (await ask(source, { id: ids[0] })).data;
    expect(contact.consent).toEqual({
      status: 'PENDING',
      changedAt: '2026-03-01T09:00:00.000Z',
      resendAvailableAt: '2026-03-02T09:00:00.000Z',
      request: { attempt: 1, acceptedAt: '2026-03-01T09:00:00.000Z', delivery: 'ACCEPTED', failure: null },
    });
    expect(contact.composer).toMatchObject({ mode: 'HOLDING', canQueueMessage: true, canResendOptIn: false });
  });

  it('call a request that was taken back before it left a failed one, with the reason', async () => {
    const { ask, ids } = await askedContacts(1);
    await ask('mutation ($id: ID!) { withdrawConsent(input: { contactId: $id, source: EMAIL }) { replayed } }', {
      id: ids[0],
    });
    const { request } = (await ask(source, { id: ids[0] })).data.contact.consent;
    expect(request).toMatchObject({ delivery: 'FAILED', failure: { reason: expect.stringContaining('taken back') } });
  });

  it("speak the viewer's language, and English where there is no other", async () => {
    const { ask, ids } = await askedContacts(1);
    const notice = async (locale: string) =>
      (await ask(source, { id: ids[0] }, { locale })).data.contact.composer.notice;
    expect(await notice('de-CH')).toContain('Kontakt');
    expect(await notice('es')).toContain('contacto');
    expect(await notice('fi')).toBe(await notice('en'));
  });

  it('offer nothing where the organization has no WhatsApp', async () => {
    const { ask, ids, organizations, organizationId } = await askedContacts(1);
    const settings = organizations.get(organizationId);
    if (settings) organizations.set(organizationId, { ...settings, whatsappEnabled: false });
    const { composer } = (await ask(source, { id: ids[0] })).data.contact;
    expect(composer).toMatchObject({ mode: 'CHANNEL_DISABLED', canSendOptIn: false, canQueueMessage: false });
  });
});

describe('viewer, organization and funnel', () => {
  it('say who is calling and what the organization has set up', async () => {
    const { ask, organizationId } = createMemory();
    const { data } = await ask(`{ viewer { id name role locale organization { id } }
      organization { id slug name locale whatsappEnabled whatsappHealthy smsEnabled optInResendInterval } }`);
    const id = toGlobalId('Organization', organizationId);
    expect(data).toEqual({
      viewer: { id: 'u-1', name: 'Ana', role: 'AGENT', locale: 'en', organization: { id } },
      organization: {
        id,
        slug: 'acme',
        name: 'Acme',
        locale: 'en',
        whatsappEnabled: true,
        whatsappHealthy: true,
        smsEnabled: true,
        optInResendInterval: 'PT24H',
      },
    });
  });

  it('count the contacts by status', async () => {
    const { ask } = await askedContacts(3);
    const { data } = await ask('{ consentFunnel { notAsked pending optedIn heldMessages at } }');
    const at = '2026-03-01T09:00:00.000Z';
    expect(data.consentFunnel).toEqual({ notAsked: 0, pending: 3, optedIn: 0, heldMessages: 0, at });
  });
});
