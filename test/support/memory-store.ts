import type { Conversation, OrganizationSettings } from '../../src/domain/conversation/conversation.js';
import { phoneKey } from '../../src/domain/phone-number.js';
import type {
  AppendOutcome,
  Change,
  CommandResult,
  ConsentStore,
  IdempotencyKey,
  Loaded,
  LoadRequest,
} from '../../src/domain/ports/consent-store.js';

/** A store of facts in memory: revisions, idempotency keys and lookups as the port promises them. */
export function createMemoryStore(organizations: readonly OrganizationSettings[]) {
  const conversations = new Map<string, Conversation>();
  const answers = new Map<string, { readonly inputHash: string; readonly result: CommandResult }>();
  const appended: Change[] = [];
  const loads: LoadRequest[] = [];

  const keyOf = (organizationId: string, { caller, operation, key }: IdempotencyKey): string =>
    JSON.stringify([organizationId, caller, operation, key]);

  function find({ organizationId, target }: LoadRequest): Conversation | null {
    const own = [...conversations.values()].filter(({ organization }) => organization.id === organizationId);
    const found = own.find(({ contact, identities, messages }) => {
      if ('contactId' in target) return contact.id === target.contactId;
      if ('messageId' in target) return messages.some(({ id }) => id === target.messageId);
      if ('providerMessageId' in target)
        return messages.some(({ providerMessageId }) => providerMessageId === target.providerMessageId);
      const known = target.identities.some((identity) => identities.includes(identity));
      return phoneKey(contact.phone) === target.phoneKey || known;
    });
    return found ?? null;
  }

  function loadOne(request: LoadRequest): Loaded {
    loads.push(request);
    const { organizationId, messageIds, providerMessageIds, idempotencyKey } = request;
    const organization = organizations.find(({ id }) => id === organizationId) ?? null;
    const conversation = organization && find(request);
    const messages = conversation?.messages.filter(
      ({ id, status, providerMessageId }) =>
        ['HELD', 'QUEUED', 'SENDING'].includes(status) ||
        messageIds.includes(id) ||
        (providerMessageId !== null && providerMessageIds.includes(providerMessageId)),
    );
    return {
      organization,
      conversation: conversation && { ...conversation, messages: messages ?? [] },
      earlier: (idempotencyKey && answers.get(keyOf(organizationId, idempotencyKey))) ?? null,
    };
  }

  function appendOne(change: Change): AppendOutcome {
    const { conversation } = change.draft;
    const { id } = conversation.contact;
    const stored = conversations.get(id);
    if ((stored?.revision ?? 0) !== change.revision) return 'CONFLICT';
    const changed = new Map(conversation.messages.map((message) => [message.id, message]));
    const kept = (stored?.messages ?? []).filter((message) => !changed.has(message.id));
    const messages = [...kept, ...conversation.messages].sort((a, b) => a.number - b.number);
    conversations.set(id, { ...conversation, messages, revision: change.revision + 1 });
    const key = change.idempotency;
    if (key) answers.set(keyOf(conversation.organization.id, key), key);
    appended.push(change);
    return 'COMMITTED';
  }

  const store: ConsentStore = {
    load: async (requests) => requests.map(loadOne),
    append: async (changes) => changes.map(appendOne),
  };
  return { store, conversations, appended, loads };
}
