import type { ConsentEventType, PermissionBasis } from '../../domain/consent/events.js';
import type { ConsentStatus } from '../../domain/consent/transitions.js';

/** What is disclosed of a contact or an event, as people call it. */
export type Label =
  | 'phone'
  | 'name'
  | 'identities'
  | 'agent'
  | 'locale'
  | 'basis'
  | 'source'
  | 'reference'
  | 'note'
  | 'text'
  | 'answerId'
  | 'shown'
  | 'sender'
  | 'template'
  | 'reason'
  | 'code'
  | 'bytes'
  | 'undisclosed';

/** All words of a transcript in one language. */
export type Words = {
  readonly title: string;
  /** That it is derived, and that the entries count. */
  readonly derived: string;
  readonly organization: string;
  readonly contact: string;
  readonly status: string;
  /** `{size}` and `{at}` stand for the checkpoint. */
  readonly asOf: string;
  readonly history: string;
  readonly recorded: string;
  readonly notProvenTitle: string;
  readonly notProven: readonly string[];
  readonly events: Readonly<Record<ConsentEventType, string>>;
  readonly statuses: Readonly<Record<ConsentStatus, string>>;
  /** Why the organization may ask at all. */
  readonly bases: Readonly<Record<PermissionBasis['kind'], string>>;
  readonly labels: Readonly<Record<Label, string>>;
};
