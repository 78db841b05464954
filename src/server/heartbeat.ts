import type { WebSocket } from 'ws';

/** Sockets are pinged in so many turns, not all at once. */
const TURNS = 12;

/** A socket that is pinged. */
export type Pinged = Pick<WebSocket, 'readyState' | 'OPEN' | 'ping' | 'terminate'> & {
  /** The turn that it is pinged in. */
  turn: number;
  /** Whether it was pinged and has not answered; set to false when it answers. */
  isAsked: boolean;
};

/** Pings every socket once in `everyMs`, and cuts those that have not answered by then. One timer for all. */
export function createHeartbeat(options: { readonly sockets: Iterable<Pinged>; readonly everyMs: number }) {
  const { sockets, everyMs } = options;
  let turn = 0;
  let joined = 0;

  const timer = setInterval(() => {
    turn = (turn + 1) % TURNS;
    for (const socket of sockets) {
      if (socket.turn !== turn || socket.readyState !== socket.OPEN) continue;
      if (socket.isAsked) {
        socket.terminate();
        continue;
      }
      socket.isAsked = true;
      socket.ping();
    }
  }, everyMs / TURNS).unref();

  return {
    /** The turn of one more socket: they take turns evenly. */
    nextTurn: (): number => (joined = (joined + 1) % TURNS),
    stop: (): void => clearInterval(timer),
  };
}
