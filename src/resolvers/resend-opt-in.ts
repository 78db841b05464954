import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Action } from '../domain/viewer.js';
import { fromGlobalId } from '../schema/global-id.js';
import { ResendOptInInput, ResendOptInPayload } from '../schema/resend-opt-in.js';
import { answerOf, contactNotFound, refused, type CommandAnswer } from './command-answer.js';
import { callerOf, type Context } from './context.js';
import { keyRefusal } from './text-input.js';

@Resolver()
export class ResendOptInResolver {
  @Authorized<Action>('write')
  @Mutation(() => ResendOptInPayload, {
    description:
      'Asks again a contact who has not answered. Before `Consent.resendAvailableAt` it is refused with RESEND_TOO_SOON and the time from which it is possible.',
  })
  async resendOptIn(
    @Arg('input', () => ResendOptInInput, { description: 'Whom to ask again.' }) input: ResendOptInInput,
    @Ctx() context: Context,
  ): Promise<CommandAnswer> {
    const { idempotencyKey = null } = input;
    const refusal = keyRefusal(idempotencyKey);
    if (refusal) return refused(refusal);
    const contactId = fromGlobalId('Contact', input.contactId);
    if (contactId === null) return refused(contactNotFound);
    return answerOf(context, await context.core.resendOptIn(callerOf(context), { contactId, idempotencyKey }));
  }
}
