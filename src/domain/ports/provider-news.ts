import type { Inbound } from '../conversation/contact-facts.js';
import type { StatusReport } from '../conversation/delivery-facts.js';
import type { InboundSms } from '../conversation/sms-facts.js';
import type { Posted as PostedBytes } from '../evidence.js';
import type { PhoneNumber } from '../phone-number.js';

/** Who sent something, by every name that the provider gave. */
export type Sender = {
  /** Null when the provider gave no number (users with a username only). */
  readonly phone: PhoneNumber | null;
  /** Provider ids: wa_id, business-scoped user id. */
  readonly identities: readonly string[];
  readonly profileName: string | null;
};

/** One thing that the provider told, read from its wire format. Told twice, it takes effect once. */
export type ProviderItem = {
  /** The part of what was posted that tells it, as JSON; undefined where that is all of it. */
  readonly part?: string;
} & (
  | { readonly kind: 'INBOUND'; readonly from: Sender; readonly inbound: Inbound }
  | { readonly kind: 'INBOUND_SMS'; readonly phone: PhoneNumber; readonly inbound: InboundSms }
  | {
      readonly kind: 'STATUS';
      /** The attempt that the provider echoes; null when it echoes none. */
      readonly attempt: { readonly messageId: string; readonly attempt: number } | null;
      readonly providerMessageId: string;
      readonly report: StatusReport;
    }
  | {
      readonly kind: 'IDENTITY_CHANGED';
      readonly change: 'NUMBER_CHANGED' | 'USER_ID_CHANGED';
      readonly at: Date;
      /** The names known so far, and the new ones. */
      readonly from: Sender;
      readonly to: Sender;
    }
);

/** Takes what a provider told into the organization's facts. */
export interface ProviderNews {
  /** `posted` is what it was read from. */
  record(organizationId: string, item: ProviderItem, posted?: PostedBytes): Promise<void>;
}
