export const channels = ['WHATSAPP', 'SMS'] as const;
export type Channel = (typeof channels)[number];

export const messageKinds = [
  'TEXT',
  'OPT_IN_REQUEST',
  'OPT_IN_CONFIRMATION',
  'OPT_OUT_NOTICE',
  'PROMPT',
  'CONTINUE_REQUEST',
] as const;
/** TEXT is written by a person; the rest are the system's own. */
export type MessageKind = (typeof messageKinds)[number];

export const messageDirections = ['OUTBOUND', 'INBOUND'] as const;
export type MessageDirection = (typeof messageDirections)[number];

export const messageStatuses = [
  'HELD',
  'QUEUED',
  'SENDING',
  'ACCEPTED',
  'SENT',
  'DELIVERED',
  'READ',
  'FAILED',
  'UNCONFIRMED',
  'CANCELLED',
  'EXPIRED',
  'RECEIVED',
] as const;
export type MessageStatus = (typeof messageStatuses)[number];

export const heldReasons = [
  'AWAITING_CONSENT',
  'WINDOW_CLOSED',
  'UNREACHABLE',
  'SUSPENDED',
  'CHANNEL_DOWN',
  'PARKED',
] as const;
/** Why a message waits. */
export type HeldReason = (typeof heldReasons)[number];

/** Why a message did not reach the contact. `code` is the provider's, null where it gave none. */
export type DeliveryFailure = { readonly code: number | null; readonly reason: string; readonly retryable: boolean };

/** A message as decisions need it: without its text. */
export type Message = {
  readonly id: string;
  /** The place in its conversation: 1, 2, 3 … */
  readonly number: number;
  readonly channel: Channel;
  readonly kind: MessageKind;
  readonly direction: MessageDirection;
  readonly status: MessageStatus;
  readonly heldReason: HeldReason | null;
  /** The opt-in request or prompt that it carries. */
  readonly requestId: string | null;
  /** How often it was handed to the provider; the attempt under way while SENDING. */
  readonly attempts: number;
  readonly providerMessageId: string | null;
  /** It was handed over again although an earlier attempt may have arrived. */
  readonly possibleDuplicate: boolean;
  readonly createdAt: Date;
  readonly statusChangedAt: Date;
};

/**
 * Every step that a message can take. Statuses only move forward, but for a definite "not sent", and where somebody
 * who may decides that an unconfirmed or failed message is handed over again; a report that it had arrived after all
 * takes it out of the queue.
 */
// prettier-ignore
export const messageSteps = {
  HELD:        ['HELD', 'QUEUED', 'CANCELLED', 'EXPIRED', 'SENT', 'DELIVERED', 'READ'],
  QUEUED:      ['HELD', 'SENDING', 'CANCELLED', 'EXPIRED', 'FAILED', 'SENT', 'DELIVERED', 'READ'],
  SENDING:     ['ACCEPTED', 'SENT', 'DELIVERED', 'READ', 'FAILED', 'UNCONFIRMED', 'QUEUED', 'HELD', 'CANCELLED'],
  UNCONFIRMED: ['ACCEPTED', 'SENT', 'DELIVERED', 'READ', 'FAILED', 'HELD', 'QUEUED', 'CANCELLED'],
  ACCEPTED:    ['SENT', 'DELIVERED', 'READ', 'FAILED', 'HELD', 'CANCELLED'],
  SENT:        ['DELIVERED', 'READ', 'FAILED', 'HELD', 'CANCELLED'],
  DELIVERED:   ['READ'],
  READ:        [],
  FAILED:      ['DELIVERED', 'READ', 'QUEUED', 'HELD', 'CANCELLED'],
  CANCELLED:   [],
  EXPIRED:     [],
  RECEIVED:    [],
} as const satisfies Record<MessageStatus, readonly MessageStatus[]>;

/** Whether the step exists. */
export function canStep(from: MessageStatus, to: MessageStatus): boolean {
  return (messageSteps[from] as readonly MessageStatus[]).includes(to);
}

/** Facts about messages; stored in this shape. */
export type MessageEvent = MessageComposed | MessageMoved;

export type MessageComposed = {
  readonly type: 'MessageComposed';
  readonly at: Date;
  readonly messageId: string;
  readonly number: number;
  readonly channel: Channel;
  readonly kind: MessageKind;
  readonly direction: MessageDirection;
  readonly status: 'HELD' | 'QUEUED' | 'RECEIVED';
  readonly heldReason: HeldReason | null;
  readonly body: string;
  readonly author: string | null;
  readonly requestId: string | null;
  readonly providerMessageId: string | null;
  /** The language a message of the system is written in; null for a person's. */
  readonly locale: string | null;
};

export type MessageMoved = {
  readonly type: 'MessageMoved';
  readonly at: Date;
  readonly messageId: string;
  readonly status: MessageStatus;
  readonly channel: Channel;
  readonly heldReason: HeldReason | null;
  readonly failure: DeliveryFailure | null;
  readonly attempts: number;
  /** Set when it becomes known. */
  readonly providerMessageId: string | null;
  readonly possibleDuplicate: boolean;
  /** The operator who made it so; null for all that happens by the rules. */
  readonly by: string | null;
};

/** The message after the fact. Throws where there is no such step. */
export function evolveMessage(message: Message | null, event: MessageEvent): Message {
  if (event.type === 'MessageComposed') {
    const { messageId: id, number, channel, kind, direction, status, heldReason, requestId, providerMessageId } = event;
    const composed = { id, number, channel, kind, direction, status, heldReason, requestId, providerMessageId };
    return { ...composed, attempts: 0, possibleDuplicate: false, createdAt: event.at, statusChangedAt: event.at };
  }
  if (!message) throw new Error(`message ${event.messageId} does not exist`);
  if (!canStep(message.status, event.status)) throw new Error(`${message.status} cannot become ${event.status}`);
  return {
    ...message,
    status: event.status,
    channel: event.channel,
    heldReason: event.heldReason,
    attempts: event.attempts,
    providerMessageId: event.providerMessageId ?? message.providerMessageId,
    possibleDuplicate: message.possibleDuplicate || event.possibleDuplicate,
    statusChangedAt: event.at,
  };
}

/** Still waiting on our side or under way: what a decision about the conversation must see. */
export function isOpen(message: Message): boolean {
  return message.status === 'HELD' || message.status === 'QUEUED' || message.status === 'SENDING';
}

/** Sorts by who leaves first: the system's own, then in the order they were written. */
export function inTurn(one: Pick<Message, 'kind' | 'number'>, other: Pick<Message, 'kind' | 'number'>): number {
  const rank = ({ kind }: Pick<Message, 'kind'>): number => (kind === 'TEXT' ? 1 : 0);
  return rank(one) - rank(other) || one.number - other.number;
}

/** The one that leaves next. */
export function nextToSend(messages: readonly Message[], channel: Channel): Message | null {
  const queued = messages.filter((message) => message.status === 'QUEUED' && message.channel === channel);
  return queued.sort(inTurn)[0] ?? null;
}
