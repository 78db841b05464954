import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Action } from '../domain/viewer.js';
import { fromGlobalId } from '../schema/global-id.js';
import { QueueMessageInput, QueueMessagePayload } from '../schema/queue-message.js';
import { answerOf, contactNotFound, refused, type CommandAnswer } from './command-answer.js';
import { callerOf, type Context } from './context.js';
import { keyRefusal, textRefusal } from './text-input.js';

@Resolver()
export class QueueMessageResolver {
  @Authorized<Action>('write')
  @Mutation(() => QueueMessagePayload, {
    description:
      'Writes to a contact. The message leaves when it may: at once to a contact who is opted in, after consent to one who has been asked. Messages leave in the order they were queued.',
  })
  async queueMessage(
    @Arg('input', () => QueueMessageInput, { description: 'What to write, and to whom.' }) input: QueueMessageInput,
    @Ctx() context: Context,
  ): Promise<CommandAnswer> {
    const { body, channel, idempotencyKey = null } = input;
    const refusal = textRefusal(body, ['body'], { max: Infinity }) ?? keyRefusal(idempotencyKey);
    if (refusal) return refused(refusal);
    const contactId = fromGlobalId('Contact', input.contactId);
    if (contactId === null) return refused(contactNotFound);
    const command = { contactId, body, channel, idempotencyKey };
    return answerOf(context, await context.core.queueMessage(callerOf(context), command));
  }
}
