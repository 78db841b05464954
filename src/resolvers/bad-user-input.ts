import { GraphQLError } from 'graphql';

/** An argument that can't be used, as an error of the request; the message says what to write instead. */
export function badUserInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}
