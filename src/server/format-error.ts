import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from '../domain/ports/logger.js';

/** Errors that callers may see as they are: made for them, or made by GraphQL about their own request. */
function isForCallers(error: GraphQLError): boolean {
  // Not the library's unwrapping: that leaves an error alone which was thrown between two events of a stream.
  const original = error.originalError ?? error;
  return original instanceof GraphQLError && original.extensions['code'] !== 'INTERNAL_SERVER_ERROR';
}

/** Whether the text of an error comes from the caller's own document or from us, and not from the inside. */
export function isFault(error: GraphQLError): boolean {
  return error.originalError != null && !isForCallers(error);
}

/** What a caller sees of an error; a fault is logged whole and shown as an id to look up. */
export function formatError(error: GraphQLError, requestId: string, log: Logger): GraphQLFormattedError {
  if (isFault(error)) {
    log.error({ err: error.originalError ?? error, requestId, path: error.path }, 'a request failed');
    return {
      message: 'Something went wrong on our side. Nothing more can be said here; the request id helps us find it.',
      ...(error.path && { path: error.path }),
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
    };
  }
  const { message, locations, path, extensions } = error.toJSON();
  return {
    message,
    ...(locations && { locations }),
    ...(path && { path }),
    extensions: { code: 'BAD_USER_INPUT', ...extensions },
  };
}
