import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { Response } from 'graphql-sse';
import { createHandler } from 'graphql-sse/lib/use/fastify';
import type { Logger } from '../domain/ports.js';
import type { Context } from '../resolvers/context.js';
import type { Contexts } from './contexts.js';
import type { Documents } from './documents.js';
import { formatError } from './format-error.js';

/** GraphQL over server-sent events, one operation per request; works with `curl -N`. */
export function createEventStream(options: {
  readonly schema: GraphQLSchema;
  readonly contexts: Contexts;
  readonly documents: Documents;
  readonly log: Logger;
}): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  const { schema, contexts, documents, log } = options;
  const viewers = new WeakMap<FastifyRequest, Context['viewer']>();

  return createHandler<Context & Record<string, unknown>>({
    schema,
    authenticate: async ({ raw }) => {
      try {
        const { authorization, 'accept-language': acceptLanguage } = raw.headers;
        viewers.set(raw, await contexts.authenticate({ authorization, acceptLanguage }));
        return '';
      } catch (error) {
        if (!(error instanceof GraphQLError)) throw error;
        return refusal(401, [{ message: error.message, extensions: { code: 'UNAUTHENTICATED' } }]);
      }
    },
    onSubscribe: async ({ raw }, { query, operationName, variables }) => {
      const viewer = viewers.get(raw);
      if (!viewer) throw new Error('an operation on a stream without a viewer');
      const { document, errors } = documents.read(query);
      if (errors)
        return refusal(
          400,
          errors.map((error) => formatError(error, raw.id, log)),
        );
      const contextValue = contexts.create(viewer, raw.id);
      await contexts.readFeedHead(contextValue, document, operationName ?? null);
      return { schema, document, operationName, variableValues: variables, contextValue };
    },
    onNext: (_context, { raw }, result) => {
      if (!result.errors) return;
      const errors = result.errors.map((error) => formatError(error, raw.id, log));
      return { ...result, errors: errors as readonly GraphQLFormattedError[] as readonly GraphQLError[] };
    },
  });
}

function refusal(status: number, errors: readonly GraphQLFormattedError[]): Response {
  const statusText = status === 401 ? 'Unauthorized' : 'Bad Request';
  return [JSON.stringify({ errors }), { status, statusText, headers: { 'content-type': 'application/json' } }];
}
