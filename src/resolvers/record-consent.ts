import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Action } from '../domain/viewer.js';
import { RecordConsentInput, RecordConsentPayload } from '../schema/record-consent.js';
import { answerOf, refused, type CommandAnswer } from './command-answer.js';
import { callerOf, type Context } from './context.js';
import { recordedElsewhere } from './recorded-elsewhere.js';

@Resolver()
export class RecordConsentResolver {
  @Authorized<Action>('write')
  @Mutation(() => RecordConsentPayload, {
    description:
      'Records a consent that the contact gave elsewhere: the contact becomes OPTED_IN and held messages are released.',
  })
  async recordConsent(
    @Arg('input', () => RecordConsentInput, { description: 'Who agreed, where, and what proves it.' })
    input: RecordConsentInput,
    @Ctx() context: Context,
  ): Promise<CommandAnswer> {
    const read = recordedElsewhere(input);
    if (read.refusal) return refused(read.refusal);
    return answerOf(context, await context.core.recordConsent(callerOf(context), read.command));
  }
}
