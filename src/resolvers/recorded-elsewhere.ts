import type { RecordElsewhereCommand } from '../domain/agent-operations.js';
import type { Refusal } from '../domain/conversation/refusal.js';
import { fromGlobalId } from '../schema/global-id.js';
import type { RecordConsentInput } from '../schema/record-consent.js';
import { contactNotFound } from './command-answer.js';
import { keyRefusal, textRefusal } from './text-input.js';

/** A consent or withdrawal obtained elsewhere as a command, or why it can't be one. */
export function recordedElsewhere(
  input: RecordConsentInput,
): { readonly refusal: Refusal } | { readonly refusal: null; readonly command: RecordElsewhereCommand } {
  const { source, reference = null, note = null, occurredAt: at = null, idempotencyKey = null } = input;
  const refusal =
    textRefusal(reference, ['reference'], { max: 500 }) ??
    textRefusal(note, ['note'], { max: 2000 }) ??
    keyRefusal(idempotencyKey);
  if (refusal) return { refusal };
  const contactId = fromGlobalId('Contact', input.contactId);
  if (contactId === null) return { refusal: contactNotFound };
  return { refusal: null, command: { contactId, at, evidence: { source, reference, note }, idempotencyKey } };
}
