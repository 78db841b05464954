import { CloseCode, makeServer } from 'graphql-ws';
import { GraphQLError, subscribe, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { GraphQLFormattedError, GraphQLSchema } from 'graphql';
import type { WebSocket } from 'ws';
import type { Admission, Admitted } from '../access/admission.js';
import { mayComeBack } from '../access/authentication-error.js';
import type { Clock, NewId } from '../domain/ports/clock.js';
import type { Logger } from '../domain/ports/logger.js';
import { isAllowed, type Viewer } from '../domain/viewer.js';
import { neededActions } from '../resolvers/needed-actions.js';
import { createAlarms } from './alarms.js';
import type { Contexts } from './contexts.js';
import { formatError } from './format-error.js';
import { formatResult, type Operation, type Operations } from './operations.js';
import { PeerSocket, type Peer } from './peer.js';
import type { RevocationWatch } from './revocation-watch.js';
import { isShareable, type SharedFeed } from './shared-feed.js';
import { beginSession, type SessionRules } from './socket-session.js';

const INIT_TIMEOUT_MS = 3_000;
/** Operations under way on one socket. */
const MAX_OPERATIONS = 50;
const TRY_AGAIN_LATER = 1013;

const tooMany = new GraphQLError(
  `A socket carries ${MAX_OPERATIONS} operations at once; end one or open another socket.`,
  {
    extensions: { code: 'RATE_LIMITED', retryAfterMs: 1_000 },
  },
);

const notAllowed = new GraphQLError('The token that the socket has now does not allow this operation.', {
  extensions: { code: 'FORBIDDEN' },
});

/** What stays of an operation as long as it runs on a socket. */
type Underway = {
  readonly peer: Peer;
  readonly operationId: string;
  /** Until it has begun. */
  operation: Operation | null;
  /** What is said with each result of a subscription; null for a query or a mutation, whose result has it. */
  readonly notices: Operation['notices'] | null;
};
type Stream = AsyncGenerator<ExecutionResult> & { asked?: ExecutionArgs | null };

/** graphql-transport-ws, as graphql-ws speaks it, for sockets that were let in. */
export function createSocketProtocol(options: {
  readonly schema: GraphQLSchema;
  readonly contexts: Contexts;
  readonly admit: Admission['admit'];
  readonly operations: Operations;
  readonly sharedFeed: SharedFeed;
  readonly watch?: RevocationWatch;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Logger;
}) {
  const { schema, contexts, admit, operations, sharedFeed, watch = null, clock, newId, log } = options;
  const alarms = createAlarms({ clock });
  const sessions: SessionRules<Peer> = { contexts, watch, alarms, clock, changed: endWhatIsNotAllowed };

  const server = makeServer<Record<string, unknown>, Peer>({
    schema,
    // Here, since the library would keep a timer for each socket.
    connectionInitWaitTimeout: 0,
    onConnect: async (context) => {
      const { connectionParams, extra: peer, subscriptions } = context;
      clearTimeout(peer.impatience ?? undefined);
      peer.impatience = null;
      const { authorization, acceptLanguage } = peer.headers ?? {};
      peer.headers = null;
      peer.traceparent = connectionParams?.['traceparent'] ?? null;
      // Nobody needs the token again.
      Object.assign(context, { connectionParams: undefined });
      let viewer: Viewer;
      try {
        viewer = await contexts.authenticate({
          authorization: tokenIn(connectionParams) ?? authorization,
          acceptLanguage,
        });
      } catch (error) {
        refuse(peer, error);
        return false;
      }
      // A client that left meanwhile is not counted, for nobody would tell when it is gone.
      if (peer.readyState !== peer.OPEN) return false;
      if (!peer.admission?.isFor(`${viewer.organizationId} ${viewer.subject}`)) {
        peer.close(TRY_AGAIN_LATER, 'Too many sockets');
        return false;
      }
      peer.running = subscriptions;
      peer.session = beginSession(sessions, peer, viewer, acceptLanguage);
      return true;
    },
    onPing: async ({ extra: { session } }, payload) => {
      const token = tokenIn(payload);
      if (payload === undefined || token === null || session === null) return;
      // The pong carries this object: it tells what came of the token, and not the token.
      for (const name of Object.keys(payload)) delete payload[name];
      Object.assign(payload, { type: 'reauth', ...(await session.renew(token)) });
    },
    onSubscribe: async ({ extra: peer, subscriptions }, operationId, payload) => {
      const viewer = peer.session?.viewer();
      if (!viewer) throw new Error('an operation on a socket without a viewer');
      if (Object.keys(subscriptions).length > MAX_OPERATIONS) return [tooMany];
      const admitted = await admit(viewer, { ...payload }, 'SOCKET');
      if ('errors' in admitted) return admitted.errors;
      const traceparent = payload.extensions?.['traceparent'] ?? peer.traceparent;
      const operation = operations.begin(admitted, viewer, newId(), { transport: 'ws', traceparent });
      shareText(payload, admitted);
      const { document, operationName, variableValues } = operation.args;
      const notices = operation.isSubscription ? operation.notices : null;
      const contextValue: Underway = { peer, operationId, operation, notices };
      return { schema, document, operationName, variableValues, contextValue, rootValue: undefined };
    },
    execute: async ({ contextValue }) => (await begun(contextValue).run()).result as ExecutionResult,
    subscribe: ({ contextValue }) => {
      const { peer, operationId } = contextValue as Underway;
      return begun(contextValue).subscribe((args, context) =>
        isShareable(args)
          ? sharedFeed.subscribe(args, context, { socket: peer, operationId })
          : (subscribe(args) as Promise<AsyncGenerator<ExecutionResult> | ExecutionResult>),
      );
    },
    onOperation: ({ extra: { session } }, _id, _payload, args, result) => {
      if (!(Symbol.asyncIterator in result)) return;
      const stream = result as Stream;
      stream.asked = args;
      const viewer = session?.viewer();
      if (viewer && mayRun(viewer, args)) return;
      end(stream);
      return { errors: [notAllowed] };
    },
    onError: ({ extra: peer }, _id, _payload, errors) => {
      if (peer.readyState === peer.OPEN) return errors.map((error) => formatted(error, newId()));
      log.debug({ err: errors[0] }, 'an operation broke off, as its socket is gone');
    },
    onNext: (_context, _id, _payload, { contextValue }, result) => {
      const { notices } = contextValue as Underway;
      // A query or a mutation is formatted already; left to itself, the library would format it again.
      return notices === null ? result : formatResult(result, notices, result.errors ? newId() : '', log);
    },
  });

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
  function endWhatIsNotAllowed(peer: Peer, viewer: Viewer): void {
    const running = peer.running ?? {};
    for (const [id, underway] of Object.entries(running)) {
      const stream = underway as Stream | null;
      if (!stream?.asked || mayRun(viewer, stream.asked)) continue;
      delete running[id];
      end(stream);
      peer.send(JSON.stringify({ id, type: 'error', payload: [notAllowed] }));
    }
  }

  function fault(peer: Peer, error: unknown): void {
    log.error({ err: error }, 'a message could not be dealt with');
    peer.close(CloseCode.InternalServerError, 'Internal server error');
  }

  return {
    opened: (peer: Peer): void => {
      peer.impatience = setTimeout(tooLate, INIT_TIMEOUT_MS, peer);
      peer.gone = server.opened(new PeerSocket(peer), peer);
    },
    received: (peer: Peer, text: string): void => {
      peer.take?.(read(text)).catch((error: unknown) => fault(peer, error));
    },
    ended: (peer: Peer, code: number, reason: string): void => {
      clearTimeout(peer.impatience ?? undefined);
      peer.session?.leave();
      peer.gone?.(code, reason).catch((error: unknown) => log.error({ err: error }, 'a socket did not end well'));
    },
  };
}

/**
 * The library keeps what it is given as long as an operation runs. It takes the message itself too, whatever it declares:
 * so it does not keep the text as well. What is wrong with a text that can't be read, it says.
 */
function read(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    return text;
  }
}

function tooLate(peer: Peer): void {
  peer.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout');
}

/** The operation that is about to begin. From then on nothing but its stream keeps anything of it. */
function begun(contextValue: unknown): Operation {
  const underway = contextValue as Underway;
  const { operation } = underway;
  if (!operation) throw new Error('an operation that was not begun');
  underway.operation = null;
  return operation;
}

/** The library keeps what the client sent as long as the operation runs: then let it be the text that all share. */
function shareText(payload: object, { document }: Admitted): void {
  const text = document.loc?.source.body;
  if ('query' in payload && payload.query === text) payload.query = text;
}

function tokenIn(payload: Readonly<Record<string, unknown>> | undefined): string | null {
  const given = payload?.['authorization'] ?? payload?.['Authorization'];
  return typeof given === 'string' ? given : null;
}

function end(stream: AsyncGenerator<unknown>): void {
  void stream.return(undefined);
}
