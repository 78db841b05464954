import type { Channel, Message } from '../message/message.js';
import type { Pace, PacePolicy } from '../message/pace.js';
import { turnsOf, type WaitingMessage } from '../message/turns.js';
import type { OrganizationSettings } from './conversation.js';
import { isWindowOpen } from './gate.js';

/** What a contact's conversation has to send, and what its turns depend on. */
export type ConversationQueue = {
  readonly windowOpenedAt: Date | null;
  readonly pace: Pace | null;
  /** When the next message of each channel may leave; null when none waits. */
  readonly dueAt: Readonly<Record<Channel, Date | null>>;
  readonly waiting: readonly (WaitingMessage & { readonly channel: Channel })[];
};

type Subject = Pick<Message, 'id' | 'status' | 'heldReason' | 'channel' | 'kind'>;

/** Whether it is time alone that a message waits for, as far as its status tells. */
export function waitsForTime({ status, heldReason }: Pick<Subject, 'status' | 'heldReason'>): boolean {
  return status === 'QUEUED' || heldReason === 'CHANNEL_DOWN';
}

/**
 * The earliest time at which a message can leave, as far as is known; null where that depends on the contact or an
 * operator, and for what has left or never will.
 */
export function expectedAt(
  message: Subject,
  { organization, queue }: { readonly organization: OrganizationSettings; readonly queue: ConversationQueue },
  now: Date,
  policy: PacePolicy & { readonly orderWaitMs: number },
): Date | null {
  if (!waitsForTime(message)) return null;
  const servedAt = message.channel === 'WHATSAPP' ? servedFrom(organization, now) : now;
  if (servedAt === null) return null;
  const at = message.status === 'QUEUED' ? turnOf(message, queue, servedAt, policy) : servedAt;
  const needsWindow = message.kind === 'TEXT' && message.channel === 'WHATSAPP';
  if (at === null || (needsWindow && !isWindowOpen({ now: at, windowOpenedAt: queue.windowOpenedAt }))) return null;
  return at;
}

function turnOf(
  { id, channel }: Subject,
  { dueAt, pace, waiting }: ConversationQueue,
  from: Date,
  policy: PacePolicy & { readonly orderWaitMs: number },
): Date | null {
  const ofChannel = waiting.filter((message) => message.channel === channel);
  return turnsOf({ channel, waiting: ofChannel, dueAt: dueAt[channel] ?? from, pace }, from, policy).get(id) ?? null;
}

/** From when on WhatsApp is tried; null while that is for an operator to say. */
function servedFrom(
  { whatsappEnabled, whatsappHealthy, whatsappRetryAt }: OrganizationSettings,
  now: Date,
): Date | null {
  if (!whatsappEnabled || (!whatsappHealthy && whatsappRetryAt === null)) return null;
  return whatsappHealthy || whatsappRetryAt === null || whatsappRetryAt < now ? now : whatsappRetryAt;
}
