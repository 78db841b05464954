import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { startFeedInMemory } from '../support/feed-in-memory.js';

const SOCKETS = 250;

it('a server that stops tells every socket to come back with 1012, one after the other', async () => {
  const scene = await startFeedInMemory();
  const sockets = Array.from(
    { length: SOCKETS },
    () => new WebSocket(scene.webSocketUrl, 'graphql-transport-ws', { perMessageDeflate: true }),
  );
  onTestFinished(() => sockets.forEach((socket) => socket.terminate()));
  await Promise.all(sockets.map((socket) => once(socket, 'open')));
  // Compression was offered by each, and none has it.
  expect(new Set(sockets.map(({ extensions }) => extensions))).toEqual(new Set(['']));

  const begun = performance.now();
  const closes = Promise.all(
    sockets.map(async (socket) => {
      const [code] = (await once(socket, 'close')) as [number];
      return { code, afterMs: performance.now() - begun };
    }),
  );
  await scene.close();

  const told = await closes;
  expect(new Set(told.map(({ code }) => code))).toEqual(new Set([1012]));
  // Two milliseconds for each, three seconds at most for all.
  const times = told.map(({ afterMs }) => afterMs);
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(SOCKETS);
  expect(scene.sockets()).toBe(0);
});
