import type { Refusal } from '../domain/conversation/refusal.js';
import type { Outcome } from '../domain/deciding.js';
import type { ContactView, MessageView } from '../domain/ports/readers.js';
import type { Context } from './context.js';
import { userErrorOf } from './user-errors.js';

/** What a mutation answers; those without a message leave it out. */
export type CommandAnswer = {
  readonly contact: ContactView | null;
  readonly message: MessageView | null;
  readonly userErrors: readonly ReturnType<typeof userErrorOf>[];
  readonly replayed: boolean;
};

/** Refused: nothing changed and there is nothing to show. */
export function refused(refusal: Refusal): CommandAnswer {
  return { contact: null, message: null, userErrors: [userErrorOf(refusal)], replayed: false };
}

export const contactNotFound: Refusal = { code: 'CONTACT_NOT_FOUND', path: ['contactId'] };

/** What came of a command, with the contact and the message as they are now. */
export async function answerOf({ loaders }: Context, outcome: Outcome): Promise<CommandAnswer> {
  if (outcome.refusal) return refused(outcome.refusal);
  loaders.forget();
  const [contact, message] = await Promise.all([
    loaders.contacts.load(outcome.contactId),
    outcome.messageId === null ? null : loaders.messages.load(outcome.messageId),
  ]);
  return { contact, message, userErrors: [], replayed: outcome.replayed };
}
