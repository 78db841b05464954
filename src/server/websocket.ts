import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { GraphQLError, subscribe, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Clock, Logger, NewId } from '../domain/ports.js';
import type { Context } from '../resolvers/context.js';
import type { Contexts } from './contexts.js';
import type { Documents } from './documents.js';
import { formatError } from './format-error.js';
import { isShareable, type Delivery, type SharedFeed } from './shared-feed.js';

const MAX_MESSAGE_BYTES = 64 * 1024;
const INIT_TIMEOUT_MS = 3_000;
/** Between two pings of a socket. One that has not answered a ping when the next is due is gone. */
export const PING_MS = 12_000;
/** Operations under way on one socket, and sockets of one caller. */
const MAX_OPERATIONS = 50;
const MAX_SOCKETS = 100;
const RESTART = 1012;
const TRY_AGAIN_LATER = 1013;
/** Clients are told to come back one by one: each this much later than the one before, all within the spread. */
const CLOSE_STEP_MS = 2;
const CLOSE_SPREAD_MS = 3_000;
/** The longest time that a timer can be set to. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const tooMany = new GraphQLError(
  `A socket carries ${MAX_OPERATIONS} operations at once; end one or open another socket.`,
  {
    extensions: { code: 'RATE_LIMITED', retryAfterMs: 1_000 },
  },
);

type Extra = { viewer?: Context['viewer']; expiry?: NodeJS.Timeout };

/** graphql-transport-ws. Every operation of the schema may run on it, under the same rules as over HTTP. */
export function createWebSockets(options: {
  readonly schema: GraphQLSchema;
  readonly contexts: Contexts;
  readonly documents: Documents;
  readonly sharedFeed: SharedFeed;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Logger;
  readonly pingMs?: number;
}) {
  const { schema, contexts, documents, sharedFeed, clock, newId, log, pingMs = PING_MS } = options;
  /** Where the results of an operation go, by its context. */
  const deliveries = new WeakMap<object, Delivery>();
  const socketsOf = new Map<string, number>();
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: (protocols) =>
      protocols.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? GRAPHQL_TRANSPORT_WS_PROTOCOL : false,
  });

  const server = useServer<Record<string, unknown>, Extra & { socket: WebSocket; request: IncomingMessage }>(
    {
      schema,
      connectionInitWaitTimeout: INIT_TIMEOUT_MS,
      onConnect: async ({ connectionParams, extra }) => {
        const { socket, request } = extra;
        const given = connectionParams?.['authorization'] ?? connectionParams?.['Authorization'];
        try {
          extra.viewer = await contexts.authenticate({
            authorization: typeof given === 'string' ? given : request.headers.authorization,
            acceptLanguage: request.headers['accept-language'],
          });
        } catch (error) {
          if (!(error instanceof GraphQLError)) {
            log.warn({ err: error }, 'a caller could not be told from its token now');
            socket.close(TRY_AGAIN_LATER, 'Try again later');
            return false;
          }
          // A client with an expired token comes back with a fresh one; any other can never succeed.
          if (error.extensions['reason'] !== 'EXPIRED') socket.close(CloseCode.Unauthorized, 'Unauthorized');
          return false;
        }
        const caller = callerOf(extra.viewer);
        const open = (socketsOf.get(caller) ?? 0) + 1;
        if (open > MAX_SOCKETS) {
          extra.viewer = undefined;
          socket.close(TRY_AGAIN_LATER, 'Too many sockets');
          return false;
        }
        socketsOf.set(caller, open);
        closeAtExpiry(socket, extra);
        return true;
      },
      onDisconnect: ({ extra }) => {
        clearTimeout(extra.expiry);
        if (!extra.viewer) return;
        const caller = callerOf(extra.viewer);
        const left = (socketsOf.get(caller) ?? 1) - 1;
        if (left > 0) socketsOf.set(caller, left);
        else socketsOf.delete(caller);
      },
      subscribe: (args) => {
        const context = args.contextValue as Context;
        const delivery = deliveries.get(context);
        return delivery && isShareable(args) ? sharedFeed.subscribe(args, context, delivery) : subscribe(args);
      },
      onSubscribe: async ({ extra, subscriptions }, operationId, { query, operationName, variables }) => {
        if (!extra.viewer) throw new Error('an operation on a socket without a viewer');
        if (Object.keys(subscriptions).length > MAX_OPERATIONS) return [tooMany];
        const { document, errors } = documents.read(query);
        if (errors) return errors;
        const contextValue = contexts.create(extra.viewer, newId());
        await contexts.readFeedHead(contextValue, document, operationName ?? null);
        deliveries.set(contextValue, { socket: extra.socket, operationId });
        return { schema, document, operationName, variableValues: variables, contextValue };
      },
      onError: ({ extra: { socket } }, _id, _payload, errors) => {
        if (socket.readyState === socket.OPEN) return errors.map((error) => formatted(error, newId()));
        log.debug({ err: errors[0] }, 'an operation broke off, as its socket is gone');
      },
      onNext: (_context, _id, _payload, args, result) => {
        if (!result.errors) return;
        const { requestId } = args.contextValue as Context;
        return { ...result, errors: result.errors.map((error) => formatted(error, requestId)) };
      },
    },
    sockets,
    pingMs,
  );

  function formatted(error: GraphQLError | GraphQLFormattedError, requestId: string): GraphQLFormattedError {
    return error instanceof GraphQLError ? formatError(error, requestId, log) : error;
  }

  function closeAtExpiry(socket: WebSocket, extra: Extra): void {
    const expiresAt = extra.viewer?.expiresAt;
    if (!expiresAt) return;
    const left = expiresAt.getTime() - clock.now().getTime();
    extra.expiry = setTimeout(
      () => (left > MAX_TIMER_MS ? closeAtExpiry(socket, extra) : socket.close(CloseCode.Forbidden, 'Token expired')),
      Math.min(Math.max(0, left), MAX_TIMER_MS),
    );
  }

  return {
    upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      sockets.handleUpgrade(request, socket, head, (upgraded) => sockets.emit('connection', upgraded, request));
    },
    count: (): number => sockets.clients.size,
    /** Tells every client to come back, then lets go of them. */
    close: async (): Promise<void> => {
      const step = Math.min(CLOSE_STEP_MS, CLOSE_SPREAD_MS / Math.max(1, sockets.clients.size));
      for (const [index, socket] of [...sockets.clients].entries()) {
        setTimeout(() => socket.close(RESTART, 'Service restart'), index * step);
      }
      await new Promise((resolve) => setTimeout(resolve, sockets.clients.size * step));
      await server.dispose();
    },
  };
}

function callerOf({ organizationId, subject }: Context['viewer']): string {
  return `${organizationId} ${subject}`;
}
