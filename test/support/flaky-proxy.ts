import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer, type RawData } from 'ws';

/** How a connection ends: with a close code, or `DEAD` without a word. */
export type Cut = number | 'DEAD';

export type FlakyProxy = {
  readonly url: string;
  /** Ends every connection now; how many there were. */
  readonly cut: (how: Cut) => number;
  /** Stops or begins again to pass on what the server says. */
  readonly setMuted: (muted: boolean) => void;
  /** Stops to read from either side of every connection that is open, as when the network between them is gone. */
  readonly lose: () => void;
  /** How many connections there have been. */
  readonly count: () => number;
  readonly close: () => Promise<void>;
};

/** Stands between subscribers and the server that `target` names at the time of each connection. */
export async function startFlakyProxy(target: () => string): Promise<FlakyProxy> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const open = new Map<WebSocket, WebSocket>();
  let muted = false;
  let connections = 0;

  server.on('connection', (near) => {
    connections += 1;
    const far = new WebSocket(target(), near.protocol);
    open.set(near, far);
    const early: RawData[] = [];
    near.on('message', (data) => (far.readyState === WebSocket.OPEN ? far.send(textOf(data)) : early.push(data)));
    far.on('open', () => early.forEach((data) => far.send(textOf(data))));
    far.on('message', (data) => {
      if (!muted) near.send(textOf(data));
    });
    far.on('error', () => near.terminate());
    far.on('close', (code) => (isSendable(code) ? near.close(code) : near.terminate()));
    near.on('error', () => far.terminate());
    near.on('close', () => {
      open.delete(near);
      far.terminate();
    });
  });

  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    cut: (how) => {
      const cutNow = [...open.keys()];
      open.clear();
      for (const near of cutNow) {
        if (how === 'DEAD') near.terminate();
        else near.close(how);
      }
      return cutNow.length;
    },
    setMuted: (to) => {
      muted = to;
    },
    lose: () => {
      for (const side of [...open].flat()) side.pause();
    },
    count: () => connections,
    close: async () => {
      for (const near of server.clients) near.terminate();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function isSendable(code: number): boolean {
  return code === 1000 || (code > 1006 && code < 1015) || code >= 3000;
}

function textOf(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString() : '';
}
