import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import type { PermissionBasis } from '../domain/consent/events.js';
import type { Refusal } from '../domain/conversation/refusal.js';
import type { Outcome } from '../domain/deciding.js';
import { parsePhoneNumber } from '../domain/phone-number.js';
import type { Action } from '../domain/viewer.js';
import { fromGlobalId } from '../schema/global-id.js';
import { SendOptInInput, SendOptInPayload, type PermissionBasisInput } from '../schema/send-opt-in.js';
import { answerOf, contactNotFound, refused, type CommandAnswer } from './command-answer.js';
import { callerOf, type Context } from './context.js';
import { keyRefusal, textRefusal } from './text-input.js';

@Resolver()
export class SendOptInResolver {
  @Authorized<Action>('write')
  @Mutation(() => SendOptInPayload, {
    description:
      'Asks a contact for consent: the opt-in request goes out and the contact becomes PENDING. For a contact who has not been asked, is unreachable or is suspended.',
  })
  async sendOptIn(
    @Arg('input', () => SendOptInInput, { description: 'Whom to ask, and why the organization may.' })
    input: SendOptInInput,
    @Ctx() context: Context,
  ): Promise<CommandAnswer> {
    const { name = null, locale = null, idempotencyKey = null } = input;
    const refusal = refusalOf(input);
    if (refusal) return refused(refusal);
    const contactId = input.contactId == null ? null : fromGlobalId('Contact', input.contactId);
    if (input.contactId != null && contactId === null) return refused(contactNotFound);
    const phone = input.phone == null ? null : parsePhoneNumber(input.phone);
    if (input.phone != null && phone === null) return refused({ code: 'INVALID_PHONE_NUMBER', path: ['phone'] });
    const basis = input.basis ? basisOf(input.basis) : null;
    const command = { contactId, phone, name, basis, locale, idempotencyKey };
    const outcome = await context.core.sendOptIn(callerOf(context), command);
    return answerOf(context, contactId === null && phone !== null ? namingPhone(outcome) : outcome);
  }
}

function refusalOf({ name, locale, basis, idempotencyKey }: SendOptInInput): Refusal | null {
  return (
    textRefusal(name, ['name'], { max: 1000 }) ??
    textRefusal(locale, ['locale'], { max: 35 }) ??
    textRefusal(basis?.reference, ['basis', 'reference'], { max: 500 }) ??
    keyRefusal(idempotencyKey)
  );
}

function basisOf({ kind, reference, obtainedAt }: PermissionBasisInput): PermissionBasis {
  return { kind, reference: reference ?? null, obtainedAt: obtainedAt?.toISOString() ?? null };
}

/** The caller named the contact by its number: that is where the refusal points. */
function namingPhone(outcome: Outcome): Outcome {
  if (outcome.refusal?.path[0] !== 'contactId') return outcome;
  return { refusal: { ...outcome.refusal, path: ['phone'] } };
}
