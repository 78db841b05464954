import { createHash } from 'node:crypto';
import { graphql, parse, subscribe, type ExecutionResult } from 'graphql';
import type { Conversation, OrganizationSettings } from '../../src/domain/conversation/conversation.js';
import { createCore } from '../../src/domain/core.js';
import type { MessageComposed, MessageMoved } from '../../src/domain/message/message.js';
import { parsePhoneNumber, phoneKey } from '../../src/domain/phone-number.js';
import type { Change, CommandResult, ConsentStore, LoadRequest } from '../../src/domain/ports/consent-store.js';
import type { FeedLog } from '../../src/domain/ports/feed-log.js';
import type { Cursors, Feed, FeedItem, FeedStream } from '../../src/domain/ports/feed.js';
import type {
  ContactView,
  Funnel,
  MessageView,
  OptInRequestView,
  Readers,
  TransitionView,
} from '../../src/domain/ports/readers.js';
import { consentStatuses } from '../../src/domain/consent/transitions.js';
import { partnerScopes, type PartnerAccess } from '../../src/domain/partner.js';
import type { Role } from '../../src/domain/viewer.js';
import { buildAssentSchema } from '../../src/resolvers/build-schema.js';
import type { Context } from '../../src/resolvers/context.js';
import { createLoaders } from '../../src/resolvers/loaders.js';
import { SECOND, testPolicy } from '../support/policy.js';

export const policy = { ...testPolicy, maxHeld: 3, orderWaitMs: SECOND };

export const schema = buildAssentSchema();

type Row = {
  readonly conversation: Conversation;
  readonly composed: ReadonlyMap<string, MessageComposed>;
  readonly moved: readonly MessageMoved[];
};
/** What the API answered, as JSON. */
export type Json = ReturnType<typeof JSON.parse>;
type Answer = { readonly data?: Json; readonly errors?: ExecutionResult['errors'] };

/** One installation in memory, with the real core: two organizations, their contacts and one feed each. */
export function createMemory() {
  let now = new Date('2026-03-01T09:00:00.000Z');
  let lastId = 0;
  const newId = (): string => `01900000-0000-7000-8000-${(++lastId).toString(16).padStart(12, '0')}`;
  const clock = { now: () => now };
  const organizations = new Map<string, OrganizationSettings>();
  const rows = new Map<string, Row>();
  const answers = new Map<string, { readonly inputHash: string; readonly result: CommandResult }>();
  const feed: TransitionView[] = [];
  const calls: string[] = [];

  function addOrganization(name: string): string {
    const id = newId();
    const settings = { id, name, locale: 'en', texts: {} };
    organizations.set(id, {
      ...settings,
      whatsappEnabled: true,
      whatsappHealthy: true,
      smsEnabled: true,
      whatsappRetryAt: null,
      templateRetryAt: null,
      continuesWindow: false,
    });
    return id;
  }
  const organizationId = addOrganization('Acme');
  const otherOrganizationId = addOrganization('Rival');

  const rowsOf = (organization: string): Row[] =>
    [...rows.values()].filter(({ conversation }) => conversation.organization.id === organization);
  const keyOf = (organization: string, key: { caller: string; operation: string; key: string }): string =>
    JSON.stringify([organization, key.caller, key.operation, key.key]);

  function find({ organizationId: organization, target }: LoadRequest): Row | undefined {
    return rowsOf(organization).find(({ conversation: { contact, messages } }) => {
      if ('contactId' in target) return contact.id === target.contactId;
      if ('messageId' in target) return messages.some(({ id }) => id === target.messageId);
      return 'phoneKey' in target && phoneKey(contact.phone) === target.phoneKey;
    });
  }

  function commit({ draft, revision, idempotency }: Change): void {
    const { conversation } = draft;
    const { contact, organization } = conversation;
    const composed = new Map(rows.get(contact.id)?.composed);
    const moved = [...(rows.get(contact.id)?.moved ?? [])];
    for (const event of draft.messages) {
      if (event.type === 'MessageComposed') composed.set(event.messageId, event);
      else moved.push(event);
    }
    rows.set(contact.id, { conversation: { ...conversation, revision: revision + 1 }, composed, moved });
    if (idempotency) answers.set(keyOf(organization.id, idempotency), idempotency);
    for (const { id, event, transition } of draft.events) {
      if (!transition) continue;
      feed.push({
        ...transition,
        position: BigInt(feed.length + 1),
        eventId: id,
        organizationId: organization.id,
        contactId: contact.id,
        contactVersion: feed.filter(({ contactId }) => contactId === contact.id).length + 1,
        occurredAt: event.at,
        recordedAt: now,
      });
    }
  }

  const store: ConsentStore = {
    load: async (requests) =>
      requests.map((request) => {
        const organization = organizations.get(request.organizationId) ?? null;
        const conversation = find(request)?.conversation;
        return {
          organization,
          conversation: organization && conversation ? { ...conversation, organization } : null,
          earlier: request.idempotencyKey
            ? (answers.get(keyOf(request.organizationId, request.idempotencyKey)) ?? null)
            : null,
        };
      }),
    append: async (changes) => {
      changes.forEach(commit);
      return changes.map(() => 'COMMITTED');
    },
  };
  const core = createCore({
    store,
    clock,
    newId,
    digest: (text) => createHash('sha256').update(text).digest('hex'),
    policy,
    erasure: { purge: () => Promise.resolve() },
  });

  function contactView({ conversation }: Row): ContactView {
    const { organization, contact, consent, windowOpenedAt, messages } = conversation;
    const heldCount = messages.filter(({ status }) => status === 'HELD').length;
    const { continueAskedAt } = conversation;
    const of = { organizationId: organization.id, consent, windowOpenedAt, continueAskedAt, heldCount };
    return { ...contact, ...of, createdAt: now };
  }

  function messageViews({ conversation, composed }: Row): MessageView[] {
    return conversation.messages.map((message) => {
      const event = composed.get(message.id);
      if (!event) throw new Error('a message without its beginning');
      const { body, author, at: createdAt } = event;
      const of = { organizationId: conversation.organization.id, contactId: conversation.contact.id };
      return { ...message, ...of, body, author, createdAt, failure: null };
    });
  }

  function requestView({ conversation }: Row): OptInRequestView | null {
    const request = conversation.consent.requests.at(-1);
    const message = conversation.messages.find(({ requestId }) => requestId === request?.id);
    if (!request || !message) return null;
    const of = { contactId: conversation.contact.id, requestedBy: 'Ana', basis: null };
    return { ...request, ...of, status: message.status, failure: null };
  }

  const page = <Item>(items: readonly Item[], first: number) => ({
    items: items.slice(0, first),
    hasNextPage: items.length > first,
  });
  const rowOf = (organization: string, id: string): Row | undefined =>
    rowsOf(organization).find(({ conversation }) => conversation.contact.id === id);

  const readers: Readers = {
    organization: async (id) => organizations.get(id) ?? null,
    contacts: async (organization, ids) =>
      ids.map((id) => {
        const row = rowOf(organization, id);
        return row ? contactView(row) : null;
      }),
    contactByPhoneKey: async (organization, key) =>
      rowsOf(organization)
        .map(contactView)
        .find(({ phone }) => phoneKey(phone) === key) ?? null,
    searchContacts: async (organization, { search, statuses, first, after }) => {
      const place = ({ name, id }: { name: string; id: string }): string => `${name}\0${id}`;
      const found = rowsOf(organization)
        .map(contactView)
        .filter(({ name, phone }) => search === null || name.includes(search) || phone.includes(search))
        .filter(({ consent }) => statuses === null || statuses.includes(consent.status))
        .filter((contact) => after === null || place(contact) > place(after))
        .sort((a, b) => (place(a) < place(b) ? -1 : 1));
      return page(found, first);
    },
    messages: async (organization, ids) => {
      const all = rowsOf(organization).flatMap(messageViews);
      return ids.map((id) => all.find((message) => message.id === id) ?? null);
    },
    messagesOf: async (organization, contactIds, { first, after }) =>
      contactIds.map((id) => {
        const row = rowOf(organization, id);
        const messages = row ? messageViews(row) : [];
        return page(
          messages.filter(({ number }) => number > (after ?? 0)),
          first,
        );
      }),
    stepsOf: async (organization, ids) =>
      ids.map((id) =>
        rowsOf(organization).flatMap(({ moved }) =>
          moved.filter(({ messageId, attempts }) => messageId === id && attempts > 0),
        ),
      ),
    queues: async (organization, contactIds) =>
      contactIds.map((id) => {
        const row = rowOf(organization, id);
        if (!row) return null;
        const { windowOpenedAt, pace, sendAfter: dueAt, messages } = row.conversation;
        const waiting = messages.flatMap(({ status, ...message }) =>
          status === 'QUEUED' || status === 'SENDING' ? [{ ...message, status }] : [],
        );
        return { windowOpenedAt, pace, dueAt, waiting };
      }),
    latestRequests: async (organization, contactIds) =>
      contactIds.map((id) => {
        const row = rowOf(organization, id);
        return row ? requestView(row) : null;
      }),
    transitionsOf: async (organization, contactIds, { first, after }) =>
      contactIds.map((id) =>
        page(
          feed.filter(
            (one) => one.organizationId === organization && one.contactId === id && one.position > (after ?? 0n),
          ),
          first,
        ),
      ),
    funnel: async (organization) => {
      const contacts = rowsOf(organization).map(contactView);
      const counts = consentStatuses.map((status) => [
        status,
        contacts.filter(({ consent }) => consent.status === status).length,
      ]);
      const heldMessages = contacts.reduce((sum, { heldCount }) => sum + heldCount, 0);
      return { ...Object.fromEntries(counts), heldMessages } as Funnel;
    },
  };

  const feedLog: FeedLog = {
    head: async (organization) => feed.findLast((one) => one.organizationId === organization)?.position ?? 0n,
    after: async (organization, position, { contactId, statuses }, limit) => {
      const transitions = feed
        .filter((one) => one.organizationId === organization && one.position > position)
        .filter((one) => contactId === null || one.contactId === contactId)
        .filter(({ to }) => statuses === null || statuses.includes(to))
        .slice(0, limit);
      return { transitions, through: transitions.at(-1)?.position ?? position };
    },
    settled: async () => undefined,
    waitingSince: async () => null,
    messageHead: async () => 0n,
    messageChanges: async () => [],
  };

  const cursors: Cursors = {
    encode: (organization, position) => Buffer.from(`${organization}/${position}`).toString('base64url'),
    decode: (organization, cursor) => {
      const [of, position] = Buffer.from(cursor, 'base64url').toString().split('/');
      return of === organization && position !== undefined && /^\d+$/.test(position) ? BigInt(position) : null;
    },
  };

  const live: Feed = {
    transitions: (organization, { after, filter }) =>
      unshared(async function* (): AsyncGenerator<FeedItem> {
        const from = after === null ? await feedLog.head(organization) : cursors.decode(organization, after);
        if (from === null) {
          yield { type: 'RESET', organizationId: organization, reason: 'CURSOR_INVALID', oldest: null };
          return;
        }
        const { transitions, through: position } = await feedLog.after(organization, from, filter, 100);
        for (const transition of transitions) yield { type: 'TRANSITION', transition, replayed: true };
        yield { type: 'CHECKPOINT', organizationId: organization, position, caughtUp: true, lagMs: 0, at: now };
      }),
    messageUpdates: (organization, contactId) =>
      unshared(async function* () {
        const row = rowOf(organization, contactId);
        if (row) yield* messageViews(row);
      }),
    funnel: (organization) =>
      unshared(async function* () {
        yield { funnel: await readers.funnel(organization), at: now };
      }),
  };

  function contextOf(role: Role, organization: string, locale: string): Context {
    const partner: PartnerAccess | null =
      role === 'partner' ? { partnerId: 'p-1', keyId: 'k-1', enforcement: 'OFF', scopes: partnerScopes } : null;
    const viewer = { subject: 'u-1', name: 'Ana', role, locale, issuedAt: null, expiresAt: null, partner };
    const counted = countingCalls(readers, calls);
    const log = countingCalls(feedLog, calls);
    return {
      viewer: { ...viewer, organizationId: organization, organizationSlug: 'acme' },
      attestations: { attest: () => Promise.resolve(null) },
      core,
      readers: counted,
      feedLog: log,
      feed: live,
      cursors,
      loaders: createLoaders({ readers: counted, feedLog: log, organizationId: organization }),
      clock,
      policy,
      feedHead: null,
      requestId: 'r-1',
    };
  }

  type Asking = {
    readonly role?: Role;
    readonly organization?: string;
    readonly locale?: string;
    readonly context?: Partial<Context>;
  };
  const contextFor = ({ role = 'agent', organization = organizationId, locale = 'en', context }: Asking): Context => ({
    ...contextOf(role, organization, locale),
    ...context,
  });

  return {
    organizationId,
    otherOrganizationId,
    core,
    organizations,
    /** Names of the readers' and the log's operations since it was last emptied. */
    calls,
    passTime: (ms: number): void => {
      now = new Date(now.getTime() + ms);
    },
    ask: (source: string, variableValues: Record<string, unknown> = {}, asking: Asking = {}): Promise<Answer> =>
      graphql({ schema, source, variableValues, contextValue: contextFor(asking) }),
    watch: async (
      source: string,
      variableValues: Record<string, unknown> = {},
      asking: Asking = {},
    ): Promise<Answer[]> => {
      const document = parse(source);
      const stream = await subscribe({ schema, document, variableValues, contextValue: contextFor(asking) });
      if (!(Symbol.asyncIterator in stream)) return [stream];
      const received: Answer[] = [];
      for await (const item of stream) received.push(item);
      return received;
    },
    /** The provider took everything that was queued for the contact's number. */
    accept: async (contactId: string): Promise<void> => {
      const claim = { organizationId, contactId, channel: 'WHATSAPP' as const };
      for (let started = await core.startSend(claim); started; started = await core.startSend(claim)) {
        const { id: messageId, attempts: attempt } = started.message;
        const outcome = { outcome: 'ACCEPTED', providerMessageId: `wamid.${messageId}` } as const;
        await core.settleSend(organizationId, { messageId, attempt, outcome });
      }
    },
    /** Creates a contact without asking the API; answers the id that the store knows it by. */
    addContact: async (name: string, phone: string, organization = organizationId): Promise<string> => {
      const parsed = parsePhoneNumber(phone);
      if (!parsed) throw new Error('the example is not a phone number');
      const caller = { organizationId: organization, id: 'u-1', name: 'Ana' };
      const outcome = await core.createContact(caller, { phone: parsed, name, locale: null });
      if (outcome.refusal) throw new Error(outcome.refusal.code);
      return outcome.contactId;
    },
  };
}

function countingCalls<Port extends object>(port: Port, calls: string[]): Port {
  return new Proxy(port, {
    get(target, name, receiver) {
      if (typeof name === 'string' && name in target) calls.push(name);
      return Reflect.get(target, name, receiver);
    },
  });
}

/** A stream to one subscriber only. */
function unshared<Item>(generate: () => AsyncGenerator<Item>): FeedStream<Item> {
  const open = () => Promise.reject(new Error('nothing is delivered to many here'));
  return Object.assign(generate(), { subject: { organizationId: '', after: null, open } });
}
