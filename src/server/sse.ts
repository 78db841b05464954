import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import { parse } from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/fastify';
import type { Logger } from '../domain/ports.js';
import type { Context } from '../resolvers/context.js';
import type { Contexts } from './contexts.js';
import { formatError } from './format-error.js';
import { MAX_TOKENS } from './graphql.js';

/** GraphQL over server-sent events, one operation per request; works with `curl -N`. */
export function createEventStream(options: {
  readonly schema: GraphQLSchema;
  readonly contexts: Contexts;
  readonly log: Logger;
}): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  const { schema, contexts, log } = options;
  const viewers = new WeakMap<FastifyRequest, Context['viewer']>();

  const handler = createHandler<Context & Record<string, unknown>>({
    schema,
    authenticate: async ({ raw }) => {
      try {
        const { authorization, 'accept-language': acceptLanguage } = raw.headers;
        viewers.set(raw, await contexts.authenticate({ authorization, acceptLanguage }));
        return '';
      } catch (error) {
        if (!(error instanceof GraphQLError)) throw error;
        const { message } = error;
        const body = JSON.stringify({ errors: [{ message, extensions: { code: 'UNAUTHENTICATED' } }] });
        return [body, { status: 401, statusText: 'Unauthorized', headers: { 'content-type': 'application/json' } }];
      }
    },
    context: async ({ raw }, { query, operationName }) => {
      const viewer = viewers.get(raw);
      if (!viewer) throw new Error('an operation on a stream without a viewer');
      const context = contexts.create(viewer, raw.id);
      const document = typeof query === 'string' ? parse(query, { maxTokens: MAX_TOKENS }) : query;
      await contexts.readFeedHead(context, document, operationName ?? null);
      return context;
    },
    onNext: ({ requestId }, _request, result) => {
      if (!result.errors) return;
      return { ...result, errors: result.errors.map((error) => formatted(error, requestId)) as GraphQLError[] };
    },
  });

  function formatted(error: GraphQLError, requestId: string): GraphQLFormattedError {
    return error instanceof GraphQLError ? formatError(error, requestId, log) : error;
  }

  return handler;
}
