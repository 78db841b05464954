import type { Inbound } from '../domain/conversation/contact-facts.js';
import { fromWaId } from '../domain/phone-number.js';
import type { ProviderItem, Sender } from '../domain/ports/provider-news.js';
import { objectIn, textIn, type JsonObject } from './json.js';
import { isContinuePayload, readButtonPayload } from './payload.js';

type Said = Pick<Inbound, 'text' | 'content'> & { readonly contextId?: string | null; readonly opensWindow?: boolean };

const identityChanges = { user_changed_number: 'NUMBER_CHANGED', user_changed_user_id: 'USER_ID_CHANGED' } as const;
const media = ['image', 'audio', 'voice', 'video', 'document', 'sticker'];
const userId = /\b[A-Z]{2}\.[A-Za-z0-9]+\b/;

/** One of the messages of a webhook, with who sent it. */
export function readMessage(
  message: JsonObject,
  contacts: readonly JsonObject[],
  inboxId: string | null,
): ProviderItem | 'IGNORED' | 'UNREADABLE' {
  const at = timeIn(message.timestamp);
  const from = senderOf(message, contacts);
  if (!at || !from) return 'UNREADABLE';
  if (message.type === 'system') return readSystem(objectIn(message.system), from, at);
  const providerMessageId = textIn(message.id);
  const said = providerMessageId ? whatWasSaid(message) : null;
  if (!providerMessageId || !said) return 'UNREADABLE';
  const contextId = said.contextId ?? textIn(objectIn(message.context).id);
  const { text, content, opensWindow = true } = said;
  return { kind: 'INBOUND', from, inbound: { providerMessageId, at, text, content, contextId, opensWindow, inboxId } };
}

/** Whole seconds since 1970, as text or number; null for anything else. */
export function timeIn(value: unknown): Date | null {
  const digits = typeof value === 'number' ? String(value) : value;
  return typeof digits === 'string' && /^[1-9]\d{0,9}$/.test(digits) ? new Date(Number(digits) * 1000) : null;
}

function whatWasSaid(message: JsonObject): Said | null {
  const type = textIn(message.type);
  if (!type) return null;
  const part = objectIn(message[type]);
  switch (type) {
    case 'text':
      return words(textIn(part.body));
    case 'button':
      return pressed(textIn(part.payload), textIn(part.text));
    case 'interactive':
      return ofInteractive(part);
    case 'reaction':
      return ofReaction(part);
    case 'edit':
      return ofEdit(objectIn(part.message));
    case 'revoke':
      return other('deleted a message');
    case 'unsupported':
      return other('unsupported message');
    default:
      return media.includes(type) ? other(type, textIn(part.caption)) : other(type);
  }
}

/** A button of ours, or words: the label is what the contact chose to say. */
function pressed(payload: string | null, label: string | null): Said | null {
  if (payload !== null && isContinuePayload(payload)) return other(label ?? 'continue');
  const known = payload === null ? null : readButtonPayload(payload);
  if (!known) return words(label ?? payload);
  return { text: label ?? known.answer.toLowerCase(), content: { kind: 'BUTTON', ...known } };
}

function ofInteractive(interactive: JsonObject): Said | null {
  if (interactive.type !== 'button_reply' && interactive.type !== 'list_reply') return other('interactive');
  const reply = objectIn(interactive[interactive.type]);
  return pressed(textIn(reply.id), textIn(reply.title));
}

/** A reaction is no answer; whether it opens Meta's window is not documented, so it does not. */
function ofReaction(reaction: JsonObject): Said {
  const emoji = textIn(reaction.emoji);
  const said = emoji ? { text: emoji, content: { kind: 'OTHER' as const } } : other('removed a reaction');
  return { ...said, contextId: textIn(reaction.message_id), opensWindow: false };
}

/** An edited text counts as said when it was edited. */
function ofEdit(edited: JsonObject): Said {
  const body = edited.type === 'text' ? textIn(objectIn(edited.text).body) : null;
  return words(body) ?? other('edited a message');
}

function readSystem(system: JsonObject, from: Sender, at: Date): ProviderItem | 'IGNORED' {
  const type = system.type;
  if (type !== 'user_changed_number' && type !== 'user_changed_user_id') return 'IGNORED';
  const waId = textIn(system.wa_id) ?? textIn(system.new_wa_id);
  const newUserId = textIn(system.user_id);
  // The old id is told in the sentence only.
  const oldUserId = userId.exec(textIn(system.body) ?? '')?.[0] ?? null;
  return {
    kind: 'IDENTITY_CHANGED',
    change: identityChanges[type],
    at,
    from: { ...from, identities: names(...from.identities, oldUserId === newUserId ? null : oldUserId) },
    to: {
      phone: waId === null ? null : fromWaId(waId),
      identities: names(waId, newUserId),
      profileName: from.profileName,
    },
  };
}

function senderOf(message: JsonObject, contacts: readonly JsonObject[]): Sender | null {
  const waId = textIn(message.from);
  const id = textIn(message.from_user_id);
  const named = contacts.find(
    (contact) => (waId !== null && contact.wa_id === waId) || (id !== null && contact.user_id === id),
  );
  const contact = named ?? (waId === null && id === null && contacts.length === 1 ? contacts[0] : undefined);
  const contactWaId = textIn(contact?.wa_id);
  const identities = names(waId, contactWaId, id, textIn(contact?.user_id));
  if (identities.length === 0) return null;
  const number = waId ?? contactWaId;
  const profileName = textIn(objectIn(contact?.profile).name);
  return { phone: number === null ? null : fromWaId(number), identities, profileName };
}

function words(text: string | null): Said | null {
  return text === null ? null : { text, content: { kind: 'WORDS' } };
}

function other(what: string, caption: string | null = null): Said {
  return { text: caption === null ? `[${what}]` : `[${what}] ${caption}`, content: { kind: 'OTHER' } };
}

function names(...given: readonly (string | null)[]): readonly string[] {
  return [...new Set(given.filter((name) => name !== null))];
}
