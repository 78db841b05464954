const messages = {
  MISSING: 'A token is needed: send the header "Authorization: Bearer <token>".',
  MALFORMED: 'The token is not one that is accepted here.',
  EXPIRED: 'The token has expired.',
  NOT_YET_VALID: 'The token is not valid yet: the clock of who signed it is ahead, or it was made for later.',
  REVOKED: 'The token was revoked: sign in again.',
  WRONG_AUDIENCE: 'The token is meant for somebody else: its `aud` is not the one that is expected here.',
  WRONG_ISSUER: 'The token comes from somebody else: its `iss` is not the one that is expected here.',
  UNKNOWN_ORGANIZATION: 'The organization that the token names is not known.',
  UNKNOWN_ROLE: 'The role that the token names is none of agent, supervisor and admin.',
  KEY_NOT_WHOLE: 'The key is not whole: send it as it was given out, from "assent_" to its last character.',
  KEY_UNKNOWN: 'The key is not known here.',
  KEY_EXPIRED: 'The key has expired: ask for a new one.',
  KEY_REVOKED: 'The key was revoked: ask for a new one.',
} as const;

/** A caller who is let out for one of these may come back, with a fresh token or later; with any other it can't succeed. */
const passing: readonly unknown[] = ['EXPIRED', 'NOT_YET_VALID', 'REVOKED', 'KEY_EXPIRED', 'KEY_REVOKED'];

export const mayComeBack = (reason: unknown): boolean => passing.includes(reason);

/** Why nobody is let in. The message may be shown to the caller; it says nothing of the inside. */
export class AuthenticationError extends Error {
  override readonly name = 'AuthenticationError';

  constructor(
    readonly reason: keyof typeof messages,
    options?: ErrorOptions,
  ) {
    super(messages[reason], options);
  }
}

/** Nobody can say now who is calling: the caller may well be good, and should try again. */
export class AuthenticationUnavailableError extends Error {
  override readonly name = 'AuthenticationUnavailableError';

  constructor(options: ErrorOptions) {
    super('It can’t be told now who is calling. Try again in a moment.', options);
  }
}
