import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  execute,
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  subscribe,
  type ExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import type { Clock, Feed, FeedItem, Logger } from '../domain/ports.js';
import type { Context } from '../resolvers/context.js';
import type { Contexts } from './contexts.js';
import type { Documents } from './documents.js';
import { formatError } from './format-error.js';

const PING_MS = 12_000;
/** A reader that takes nothing for so long is let go; it comes back after its last event. */
export const STREAM_PATIENCE_MS = 60_000;

type Parameters = {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
};

/**
 * GraphQL over server-sent events, one operation per request ("distinct connections" of the GraphQL over SSE protocol).
 * Each transition's `id:` is its cursor and `Last-Event-ID` resumes after it. A reader that is slow is waited for.
 */
export function createEventStream(options: {
  readonly schema: GraphQLSchema;
  readonly contexts: Contexts;
  readonly documents: Documents;
  readonly clock: Clock;
  readonly log: Logger;
  readonly patienceMs?: number;
}): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  const { schema, contexts, documents, clock, log, patienceMs = STREAM_PATIENCE_MS } = options;

  return async (request, reply) => {
    const { headers, id: requestId } = request;
    const fail = (status: number, errors: readonly GraphQLFormattedError[]): void => {
      void reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify({ errors }));
    };
    const refuse = (status: number, code: string, message: string): void =>
      fail(status, [{ message, extensions: { code } }]);
    const viewer = await contexts
      .authenticate({ authorization: headers.authorization, acceptLanguage: headers['accept-language'] })
      .catch((error: unknown) => {
        if (error instanceof GraphQLError) return error;
        throw error;
      });
    if (viewer instanceof GraphQLError) return refuse(401, 'UNAUTHENTICATED', viewer.message);
    if (!/text\/event-stream|\*\/\*/.test(headers.accept ?? '*/*')) {
      return refuse(406, 'BAD_REQUEST', 'Ask for text/event-stream.');
    }
    const parameters = parametersOf(request);
    if (!parameters)
      return refuse(400, 'BAD_REQUEST', 'Send `query`, and `variables` as a JSON object if there are any.');
    const { query, operationName, variables } = parameters;
    const { document, errors } = documents.read(query);
    if (errors)
      return fail(
        400,
        errors.map((error) => formatError(error, requestId, log)),
      );
    const operation = getOperationAST(document, operationName);
    if (!operation) return refuse(400, 'BAD_REQUEST', 'Say in `operationName` which operation is meant.');
    if (request.method === 'GET' && operation.operation === OperationTypeNode.MUTATION) {
      return refuse(405, 'BAD_REQUEST', 'Send a mutation with POST.');
    }

    let cursor: string | null = null;
    const context = contexts.create(viewer, requestId);
    const lastEventId = headers['last-event-id'];
    const contextValue: Context = {
      ...context,
      feed: resumedFeed(context, typeof lastEventId === 'string' ? lastEventId : null, (id) => (cursor = id)),
    };
    await contexts.readFeedHead(contextValue, document, operationName ?? null);
    const args = { schema, document, operationName, variableValues: variables, contextValue };
    const result = await (operation.operation === OperationTypeNode.SUBSCRIPTION ? subscribe(args) : execute(args));

    reply.hijack();
    if (reply.raw.destroyed) {
      // The reader left before there was anything to read.
      if (Symbol.asyncIterator in result) await result.return(undefined);
      return;
    }
    const stream = openStream(reply.raw, requestId, patienceMs);
    if (!(Symbol.asyncIterator in result)) {
      await stream.write(null, masked(result, requestId));
      return stream.end();
    }
    const { expiresAt } = viewer;
    const leave = (): void => void result.return(undefined);
    reply.raw.once('close', leave);
    try {
      for await (const item of result) {
        if (expiresAt && clock.now() >= expiresAt) break;
        await stream.write(cursor, masked(item, requestId));
        cursor = null;
      }
      stream.end();
    } catch (error) {
      // Ended without `complete`, so that the reader comes back.
      log.warn({ err: error, requestId }, 'an event stream broke off');
      reply.raw.destroy();
    }
  };

  function masked(result: ExecutionResult, requestId: string): object {
    if (!result.errors) return result;
    return { ...result, errors: result.errors.map((error) => formatError(error, requestId, log)) };
  }
}

/** The feed, beginning after the last event that the reader has; `seen` is told the cursor of each item. */
function resumedFeed({ feed, cursors }: Context, lastEventId: string | null, seen: (cursor: string) => void): Feed {
  return {
    ...feed,
    transitions: (organizationId, query) => {
      const items = feed.transitions(organizationId, { ...query, after: lastEventId ?? query.after });
      const next = items.next.bind(items);
      return Object.assign(items, {
        next: async () => {
          const result = await next();
          const position = result.done ? null : positionOf(result.value);
          if (position !== null) seen(cursors.encode(organizationId, position));
          return result;
        },
      });
    },
  };
}

function positionOf(item: FeedItem): bigint | null {
  if (item.type === 'TRANSITION') return item.transition.position;
  return item.type === 'CHECKPOINT' ? item.position : null;
}

function parametersOf(request: FastifyRequest): Parameters | null {
  const given = (request.method === 'GET' ? request.query : request.body) as Record<string, unknown> | null | undefined;
  const { query, operationName, variables } = given ?? {};
  const object = typeof variables === 'string' ? objectIn(variables) : (variables ?? undefined);
  if (typeof query !== 'string' || object === null || (object !== undefined && typeof object !== 'object')) return null;
  return {
    query,
    operationName: typeof operationName === 'string' && operationName !== '' ? operationName : undefined,
    variables: object as Parameters['variables'],
  };
}

function objectIn(json: string): object | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

function openStream(raw: ServerResponse, requestId: string, patienceMs: number) {
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    'x-request-id': requestId,
  });
  raw.write(':\n\n');
  // Nothing is added to what a reader does not take.
  const ping = setInterval(() => raw.writableNeedDrain || raw.write(':\n\n'), PING_MS);
  raw.once('close', () => clearInterval(ping));

  function room(): Promise<void> {
    return new Promise((resolve) => {
      const impatience = setTimeout(() => raw.destroy(), patienceMs);
      const settle = (): void => {
        clearTimeout(impatience);
        raw.off('drain', settle).off('close', settle);
        resolve();
      };
      raw.once('drain', settle).once('close', settle);
    });
  }

  return {
    /** Resolves when the reader has room for more, or is gone. */
    write: async (id: string | null, data: object): Promise<void> => {
      const event = `${id === null ? '' : `id: ${id}\n`}event: next\ndata: ${JSON.stringify(data)}\n\n`;
      if (!raw.destroyed && !raw.write(event)) await room();
    },
    end: (): void => {
      raw.end('event: complete\ndata:\n\n');
    },
  };
}
