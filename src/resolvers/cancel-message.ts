import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Action } from '../domain/viewer.js';
import { CancelMessageInput, CancelMessagePayload } from '../schema/cancel-message.js';
import { fromGlobalId } from '../schema/global-id.js';
import { answerOf, refused, type CommandAnswer } from './command-answer.js';
import { callerOf, type Context } from './context.js';

@Resolver()
export class CancelMessageResolver {
  @Authorized<Action>('write')
  @Mutation(() => CancelMessagePayload, {
    description:
      'Takes back a message that has not left. One that is being handed to the provider can not be taken back.',
  })
  async cancelMessage(
    @Arg('input', () => CancelMessageInput, { description: 'Which message.' }) input: CancelMessageInput,
    @Ctx() context: Context,
  ): Promise<CommandAnswer> {
    const messageId = fromGlobalId('Message', input.messageId);
    if (messageId === null) return refused({ code: 'MESSAGE_NOT_FOUND', path: ['messageId'] });
    return answerOf(context, await context.core.cancelMessage(callerOf(context), { messageId }));
  }
}
