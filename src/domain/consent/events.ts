/**
 * The facts that make up a contact's consent. These names and shapes are what is stored: they may be added to,
 * never renamed. `at` is when it happened (for a contact: the provider's time), not when it was recorded.
 */
export type ConsentEvent =
  | OptInRequested
  | OptInRequestAccepted
  | OptInRequestFailed
  | OptInRequestUndeliverable
  | OptInUnanswered
  | ConsentGiven
  | ConsentRefused
  | ConsentWithdrawn
  | WithdrawalRepeated
  | ConsentConfirmed
  | ConsentRepeated
  | ConsentRecorded
  | WithdrawalRecorded
  | IdentityChanged
  | SendingPaused
  | ContactPrompted
  | SwitchedToSms
  | SmsStopped
  | SmsStarted
  | ContactErased;

export type ConsentEventType = ConsentEvent['type'];

/** Why the organization may ask at all: Meta requires a prior permission to be contacted by that business. */
export type PermissionBasis = {
  readonly kind: 'CLIENT_AGREEMENT' | 'WEB_FORM' | 'VERBAL' | 'PAPER' | 'INBOUND' | 'OTHER';
  readonly reference: string | null;
  readonly obtainedAt: string | null;
};

/** Where an answer came from: what proves it. Ids only; the bytes themselves are in the inbox and the message. */
export type ReplyEvidence = {
  readonly messageId: string;
  readonly providerMessageId: string;
  readonly kind: 'BUTTON' | 'TEXT';
  /** Version of the rules that read the words; null for a button. */
  readonly rules: string | null;
  readonly inboxId: string | null;
};

/** The provider's own word that a contact wants no SMS: it refused or failed to deliver the message for that. */
export type ProviderEvidence = {
  readonly kind: 'PROVIDER';
  readonly messageId: string;
  readonly code: number | null;
};

/** What an organization shows for a consent or withdrawal that it obtained elsewhere. */
export type RecordedEvidence = {
  readonly source: string;
  readonly reference: string | null;
  readonly note: string | null;
};

type OptInRequested = {
  readonly type: 'OptInRequested';
  readonly at: Date;
  readonly requestId: string;
  readonly attempt: number;
  readonly by: string;
  readonly locale: string;
  readonly basis: PermissionBasis | null;
};
/** The provider took the request (or may have: `confirmed` false after an unknown outcome). Starts the cooldown. */
type OptInRequestAccepted = {
  readonly type: 'OptInRequestAccepted';
  readonly at: Date;
  readonly requestId: string;
  readonly confirmed: boolean;
};
/** The request did not reach the contact, for a reason that says nothing about the contact. */
type OptInRequestFailed = {
  readonly type: 'OptInRequestFailed';
  readonly at: Date;
  readonly requestId: string;
  readonly code: number | null;
  readonly reason: string;
  /** The provider wants no further request before this time. */
  readonly retryAt: Date | null;
  /** The contact has told the provider to stop what this business sends unasked. */
  readonly unwanted: boolean;
};
type OptInRequestUndeliverable = {
  readonly type: 'OptInRequestUndeliverable';
  readonly at: Date;
  readonly requestId: string;
  readonly code: number | null;
  readonly reason: string;
};
type OptInUnanswered = { readonly type: 'OptInUnanswered'; readonly at: Date; readonly requestId: string };
type ConsentGiven = {
  readonly type: 'ConsentGiven';
  readonly at: Date;
  /** The request (or prompt) it answers; null when it names none. */
  readonly requestId: string | null;
  readonly evidence: ReplyEvidence;
};
type ConsentRefused = {
  readonly type: 'ConsentRefused';
  readonly at: Date;
  readonly requestId: string | null;
  readonly evidence: ReplyEvidence;
};
type ConsentWithdrawn = { readonly type: 'ConsentWithdrawn'; readonly at: Date; readonly evidence: ReplyEvidence };
/** Said again by a contact who is opted out: no change, but a yes from before it no longer counts. */
type WithdrawalRepeated = { readonly type: 'WithdrawalRepeated'; readonly at: Date; readonly evidence: ReplyEvidence };
/** A contact whose wish was unclear said that messages are welcome. */
type ConsentConfirmed = {
  readonly type: 'ConsentConfirmed';
  readonly at: Date;
  readonly requestId: string | null;
  readonly evidence: ReplyEvidence;
};
/** Said again by a contact who is opted in: no change, but a stop from before it no longer counts. */
type ConsentRepeated = { readonly type: 'ConsentRepeated'; readonly at: Date; readonly evidence: ReplyEvidence };
type ConsentRecorded = {
  readonly type: 'ConsentRecorded';
  readonly at: Date;
  readonly by: string;
  readonly evidence: RecordedEvidence;
};
type WithdrawalRecorded = {
  readonly type: 'WithdrawalRecorded';
  readonly at: Date;
  readonly by: string;
  readonly evidence: RecordedEvidence;
};
type IdentityChanged = {
  readonly type: 'IdentityChanged';
  readonly at: Date;
  readonly kind: 'NUMBER_CHANGED' | 'USER_ID_CHANGED' | 'IDENTITY_KEY_MISMATCH';
};
/** The contact may want to stop, in words that leave doubt: nothing is sent until they say which. */
type SendingPaused = { readonly type: 'SendingPaused'; readonly at: Date; readonly evidence: ReplyEvidence };
/** The contact was shown buttons outside an opt-in request: `promptId` is what their payloads name. */
type ContactPrompted = { readonly type: 'ContactPrompted'; readonly at: Date; readonly promptId: string };
type SwitchedToSms = { readonly type: 'SwitchedToSms'; readonly at: Date; readonly by: string };
/** The contact wants no SMS. It says nothing about WhatsApp, as nothing said on WhatsApp is about this. */
type SmsStopped = {
  readonly type: 'SmsStopped';
  readonly at: Date;
  readonly evidence: ReplyEvidence | ProviderEvidence;
};
/** A contact who wanted no SMS takes them again. */
type SmsStarted = { readonly type: 'SmsStarted'; readonly at: Date; readonly evidence: ReplyEvidence };
/** Everything personal of the contact is deleted. That it was there, and what it agreed to when, stays. */
type ContactErased = { readonly type: 'ContactErased'; readonly at: Date; readonly by: string };
