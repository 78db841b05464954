import type { SendOutcome } from '../conversation/delivery-facts.js';
import type { MessageKind } from '../message/message.js';
import type { PhoneNumber } from '../phone-number.js';

/** A message on its way to the provider. */
export type OutgoingMessage = {
  readonly organizationId: string;
  readonly messageId: string;
  readonly attempt: number;
  readonly to: PhoneNumber;
  readonly kind: MessageKind;
  readonly body: string;
  readonly locale: string;
  /** The request or prompt that its buttons name. */
  readonly requestId: string | null;
  readonly organizationName: string;
  readonly buttons: { readonly accept: string; readonly decline: string };
};

/** A provider of one channel. Never throws for what the provider or the network does: that is an outcome. */
export interface MessagingProvider {
  send(message: OutgoingMessage): Promise<SendOutcome>;
}

/** What came of a request: its whole answer, or none. LOST may have arrived, NOT_SENT certainly has not. */
export type Posted =
  | { readonly outcome: 'ANSWERED'; readonly status: number; readonly text: string }
  | { readonly outcome: 'NOT_SENT' | 'LOST' };

/** Posts to a provider; whatever becomes of it is an outcome. Throws for an address or a header that can't be. */
export type Post = (request: {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}) => Promise<Posted>;
