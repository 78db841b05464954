import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Action } from '../domain/viewer.js';
import { fromGlobalId } from '../schema/global-id.js';
import { SwitchToSmsInput, SwitchToSmsPayload } from '../schema/switch-to-sms.js';
import { answerOf, contactNotFound, refused, type CommandAnswer } from './command-answer.js';
import { callerOf, type Context } from './context.js';
import { keyRefusal } from './text-input.js';

@Resolver()
export class SwitchToSmsResolver {
  @Authorized<Action>('write')
  @Mutation(() => SwitchToSmsPayload, {
    description: 'Goes on by SMS with a contact whose number cannot receive WhatsApp.',
  })
  async switchToSms(
    @Arg('input', () => SwitchToSmsInput, { description: 'Whom to go on with, and what becomes of held messages.' })
    input: SwitchToSmsInput,
    @Ctx() context: Context,
  ): Promise<CommandAnswer> {
    const { heldMessages, idempotencyKey = null } = input;
    const refusal = keyRefusal(idempotencyKey);
    if (refusal) return refused(refusal);
    const contactId = fromGlobalId('Contact', input.contactId);
    if (contactId === null) return refused(contactNotFound);
    const command = { contactId, heldMessages, idempotencyKey };
    return answerOf(context, await context.core.switchToSms(callerOf(context), command));
  }
}
