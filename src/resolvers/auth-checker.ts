import { GraphQLError } from 'graphql';
import type { AuthChecker } from 'type-graphql';
import { isAllowed, type Action } from '../domain/viewer.js';
import type { Context } from './context.js';

/**
 * Every operation names what it does (`@Authorized('read')`, `@Authorized('write')`); here alone it is decided whether
 * the viewer's role allows it. An arrow function: type-graphql takes what has a prototype for a class.
 */
export const authChecker: AuthChecker<Context, Action> = ({ context }, actions) => {
  const { role } = context.viewer;
  if (actions.every((action) => isAllowed(role, action))) return true;
  throw new GraphQLError(`Your role (${role}) does not allow this.`, { extensions: { code: 'FORBIDDEN' } });
};
