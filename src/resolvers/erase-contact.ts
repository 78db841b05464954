import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Action } from '../domain/viewer.js';
import { EraseContactInput, EraseContactPayload } from '../schema/erase-contact.js';
import { fromGlobalId } from '../schema/global-id.js';
import { answerOf, contactNotFound, refused, type CommandAnswer } from './command-answer.js';
import { callerOf, type Context } from './context.js';

@Resolver()
export class EraseContactResolver {
  @Authorized<Action>('administer')
  @Mutation(() => EraseContactPayload, {
    description:
      'Deletes everything personal of a contact, for good: name, number, messages, what the provider posted about them. That somebody was asked, and what they answered when, stays provable; who it was does not. Admins only.',
  })
  async eraseContact(
    @Arg('input', () => EraseContactInput, { description: 'Whose personal data is deleted.' })
    { contactId: globalId }: EraseContactInput,
    @Ctx() context: Context,
  ): Promise<CommandAnswer> {
    const contactId = fromGlobalId('Contact', globalId);
    if (contactId === null) return refused(contactNotFound);
    return answerOf(context, await context.core.eraseContact(callerOf(context), { contactId }));
  }
}
