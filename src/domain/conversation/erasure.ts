import { erasedPhoneNumber } from '../phone-number.js';
import { move, record, regate, schedule, type Draft } from './conversation.js';

/** What stands in the place of the name of an erased contact. */
export const erasedName = 'Erased contact';

/**
 * Erases the contact: what waits is cancelled, what is under way is left to its fate, and the contact keeps neither
 * name nor number. What is stored elsewhere about it is deleted after the commit.
 */
export function eraseContact({ by }: { readonly by: string }, draft: Draft): Draft {
  const recorded = record(draft, [{ type: 'ContactErased', at: draft.now, by }]);
  const underWay = recorded.conversation.messages.filter(({ status }) => status === 'SENDING');
  const failure = { code: null, reason: 'The contact was erased before the provider answered.', retryable: false };
  const settled = underWay.reduce(
    (current, message) => move(current, message, { status: 'UNCONFIRMED', failure }),
    recorded,
  );
  const { conversation, ...rest } = schedule(regate(settled));
  const { id } = conversation.contact;
  return {
    ...rest,
    conversation: {
      ...conversation,
      contact: { id, name: erasedName, phone: erasedPhoneNumber, locale: null },
      identities: [],
      windowOpenedAt: null,
      pace: null,
      continueAskedAt: null,
    },
  };
}
