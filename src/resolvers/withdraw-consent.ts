import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Action } from '../domain/viewer.js';
import { WithdrawConsentInput, WithdrawConsentPayload } from '../schema/withdraw-consent.js';
import { answerOf, refused, type CommandAnswer } from './command-answer.js';
import { callerOf, type Context } from './context.js';
import { recordedElsewhere } from './recorded-elsewhere.js';

@Resolver()
export class WithdrawConsentResolver {
  @Authorized<Action>('write')
  @Mutation(() => WithdrawConsentPayload, {
    description:
      'Records a withdrawal that the contact expressed elsewhere: the contact becomes OPTED_OUT and what has not left is cancelled.',
  })
  async withdrawConsent(
    @Arg('input', () => WithdrawConsentInput, { description: 'Who wants no more messages, and what proves it.' })
    input: WithdrawConsentInput,
    @Ctx() context: Context,
  ): Promise<CommandAnswer> {
    const read = recordedElsewhere(input);
    if (read.refusal) return refused(read.refusal);
    return answerOf(context, await context.core.withdrawConsent(callerOf(context), read.command));
  }
}
