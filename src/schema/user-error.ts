import { Field, InterfaceType, ObjectType } from 'type-graphql';
import type { RefusalCode } from '../domain/conversation/refusal.js';
import { describedEnum } from './described-enum.js';
import type { Typed } from './node.js';
import { DateTime } from './scalars.js';

/** Every way in which a mutation may be refused. */
export type UserErrorCodeName = RefusalCode | 'IDEMPOTENCY_CONCURRENT_REQUEST';

const UserErrorCode = describedEnum<UserErrorCodeName>(
  'UserErrorCode',
  'Why a mutation was refused. More codes may be added: show `message` where you do not know one.',
  {
    WHATSAPP_NOT_ENABLED: 'The organization has no WhatsApp channel, or has switched it off.',
    CHANNEL_UNHEALTHY: "The provider refuses the organization's WhatsApp channel; an operator must mend it.",
    SMS_NOT_ENABLED: 'The organization has not set up SMS.',
    CONTACT_NOT_FOUND: 'The organization has no such contact.',
    CONTACT_ON_HOLD: 'The contact is on legal hold, so nothing of it may be deleted; an operator can release it.',
    INVALID_PHONE_NUMBER: 'There can be no such telephone number.',
    PHONE_NUMBER_TAKEN: 'Another contact of the organization has this number.',
    INVALID_INPUT: 'The field that `path` names cannot be used as it is.',
    OPT_IN_REQUIRED: 'The contact has not been asked for consent.',
    OPT_IN_PENDING: 'The contact has been asked and has not answered yet.',
    RESEND_TOO_SOON: 'The contact was asked a short time ago; `retryAt` says from when asking again is possible.',
    ATTEMPTS_EXHAUSTED: 'The contact was asked as often as is allowed without an answer.',
    ALREADY_OPTED_IN: 'The contact has agreed already.',
    CONTACT_OPTED_OUT: 'The contact declined or stopped; only the contact can change that.',
    CONTACT_UNREACHABLE: 'The number cannot receive WhatsApp.',
    CONTACT_SUSPENDED: 'Whoever holds the number may have changed; a new opt-in is needed.',
    NOT_REQUESTED: 'There is no request that could be sent again.',
    MESSAGE_EMPTY: 'The message has no text.',
    MESSAGE_TOO_LONG: 'The text is longer than the channel carries.',
    QUEUE_FULL: 'Too many messages to this contact are waiting.',
    MESSAGE_NOT_CANCELLABLE: 'The message has left, or was never a message of an agent.',
    MESSAGE_NOT_FOUND: 'The organization has no such message.',
    IDEMPOTENCY_KEY_PARAMETER_MISMATCH: 'The idempotency key was used before with another input.',
    IDEMPOTENCY_CONCURRENT_REQUEST: 'A request with the same idempotency key is being carried out now.',
  },
);

@InterfaceType('UserError', {
  description: 'Why a mutation was refused. Nothing was changed.',
  resolveType: (value: Typed) => value.__typename,
})
export abstract class UserError {
  @Field(() => UserErrorCode, { description: 'The reason, for programs.' })
  readonly code!: UserErrorCodeName;

  @Field(() => String, {
    description: 'One English sentence for people, which says what to do. Its wording may change.',
  })
  readonly message!: string;

  @Field(() => [String], {
    description: 'The argument at fault, from the outside in, such as ["input", "phone"].',
  })
  readonly path!: readonly string[];
}

@ObjectType({ implements: UserError, description: 'Refused, and asking again as it is would be refused again.' })
export class RefusedError extends UserError {}

@ObjectType({ implements: UserError, description: 'Refused for now: the same may be done at a later time.' })
export class RetryLaterError extends UserError {
  @Field(() => DateTime, { description: 'From when the same mutation can succeed.' })
  readonly retryAt!: Date;
}
