import { onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';

const patience = { timeout: 30_000, interval: 5 };

/** A message as graphql-transport-ws has it. */
export type WireMessage = {
  readonly type: string;
  readonly id?: string;
  readonly payload?: Readonly<Record<string, unknown>> & { readonly data?: Readonly<Record<string, unknown>> };
};

/** Speaks graphql-transport-ws word by word, so that a test sees each message and how the socket ends. */
export function openBareSocket(url: string, headers: Readonly<Record<string, string>> = {}) {
  const socket = new WebSocket(url, 'graphql-transport-ws', { headers });
  const received: WireMessage[] = [];
  let refusedWith: number | null = null;
  let closedWith: number | null = null;
  socket.on('message', (data: Buffer) => received.push(JSON.parse(data.toString()) as WireMessage));
  socket.on('close', (code) => (closedWith = code));
  socket.on('error', () => undefined);
  socket.on('unexpected-response', (_, response) => {
    refusedWith = response.statusCode ?? 0;
    socket.terminate();
  });
  onTestFinished(() => socket.terminate());
  const send = (message: object): void => socket.send(JSON.stringify(message));

  return {
    socket,
    received,
    send,
    closedWith: () => closedWith,
    /** Resolves to the code of the close. */
    closed: async () => {
      await vi.waitUntil(() => closedWith !== null, patience);
      return closedWith;
    },
    /** Resolves to the status that the upgrade was refused with. */
    refused: async () => {
      await vi.waitUntil(() => refusedWith !== null, patience);
      return refusedWith;
    },
    opened: () => vi.waitUntil(() => socket.readyState === socket.OPEN, patience),
    begin: async (token: string) => {
      await vi.waitUntil(() => socket.readyState === socket.OPEN, patience);
      send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
      await vi.waitUntil(() => received.some(({ type }) => type === 'connection_ack'), patience);
    },
    subscribe: (id: string, query: string) => send({ type: 'subscribe', id, payload: { query } }),
    /** Sends a fresh token, and resolves to what is said to it. */
    renew: async (token: string) => {
      const before = received.filter(({ type }) => type === 'pong').length;
      send({ type: 'ping', payload: { authorization: `Bearer ${token}` } });
      await vi.waitUntil(() => received.filter(({ type }) => type === 'pong').length > before, patience);
      return received.filter(({ type }) => type === 'pong').at(-1)?.payload;
    },
    /** Resolves to the first message that is as it should be. */
    until: async (isIt: (message: WireMessage) => boolean) => {
      await vi.waitUntil(() => received.some(isIt), patience);
      return received.find(isIt);
    },
  };
}
