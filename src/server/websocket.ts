import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import type { GraphQLSchema } from 'graphql';
import { WebSocketServer } from 'ws';
import type { Admission as OperationAdmission } from '../access/admission.js';
import type { Clock, NewId } from '../domain/ports/clock.js';
import type { Logger } from '../domain/ports/logger.js';
import type { Contexts } from './contexts.js';
import { createHeartbeat } from './heartbeat.js';
import type { Operations } from './operations.js';
import { createOrigins, type Origins } from './origins.js';
import { Peer, type PeerEvents } from './peer.js';
import type { RevocationWatch } from './revocation-watch.js';
import type { SharedFeed } from './shared-feed.js';
import { createSocketAdmission, type SocketLimits } from './socket-admission.js';
import { createSocketProtocol } from './socket-protocol.js';

const MAX_MESSAGE_BYTES = 64 * 1024;
/** Between two pings of a socket. One that has not answered a ping when the next is due is gone. */
export const PING_MS = 12_000;
const RESTART = 1012;
/** Clients are told to come back one by one: each this much later than the one before, all within the spread. */
const CLOSE_STEP_MS = 2;
const CLOSE_SPREAD_MS = 3_000;

/** WebSockets on which every operation of the schema may run, under the same rules as over HTTP. */
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
  const { log, pingMs = PING_MS, origins = createOrigins({ allowed: [] }), closed } = options;
  const admission = createSocketAdmission(options.limits);
  const protocol = createSocketProtocol(options);
  const sockets = new WebSocketServer<typeof Peer>({
    noServer: true,
    WebSocket: Peer,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: (protocols) =>
      protocols.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? GRAPHQL_TRANSPORT_WS_PROTOCOL : false,
  });
  const heartbeat = createHeartbeat({ sockets: sockets.clients, everyMs: pingMs });

  const events: PeerEvents = {
    received: protocol.received,
    // A client that does not keep to WebSocket is closed for that by the library.
    brokeOff: (_peer, error) => log.debug({ err: error }, 'a socket broke off'),
    ended: (peer, code, reason) => {
      peer.admission?.gone();
      closed?.(code);
      protocol.ended(peer, code, reason);
    },
  };

  return {
    upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      if (!origins.mayConnect(request.headers))
        return turnAway(socket, '403 Forbidden', 'Not from pages of this origin.');
      const entry = admission.admit(request.socket.remoteAddress ?? '');
      if (!entry) return turnAway(socket, '503 Service Unavailable', 'Too many sockets. Try again in a moment.');
      const gone = (): void => entry.gone();
      socket.once('close', gone);
      sockets.handleUpgrade(request, socket, head, (peer) => {
        socket.off('close', gone);
        const { authorization, 'accept-language': acceptLanguage } = request.headers;
        peer.events = events;
        peer.admission = entry;
        peer.headers = { authorization, acceptLanguage };
        peer.turn = heartbeat.nextTurn();
        protocol.opened(peer);
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
      heartbeat.stop();
      // Those that came meanwhile.
      for (const socket of sockets.clients) socket.close(RESTART, 'Service restart');
      await new Promise<void>((resolve, reject) => sockets.close((error) => (error ? reject(error) : resolve())));
    },
  };
}

/** Answers an upgrade over HTTP, and makes no socket of it. */
function turnAway(socket: Duplex, status: string, why: string): void {
  socket.on('error', () => undefined);
  const head = [`HTTP/1.1 ${status}`, 'Connection: close', 'Content-Type: text/plain', `Content-Length: ${why.length}`];
  const wait = status.startsWith('503') ? ['Retry-After: 1'] : [];
  socket.end([...head, ...wait, '', why].join('\r\n'));
}
