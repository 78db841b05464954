import { GraphQLError } from 'graphql';
import type { AuthChecker } from 'type-graphql';
import { isAllowed, type Action } from '../domain/viewer.js';
import type { Context } from './context.js';

/**
 * Every operation names what it does (`@Authorized('read')`, `@Authorized('write')`); here alone it is asked whether the
 * viewer may. An arrow function: type-graphql takes what has a prototype for a class.
 */
export const authChecker: AuthChecker<Context, Action> = ({ context: { viewer } }, actions) => {
  if (actions.every((action) => isAllowed(viewer, action))) return true;
  const limit = viewer.partner === null ? `Your role (${viewer.role}) does` : 'The scopes of your key do';
  throw new GraphQLError(`${limit} not allow this.`, { extensions: { code: 'FORBIDDEN' } });
};
