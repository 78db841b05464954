import { Field, ObjectType } from 'type-graphql';
import type { DeliveryAttempt as Attempt } from '../domain/message/attempts.js';
import type {
  Channel as ChannelName,
  HeldReason as HeldReasonName,
  MessageDirection as MessageDirectionName,
  MessageKind as MessageKindName,
  MessageStatus as MessageStatusName,
} from '../domain/message/message.js';
import { PageInfo } from './connection.js';
import { DeliveryAttempt, DeliveryFailure } from './delivery.js';
import { describedEnum } from './described-enum.js';
import { Node } from './node.js';
import { Cursor, DateTime } from './scalars.js';

export const Channel = describedEnum<ChannelName>('Channel', 'The way a message travels.', {
  WHATSAPP: 'WhatsApp: only with consent.',
  SMS: 'SMS, where the organization has set it up; not to contacts who opted out or stopped SMS.',
});

export const MessageKind = describedEnum<MessageKindName>('MessageKind', 'What a message is for.', {
  TEXT: 'Written by a person: an agent or the contact.',
  OPT_IN_REQUEST: 'Asks the contact for consent, with two buttons.',
  OPT_IN_CONFIRMATION: 'Tells the contact that they are opted in.',
  OPT_OUT_NOTICE: 'Tells the contact that they are opted out and how to return.',
  PROMPT: 'Asks a contact who wrote without settling the matter whether messages are welcome, with two buttons.',
  CONTINUE_REQUEST: 'Asks a contact who has agreed to write or press a button, because more than 24 hours have passed.',
});

export const MessageDirection = describedEnum<MessageDirectionName>('MessageDirection', 'Who sent a message.', {
  OUTBOUND: 'From the organization to the contact.',
  INBOUND: 'From the contact to the organization.',
});

export const MessageStatus = describedEnum<MessageStatusName>(
  'MessageStatus',
  'Where a message is. A status moves forward only, except when the provider says for certain that the message was not sent.',
  {
    HELD: 'It waits on our side; `heldReason` says for what.',
    QUEUED: 'It may leave and waits for its turn.',
    SENDING: 'It is being handed to the provider now; it can no longer be taken back.',
    ACCEPTED: 'The provider took it.',
    SENT: 'The provider sent it on to the phone.',
    DELIVERED: 'It reached the phone.',
    READ: 'The contact has seen it. Not every contact lets this be known.',
    FAILED: 'It did not reach the contact; `failure` says why.',
    UNCONFIRMED:
      'It may or may not have left; a later report of the provider settles it. It is sent a second time only if the organization, or an operator, wants that.',
    CANCELLED: 'It was taken back before it left, by an agent or because the contact opted out.',
    EXPIRED: 'It waited longer than messages are kept waiting.',
    RECEIVED: 'It came from the contact.',
  },
);

export const HeldReason = describedEnum<HeldReasonName>('HeldReason', 'What a held message waits for.', {
  AWAITING_CONSENT: 'The contact has not agreed yet, or their wish is unclear.',
  WINDOW_CLOSED:
    'The contact has not written within 24 hours, so WhatsApp takes no free text; it leaves when the contact writes.',
  UNREACHABLE: 'The number cannot receive WhatsApp; `switchToSms` decides what becomes of it.',
  SUSPENDED: 'Whoever holds the number may have changed; it leaves after a new opt-in.',
  CHANNEL_DOWN: "The organization's WhatsApp number is not being served; it leaves when that is mended.",
  PARKED: 'An operator keeps it from leaving until it is retried.',
});

@ObjectType({
  implements: Node,
  description: 'One message of the conversation with a contact, in either direction, and where it is.',
})
export class Message extends Node {
  @Field(() => Channel, { description: 'The way it travels. A held message may be moved from WhatsApp to SMS.' })
  readonly channel!: ChannelName;

  @Field(() => MessageKind, { description: "TEXT for a person's words; the rest are the system's own." })
  readonly kind!: MessageKindName;

  @Field(() => MessageDirection, { description: 'Who sent it.' })
  readonly direction!: MessageDirectionName;

  @Field(() => String, {
    description:
      'The text as the other side sees it. For something a contact sent that is not text, a short description of it. Empty once the organization keeps texts no longer.',
  })
  readonly body!: string;

  @Field(() => MessageStatus, { description: 'Where it is now.' })
  readonly status!: MessageStatusName;

  @Field(() => HeldReason, { nullable: true, description: 'What it waits for; null unless the status is HELD.' })
  readonly heldReason!: HeldReasonName | null;

  @Field(() => DeliveryFailure, {
    nullable: true,
    description: 'What went wrong the last time it was handed to the provider; null when nothing did.',
  })
  readonly failure!: DeliveryFailure | null;

  @Field(() => [DeliveryAttempt], {
    description:
      'Each time that it was handed to the provider, the first one first. Empty before that, and for what the contact wrote.',
  })
  readonly attempts!: readonly Attempt[];

  @Field(() => DateTime, {
    nullable: true,
    description:
      'The earliest time at which it can leave, as far as is known: after the messages before it, at the pace that the contact may be written to, and once the channel is tried again. Null where that depends on the contact or on an operator, and when it has left or never will.',
  })
  readonly expectedAt!: Date | null;

  @Field(() => String, {
    nullable: true,
    description: "The agent who wrote it, by name; null for the contact's messages and the system's own.",
  })
  readonly author!: string | null;

  @Field(() => Boolean, {
    description:
      'Whether the contact may have it twice: it was handed over again although nobody could say what became of an earlier attempt.',
  })
  readonly possibleDuplicate!: boolean;

  @Field(() => DateTime, { description: 'When it was written, or received.' })
  readonly createdAt!: Date;

  @Field(() => DateTime, { description: 'When it came to its present status.' })
  readonly statusChangedAt!: Date;
}

@ObjectType({ description: 'A message at its place in a page.' })
export class MessageEdge {
  @Field(() => Message, { description: 'The message.' })
  readonly node!: Message;

  @Field(() => Cursor, { description: 'Its place in the conversation: give it as `after` for what follows.' })
  readonly cursor!: string;
}

@ObjectType({ description: 'A page of a conversation, oldest message first.' })
export class MessageConnection {
  @Field(() => [MessageEdge], { description: 'The messages with their cursors.' })
  readonly edges!: readonly MessageEdge[];

  @Field(() => [Message], { description: 'The same messages without their cursors.' })
  readonly nodes!: readonly Message[];

  @Field(() => PageInfo, { description: 'Where the page lies.' })
  readonly pageInfo!: PageInfo;
}
