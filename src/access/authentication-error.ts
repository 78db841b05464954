const messages = {
  MISSING: 'A token is needed: send the header "Authorization: Bearer <token>".',
  MALFORMED: 'The token is not one that is accepted here.',
  EXPIRED: 'The token has expired.',
  UNKNOWN_ORGANIZATION: 'The organization that the token names is not known.',
  UNKNOWN_ROLE: 'The role that the token names is none of agent, supervisor and admin.',
} as const;

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
