import type { SendOutcome } from '../domain/conversation/delivery-facts.js';
import type { MessagingProvider } from '../domain/ports/messaging-provider.js';

/** What a send came to, and how long its answer took. */
export type Sent = { readonly outcome: SendOutcome['outcome']; readonly seconds: number };

/** A provider whose every send is told of. */
export function measured(
  provider: MessagingProvider,
  told: (sent: Sent) => void,
  now: () => number = () => performance.now(),
): MessagingProvider {
  return {
    send: async (message) => {
      const begun = now();
      const outcome = await provider.send(message);
      told({ outcome: outcome.outcome, seconds: (now() - begun) / 1_000 });
      return outcome;
    },
  };
}
