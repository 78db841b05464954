import { Arg, Authorized, Ctx, Query, Resolver } from 'type-graphql';
import { parsePhoneNumber, phoneKey } from '../domain/phone-number.js';
import type { ContactView } from '../domain/ports/readers.js';
import type { Action } from '../domain/viewer.js';
import { Contact } from '../schema/contact.js';
import { PhoneNumberScalar } from '../schema/scalars.js';
import type { Context } from './context.js';

@Resolver()
export class ContactByPhoneResolver {
  @Authorized<Action>('read')
  @Query(() => Contact, {
    nullable: true,
    description:
      'The contact with that number, whichever way the number is written; null when the organization has none.',
  })
  contactByPhone(
    @Arg('phone', () => PhoneNumberScalar, { description: 'The number. One that cannot exist finds nothing.' })
    written: string,
    @Ctx() { readers, viewer }: Context,
  ): Promise<ContactView | null> | null {
    const phone = parsePhoneNumber(written);
    return phone === null ? null : readers.contactByPhoneKey(viewer.organizationId, phoneKey(phone));
  }
}
