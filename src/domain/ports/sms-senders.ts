import type { PhoneNumber } from '../phone-number.js';

/** An account and number at the SMS provider, with what is needed to use them. */
export type SmsSender = {
  /** Null for the one that serves every organization without a sender of its own. */
  readonly organizationId: string | null;
  readonly accountSid: string;
  readonly authToken: string;
  readonly from: string;
};

export interface SmsSenders {
  /** What an organization's SMS are sent with; null where there is nothing. */
  byOrganization(organizationId: string): Promise<SmsSender | null>;
  /** All of the account, and the one with the number; also those switched off: a stop may come to them. */
  named(by: { readonly accountSid: string; readonly number: string }): Promise<readonly SmsSender[]>;
  /** All that are used. */
  enabled(): Promise<readonly SmsSender[]>;
  /** The organizations that have a contact with this number. */
  organizationsKnowing(phone: PhoneNumber): Promise<readonly string[]>;
}
