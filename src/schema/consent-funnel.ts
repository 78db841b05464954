import { Field, Int, ObjectType } from 'type-graphql';
import { DateTime } from './scalars.js';

@ObjectType({
  description: 'How many contacts of the organization have each status now. Each contact is counted once.',
})
export class ConsentFunnel {
  @Field(() => Int, { description: 'Contacts whose status is NOT_ASKED.' })
  readonly notAsked!: number;

  @Field(() => Int, { description: 'Contacts whose status is PENDING.' })
  readonly pending!: number;

  @Field(() => Int, { description: 'Contacts whose status is NO_RESPONSE.' })
  readonly noResponse!: number;

  @Field(() => Int, { description: 'Contacts whose status is OPTED_IN.' })
  readonly optedIn!: number;

  @Field(() => Int, { description: 'Contacts whose status is OPTED_OUT.' })
  readonly optedOut!: number;

  @Field(() => Int, { description: 'Contacts whose status is UNREACHABLE.' })
  readonly unreachable!: number;

  @Field(() => Int, { description: 'Contacts whose status is SUSPENDED.' })
  readonly suspended!: number;

  @Field(() => Int, { description: 'Messages of agents that are held, over all contacts.' })
  readonly heldMessages!: number;

  @Field(() => DateTime, { description: 'When it was counted.' })
  readonly at!: Date;
}
