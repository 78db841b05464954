import { createLocalJWKSet, errors } from 'jose';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import type { Clock } from '../domain/ports/clock.js';

/** A key that the login has withdrawn is not accepted for longer than this. */
const GOOD_FOR_MS = 5 * 60_000;
/** From this age on they are read again while they are still used, so that a short outage of the login is not noticed. */
const RENEW_AFTER_MS = GOOD_FOR_MS / 2;
/** A token may name a key that is new; that is looked for no more often than this. */
const LOOK_AGAIN_MS = 10_000;
/** After a failure the login is left alone for so long, and callers are told at once. */
const RETRY_MS = 1_000;
const TIMEOUT_MS = 3_000;
const MAX_CHARACTERS = 1024 * 1024;

/** The keys of a login can't be read now. */
export class LoginKeysUnavailable extends Error {
  override readonly name = 'LoginKeysUnavailable';
}

/** The public keys that a login publishes at a URL, kept for a while. Throws LoginKeysUnavailable within a few seconds. */
export function createLoginKeys(options: {
  readonly url: string;
  readonly clock: Clock;
  readonly timeoutMs?: number;
}): JWTVerifyGetKey {
  const { url, clock, timeoutMs = TIMEOUT_MS } = options;
  let known: { readonly keys: JWTVerifyGetKey; readonly readAt: number } | null = null;
  let failure: { readonly cause: unknown; readonly at: number } | null = null;
  let reading: Promise<void> | null = null;

  const age = (): number => (known === null ? Infinity : clock.now().getTime() - known.readAt);

  /** Those who ask meanwhile share one request; a failure stands for a moment. */
  function read(): Promise<void> {
    if (failure !== null && clock.now().getTime() - failure.at < RETRY_MS) return Promise.reject(unavailable(failure));
    return (reading ??= readOnce().finally(() => (reading = null)));
  }

  async function readOnce(): Promise<void> {
    // They are as old as the question: what was withdrawn while it was answered may still be in the answer.
    const readAt = clock.now().getTime();
    try {
      const keys = createLocalJWKSet(await fetchKeys(url, timeoutMs));
      known = { keys, readAt };
      failure = null;
    } catch (cause) {
      failure = { cause, at: clock.now().getTime() };
      throw unavailable(failure);
    }
  }

  async function keysNow(): Promise<JWTVerifyGetKey> {
    if (age() >= GOOD_FOR_MS) await read();
    // What comes of it is seen by those who ask when the keys are too old.
    else if (age() >= RENEW_AFTER_MS) read().catch(() => undefined);
    if (known === null) throw new LoginKeysUnavailable();
    return known.keys;
  }

  return async (header, token) => {
    const keys = await keysNow();
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || age() < LOOK_AGAIN_MS) throw error;
      await read();
      return (await keysNow())(header, token);
    }
  };
}

async function fetchKeys(url: string, timeoutMs: number): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    headers: { accept: 'application/json, application/jwk-set+json' },
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (response.status !== 200) throw new Error(`answered with ${response.status}`);
  const text = await response.text();
  if (text.length > MAX_CHARACTERS) throw new Error('answered with more than a set of keys');
  return JSON.parse(text) as JSONWebKeySet;
}

function unavailable({ cause }: { readonly cause: unknown }): LoginKeysUnavailable {
  return new LoginKeysUnavailable('The keys at AUTH_JWKS_URL could not be read.', { cause });
}
