import type { ConsentState } from '../domain/consent/state.js';

type Json = { readonly [key: string]: unknown };

const date = (value: unknown): Date => new Date(value as string);
const dateOrNull = (value: unknown): Date | null => (value === null || value === undefined ? null : date(value));

/** Reads back what `JSON.stringify` made of a consent state. */
export function consentStateFromJson(json: unknown): ConsentState {
  const stored = json as ConsentState & Json;
  const act = (value: ConsentState['lastGrant']) => value && { ...value, at: date(value.at) };
  return {
    ...stored,
    changedAt: dateOrNull(stored.changedAt),
    requests: stored.requests.map((request) => ({
      ...request,
      requestedAt: date(request.requestedAt),
      acceptedAt: dateOrNull(request.acceptedAt),
    })),
    prompts: stored.prompts.map((prompt) => ({ ...prompt, at: date(prompt.at) })),
    lastGrant: act(stored.lastGrant),
    lastRevocation: act(stored.lastRevocation),
    paused: stored.paused && { ...stored.paused, at: date(stored.paused.at) },
    blockedUntil: dateOrNull(stored.blockedUntil),
    unwantedAt: dateOrNull(stored.unwantedAt),
    switchedToSmsAt: dateOrNull(stored.switchedToSmsAt),
    sms: stored.sms ? { ...stored.sms, at: date(stored.sms.at) } : null,
    erasedAt: dateOrNull(stored.erasedAt),
  };
}
