import type { RecordedEvent, Draft } from '../domain/conversation/conversation.js';
import type { ContactLog, Evidence } from '../domain/evidence.js';
import type { Change, Notary } from '../domain/ports/consent-store.js';
import type { Artifact } from './artifact.js';
import { CONTACT_KEY_BYTES, sealWith } from './contact-key.js';
import { originOf } from './origin.js';
import type { RandomBytes } from './seal.js';
import { sha256, toBase64Url } from './verifier/encoding.js';
import type { Json, JsonObject } from './verifier/json.js';
import { newChain, writeEntry, type ContactChain, type EntryContext } from './write-entry.js';

/** Encrypts the keys of contacts; what was encrypted for one contact opens for no other. */
export type KeyWrap = {
  readonly wrap: (key: Uint8Array, contactId: string) => Uint8Array;
  readonly unwrap: (wrapped: Uint8Array, contactId: string) => Uint8Array;
};

/**
 * Writes the entries of each change in the contact's chain, and keeps what they commit to under the contact's own key.
 * A contact whose events began before there was a log has no chain, and gets none.
 */
export function createNotary(options: {
  readonly keys: KeyWrap & { readonly forget: (contactId: string) => void };
  readonly randomBytes: RandomBytes;
  /** Of the build and the durability of the database; in every entry. */
  readonly system: JsonObject;
}): Notary {
  const { keys, randomBytes, system } = options;

  return (change) => {
    const { draft, evidence } = change;
    const { organization, contact, consent, log } = draft.conversation;
    if (draft.events.length === 0) return null;
    if (log === null && consent.version > draft.events.length) return null;
    const key = log ? keys.unwrap(log.key, contact.id) : randomBytes(CONTACT_KEY_BYTES);
    let chain = log ? chainOf(log, consent.version - draft.events.length) : newChain(randomBytes);
    let transitions = consent.transitions - draft.events.filter(({ transition }) => transition !== null).length;
    const artifacts = evidence ? artifactsOf(evidence) : [];
    const entries = draft.events.map((recorded, index) => {
      const { id, event } = recorded;
      const transition = recorded.transition && { version: (transitions += 1), ...recorded.transition };
      const context = contextOf(recorded, change, index === 0 ? artifacts : []);
      const written = writeEntry(
        {
          log: { origin: originOf(organization.id), organization: organization.id },
          chain,
          id,
          event,
          transition,
          recordedAt: draft.now,
          context: { ...context, facts: { ...context.facts, system } },
        },
        randomBytes,
      );
      chain = written.chain;
      const disclosures = Buffer.from(JSON.stringify(written.disclosures));
      return { entry: written.bytes, sealed: sealWith(key, disclosures, randomBytes) };
    });
    const notarized = {
      log: logOf(chain, log?.key ?? keys.wrap(key, contact.id)),
      entries,
      artifacts: artifacts.map(({ bytes }) => ({ sha256: sha256(bytes), sealed: sealWith(key, bytes, randomBytes) })),
    };
    if (consent.erasedAt !== null) keys.forget(contact.id);
    return notarized;
  };
}

function chainOf({ name, lastHash, lastRecordedAt }: ContactLog, seq: number): ContactChain {
  return { contact: name, seq, lastHash, lastRecordedAt };
}

function logOf({ contact, lastHash, lastRecordedAt }: ContactChain, key: Uint8Array): ContactLog {
  if (!lastHash || !lastRecordedAt) throw new Error('a chain without an entry');
  return { name: contact, lastHash, lastRecordedAt, key };
}

/** Who it was, and what was said, as known now. */
function contextOf(
  { event }: RecordedEvent,
  { draft, evidence }: Change,
  artifacts: readonly Artifact[],
): EntryContext {
  const { contact, identities } = draft.conversation;
  const isErased = event.type === 'ContactErased';
  const posted = evidence && 'posted' in evidence ? evidence.posted : null;
  const who: Record<string, Json> = isErased
    ? {}
    : { 'contact.phone': contact.phone, 'contact.name': contact.name, 'contact.identities': [...identities] };
  return {
    facts: {
      ...(posted && { receivedAt: posted.receivedAt.toISOString() }),
    },
    sealed: { ...who, ...wordsOf(event, draft), ...(artifacts.length > 0 && sentBy(evidence)) },
    artifacts,
  };
}

/** As whom something was sent, and with which template. */
function sentBy(evidence: Evidence | undefined): Readonly<Record<string, Json>> {
  if (!evidence || !('exchange' in evidence)) return {};
  const { sender, template } = evidence.exchange;
  return { sender, template };
}

/** What the contact wrote or pressed, or is shown. */
function wordsOf(event: RecordedEvent['event'], { messages }: Draft): Readonly<Record<string, Json>> {
  const composed = messages.filter((one) => one.type === 'MessageComposed');
  if (event.type === 'OptInRequested' || event.type === 'ContactPrompted') {
    const shown = event.type === 'OptInRequested' ? event.requestId : event.promptId;
    return { 'shown.text': composed.find(({ requestId }) => requestId === shown)?.body ?? null };
  }
  if (!('evidence' in event) || !('messageId' in event.evidence)) return {};
  const { messageId } = event.evidence;
  return { 'answer.text': composed.find((one) => one.messageId === messageId)?.body ?? null };
}

function artifactsOf(evidence: Evidence): readonly Artifact[] {
  if ('posted' in evidence) {
    const { inboxId, signature, receivedAt, body, part } = evidence.posted;
    const about = { inboxId, signature, verified: true, receivedAt: receivedAt.toISOString() };
    const mediaType = 'application/json';
    if (part === null) return [{ kind: 'webhook-received', mediaType, bytes: body, about }];
    const whole = { ...about, body: toBase64Url(sha256(body)) };
    return [{ kind: 'webhook-item', mediaType, bytes: Buffer.from(part), about: whole }];
  }
  const { url, sentAt, request, answer } = evidence.exchange;
  const sent: Artifact = {
    kind: 'request-sent',
    mediaType: 'application/json',
    bytes: Buffer.from(request),
    about: { url, sentAt: sentAt.toISOString() },
  };
  if (!answer) return [sent];
  const { status, text, at } = answer;
  const about = { status, receivedAt: at.toISOString() };
  return [sent, { kind: 'response', mediaType: 'application/json', bytes: Buffer.from(text), about }];
}
