import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { GraphQLError, subscribe, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { GraphQLFormattedError, GraphQLSchema } from 'graphql';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Admission as OperationAdmission } from '../access/admission.js';
import { mayComeBack } from '../access/authentication-error.js';
import type { Clock, Logger, NewId } from '../domain/ports.js';
import { isAllowed, type Viewer } from '../domain/viewer.js';
import type { Context } from '../resolvers/context.js';
import { neededActions } from '../resolvers/needed-actions.js';
import type { Contexts } from './contexts.js';
import { formatError } from './format-error.js';
import type { Operation, Operations } from './operations.js';
import { createOrigins, type Origins } from './origins.js';
import type { RevocationWatch } from './revocation-watch.js';
import { isShareable, type Delivery, type SharedFeed } from './shared-feed.js';
import { createSocketAdmission, type Admission, type SocketLimits } from './socket-admission.js';
import { beginSession, type SocketSession } from './socket-session.js';

const MAX_MESSAGE_BYTES = 64 * 1024;
const INIT_TIMEOUT_MS = 3_000;
/** Between two pings of a socket. One that has not answered a ping when the next is due is gone. */
export const PING_MS = 12_000;
/** Operations under way on one socket. */
const MAX_OPERATIONS = 50;
const RESTART = 1012;
const TRY_AGAIN_LATER = 1013;
/** Clients are told to come back one by one: each this much later than the one before, all within the spread. */
const CLOSE_STEP_MS = 2;
const CLOSE_SPREAD_MS = 3_000;

const tooMany = new GraphQLError(
  `A socket carries ${MAX_OPERATIONS} operations at once; end one or open another socket.`,
  {
    extensions: { code: 'RATE_LIMITED', retryAfterMs: 1_000 },
  },
);

const notAllowed = new GraphQLError('The token that the socket has now does not allow this operation.', {
  extensions: { code: 'FORBIDDEN' },
});

type Extra = { viewer?: Viewer; session?: SocketSession; traceparent?: unknown };
/** The operations of a socket that are under way, by their ids. */
type Running = Record<string, AsyncIterable<unknown> | null>;

/** graphql-transport-ws. Every operation of the schema may run on it, under the same rules as over HTTP. */
export function createWebSockets(options: {
  readonly schema: GraphQLSchema;
  readonly contexts: Contexts;
  readonly admit: OperationAdmission['admit'];
  readonly operations: Operations;
  readonly sharedFeed: SharedFeed;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Logger;
  /** Whose pages may open sockets; only our own unless it is given. */
  readonly origins?: Origins;
  /** Finds callers whose permission was taken back. */
  readonly watch?: RevocationWatch;
  readonly limits?: SocketLimits;
  /** Is told the close code of each socket that has ended. */
  readonly closed?: (code: number) => void;
  readonly pingMs?: number;
}) {
  const { schema, contexts, admit, operations, sharedFeed, clock, newId, log, pingMs = PING_MS } = options;
  const { origins = createOrigins({ allowed: [] }), watch = null, closed } = options;
  const admission = createSocketAdmission(options.limits);
  const admitted = new WeakMap<IncomingMessage, Admission>();
  /** What runs as a stream of results. */
  const streams = new WeakMap<object, ExecutionArgs>();
  /** What was begun, and where its results go, by its context. */
  const begun = new WeakMap<object, Operation>();
  const deliveries = new WeakMap<object, Delivery>();
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
      // Then the library tells nothing of the inside when it closes a socket.
      isProd: true,
      connectionInitWaitTimeout: INIT_TIMEOUT_MS,
      onConnect: async ({ connectionParams, extra, subscriptions }) => {
        const { socket, request } = extra;
        const acceptLanguage = request.headers['accept-language'];
        let viewer: Viewer;
        try {
          const authorization = tokenIn(connectionParams) ?? request.headers.authorization;
          viewer = await contexts.authenticate({ authorization, acceptLanguage });
        } catch (error) {
          refuse(socket, error);
          return false;
        }
        // A client that left meanwhile is not counted, for nobody would tell when it is gone.
        if (socket.readyState !== socket.OPEN) return false;
        if (!admitted.get(request)?.isFor(callerOf(viewer))) {
          socket.close(TRY_AGAIN_LATER, 'Too many sockets');
          return false;
        }
        extra.viewer = viewer;
        extra.traceparent = connectionParams?.['traceparent'];
        const changed = (fresh: Viewer): void => {
          extra.viewer = fresh;
          endWhatIsNotAllowed(socket, subscriptions, fresh);
        };
        const session = beginSession({ socket, viewer, acceptLanguage, changed, contexts, watch, clock });
        extra.session = session;
        socket.once('close', session.leave);
        return true;
      },
      onPing: async ({ extra: { session } }, payload) => {
        const token = tokenIn(payload);
        if (payload === undefined || token === null || session === undefined) return;
        // The pong carries this object: it tells what came of the token, and not the token.
        for (const name of Object.keys(payload)) delete payload[name];
        Object.assign(payload, { type: 'reauth', ...(await session.renew(token)) });
      },
      execute: async ({ contextValue }) => (await operationOf(contextValue).run()).result as ExecutionResult,
      subscribe: ({ contextValue }) =>
        operationOf(contextValue).subscribe((args, context) => {
          const delivery = deliveries.get(context);
          return delivery && isShareable(args)
            ? sharedFeed.subscribe(args, context, delivery)
            : (subscribe(args) as Promise<AsyncGenerator<ExecutionResult> | ExecutionResult>);
        }),
      onSubscribe: async ({ extra, subscriptions }, operationId, payload) => {
        const { viewer } = extra;
        if (!viewer) throw new Error('an operation on a socket without a viewer');
        if (Object.keys(subscriptions).length > MAX_OPERATIONS) return [tooMany];
        const admitted = await admit(viewer, { ...payload }, 'SOCKET');
        if ('errors' in admitted) return admitted.errors;
        const traceparent = payload.extensions?.['traceparent'] ?? extra.traceparent;
        const operation = operations.begin(admitted, viewer, newId(), { transport: 'ws', traceparent });
        const { contextValue } = operation.args;
        begun.set(contextValue, operation);
        deliveries.set(contextValue, { socket: extra.socket, operationId });
        return operation.args;
      },
      onOperation: ({ extra: { viewer } }, _id, _payload, args, result) => {
        if (!(Symbol.asyncIterator in result)) return;
        streams.set(result, args);
        if (viewer && mayRun(viewer, args)) return;
        end(result);
        return { errors: [notAllowed] };
      },
      onError: ({ extra: { socket } }, _id, _payload, errors) => {
        if (socket.readyState === socket.OPEN) return errors.map((error) => formatted(error, newId()));
        log.debug({ err: errors[0] }, 'an operation broke off, as its socket is gone');
      },
      onNext: (_context, _id, _payload, { contextValue }, result) => {
        const { isSubscription, format } = operationOf(contextValue);
        // A query or a mutation is formatted already; left to itself, the library would format it again.
        return isSubscription ? format(result) : result;
      },
    },
    sockets,
    pingMs,
  );

  function operationOf(contextValue: unknown): Operation {
    const operation = begun.get(contextValue as object);
    if (!operation) throw new Error('an operation that was not begun');
    return operation;
  }

  function formatted(error: GraphQLError | GraphQLFormattedError, requestId: string): GraphQLFormattedError {
    return error instanceof GraphQLError ? formatError(error, requestId, log) : error;
  }

  function refuse(socket: WebSocket, error: unknown): void {
    const { code, reason } = error instanceof GraphQLError ? error.extensions : {};
    if (!(error instanceof GraphQLError)) log.warn({ err: error }, 'a socket could not be opened');
    if (code !== 'UNAUTHENTICATED') socket.close(TRY_AGAIN_LATER, 'Try again later');
    // A client whose token has ended comes back with a fresh one; any other can never succeed.
    else if (mayComeBack(reason)) socket.close(CloseCode.Forbidden, 'Token expired or revoked');
    else socket.close(CloseCode.Unauthorized, 'Unauthorized');
  }

  function mayRun(viewer: Viewer, { document, operationName }: ExecutionArgs): boolean {
    return [...neededActions(schema, document, operationName)].every((action) => isAllowed(viewer, action));
  }

  /** What a caller may do is the same under every role that allows it, so all else goes on. */
  function endWhatIsNotAllowed(socket: WebSocket, running: Running, viewer: Viewer): void {
    for (const [id, stream] of Object.entries(running)) {
      const args = stream && streams.get(stream);
      if (!args || mayRun(viewer, args)) continue;
      delete running[id];
      end(stream);
      socket.send(JSON.stringify({ id, type: 'error', payload: [notAllowed] }));
    }
  }

  return {
    upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      if (!origins.mayConnect(request.headers))
        return turnAway(socket, '403 Forbidden', 'Not from pages of this origin.');
      const entry = admission.admit(request.socket.remoteAddress ?? '');
      if (!entry) return turnAway(socket, '503 Service Unavailable', 'Too many sockets. Try again in a moment.');
      socket.once('close', entry.gone);
      admitted.set(request, entry);
      sockets.handleUpgrade(request, socket, head, (upgraded) => {
        if (closed) upgraded.once('close', closed);
        sockets.emit('connection', upgraded, request);
        // The library prints what a client did wrong with it; it is closed for that anyway.
        upgraded.removeAllListeners('error').on('error', (error) => log.debug({ err: error }, 'a socket broke off'));
      });
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

function tokenIn(payload: Readonly<Record<string, unknown>> | undefined): string | null {
  const given = payload?.['authorization'] ?? payload?.['Authorization'];
  return typeof given === 'string' ? given : null;
}

function end(stream: AsyncIterable<unknown>): void {
  if ('return' in stream) void (stream as AsyncGenerator).return(undefined);
}

/** Answers an upgrade over HTTP, and makes no socket of it. */
function turnAway(socket: Duplex, status: string, why: string): void {
  socket.on('error', () => undefined);
  const head = [`HTTP/1.1 ${status}`, 'Connection: close', 'Content-Type: text/plain', `Content-Length: ${why.length}`];
  const wait = status.startsWith('503') ? ['Retry-After: 1'] : [];
  socket.end([...head, ...wait, '', why].join('\r\n'));
}
