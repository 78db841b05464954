import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import { parsePhoneNumber } from '../domain/phone-number.js';
import type { Action } from '../domain/viewer.js';
import { CreateContactInput, CreateContactPayload } from '../schema/create-contact.js';
import { answerOf, refused, type CommandAnswer } from './command-answer.js';
import { callerOf, type Context } from './context.js';
import { textRefusal } from './text-input.js';

@Resolver()
export class CreateContactResolver {
  @Authorized<Action>('write')
  @Mutation(() => CreateContactPayload, {
    description: 'Creates a contact. Nobody is asked and nothing is sent: `sendOptIn` is the next step.',
  })
  async createContact(
    @Arg('input', () => CreateContactInput, { description: 'The new contact.' }) input: CreateContactInput,
    @Ctx() context: Context,
  ): Promise<CommandAnswer> {
    const { name, locale = null } = input;
    const refusal = textRefusal(name, ['name'], { max: 1000 }) ?? textRefusal(locale, ['locale'], { max: 35 });
    if (refusal) return refused(refusal);
    const phone = parsePhoneNumber(input.phone);
    if (phone === null) return refused({ code: 'INVALID_PHONE_NUMBER', path: ['phone'] });
    return answerOf(context, await context.core.createContact(callerOf(context), { phone, name, locale }));
  }
}
