import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError, subscribe, type ExecutionResult, type GraphQLFormattedError } from 'graphql';
import type { Admission } from '../access/admission.js';
import { refused, type Refusal } from '../access/operation-refused.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Feed, FeedItem } from '../domain/ports/feed.js';
import type { Logger } from '../domain/ports/logger.js';
import type { Context } from '../resolvers/context.js';
import type { Contexts } from './contexts.js';
import { formatError } from './format-error.js';
import { noticeHeaders, type Operations } from './operations.js';
import type { RevocationWatch } from './revocation-watch.js';
import { createSocketAdmission, SOCKET_LIMITS } from './socket-admission.js';
import { stayWhileGood } from './stay.js';

type StreamLimits = { readonly inTotal: number; readonly ofCaller: number };

const PING_MS = 12_000;
/** A reader that takes nothing for so long is let go; it comes back after its last event. */
export const STREAM_PATIENCE_MS = 60_000;

/**
 * GraphQL over server-sent events, one operation per request ("distinct connections" of the GraphQL over SSE protocol).
 * Each transition's `id:` is its cursor and `Last-Event-ID` resumes after it. A reader that is slow is waited for.
 */
export function createEventStream(options: {
  readonly contexts: Pick<Contexts, 'authenticate'>;
  readonly admit: Admission['admit'];
  readonly operations: Operations;
  readonly clock: Clock;
  readonly log: Logger;
  /** Finds callers whose permission was taken back. */
  readonly watch?: RevocationWatch;
  /** How many streams it carries, in all and of one caller; as many as sockets unless it is given. */
  readonly limits?: StreamLimits;
  readonly patienceMs?: number;
}): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  const { contexts, admit, operations, clock, log, watch = null, patienceMs = STREAM_PATIENCE_MS } = options;
  const { inTotal, ofCaller } = options.limits ?? SOCKET_LIMITS;
  // A stream is counted once it is known whose it is.
  const admission = createSocketAdmission({ inTotal, ofCaller, unknownOfAddress: inTotal });

  return async (request, reply) => {
    const { headers, id: requestId } = request;
    const fail = (status: number, errors: readonly GraphQLFormattedError[]): void => {
      void reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify({ errors }));
    };
    const refuse = ({ status, errors, headers: told = {} }: Refusal): void => {
      void reply.headers(told);
      fail(
        status,
        errors.map((error) => formatError(error, requestId, log)),
      );
    };
    const viewer = await contexts
      .authenticate({ authorization: headers.authorization, acceptLanguage: headers['accept-language'] })
      .catch((error: unknown) => {
        if (error instanceof GraphQLError) return error;
        throw error;
      });
    if (viewer instanceof GraphQLError) {
      const { http, ...extensions } = viewer.extensions;
      const { status = 401 } = (http ?? {}) as { readonly status?: number };
      return fail(status, [{ message: viewer.message, extensions }]);
    }
    if (!/text\/event-stream|\*\/\*/.test(headers.accept ?? '*/*')) {
      return refuse(refused(406, 'BAD_REQUEST', 'Ask for text/event-stream.'));
    }
    const isGet = request.method === 'GET';
    const given = (isGet ? request.query : request.body) as Record<string, unknown> | null | undefined;
    const admitted = await admit(viewer, { ...given }, isGet ? 'STREAM_GET' : 'STREAM_POST');
    if ('errors' in admitted) return refuse(admitted);
    const entry = admission.admit('');
    if (!entry?.isFor(`${viewer.organizationId} ${viewer.subject}`)) {
      entry?.gone();
      return refuse(entry ? tooManyOfCaller(ofCaller) : noRoom);
    }
    if (reply.raw.destroyed) entry.gone();
    else reply.raw.once('close', () => entry.gone());

    let cursor: string | null = null;
    const lastEventId = headers['last-event-id'];
    const operation = operations.begin(admitted, viewer, requestId, {
      transport: 'sse',
      feed: (shared) =>
        resumedFeed(shared, typeof lastEventId === 'string' ? lastEventId : null, (id) => (cursor = id)),
    });
    const result = operation.isSubscription
      ? await operation.subscribe(
          (args) => subscribe(args) as Promise<AsyncGenerator<ExecutionResult> | ExecutionResult>,
        )
      : (await operation.run()).result;

    reply.hijack();
    if (reply.raw.destroyed) {
      // The reader left before there was anything to read.
      if (Symbol.asyncIterator in result) await result.return(undefined);
      return;
    }
    const stream = openStream(
      reply.raw,
      { 'x-request-id': requestId, ...noticeHeaders(admitted.published) },
      patienceMs,
    );
    if (!(Symbol.asyncIterator in result)) {
      await stream.write(null, operation.isSubscription ? operation.format(result as ExecutionResult) : result);
      return stream.end();
    }
    const leave = (): void => void result.return(undefined);
    reply.raw.once('close', leave);
    const stay = stayWhileGood({ viewer, watch, clock, end: leave });
    try {
      for await (const item of result) {
        if (stay.ended()) break;
        await stream.write(cursor, operation.format(item));
        cursor = null;
      }
      const why = stay.ended();
      if (why) await stream.write(null, { errors: [why] });
      stream.end();
    } catch (error) {
      // Ended without `complete`, so that the reader comes back.
      log.warn({ err: error, requestId }, 'an event stream broke off');
      reply.raw.destroy();
    } finally {
      stay.leave();
    }
  };
}

const comeBack = { extensions: { retryAfterMs: 1_000 }, headers: { 'retry-after': '1' } };
const noRoom = refused(503, 'SERVICE_UNAVAILABLE', 'Too many streams. Try again in a moment.', comeBack);

function tooManyOfCaller(limit: number): Refusal {
  return refused(429, 'RATE_LIMITED', `A caller has ${limit} streams at once; end one first.`, comeBack);
}

/** The feed, beginning after the last event that the reader has; `seen` is told the cursor of each item. */
function resumedFeed(
  { feed, cursors }: Pick<Context, 'feed' | 'cursors'>,
  lastEventId: string | null,
  seen: (cursor: string) => void,
): Feed {
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

function openStream(raw: ServerResponse, headers: Readonly<Record<string, string>>, patienceMs: number) {
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    ...headers,
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
