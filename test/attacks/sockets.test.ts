import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { SOCKET_LIMITS } from '../../src/server/socket-admission.js';
import { setAttackScene, type AttackScene } from '../support/attack-scene.js';
import { openBareSocket } from '../support/bare-socket.js';

const FEED = 'subscription { consentTransitions { __typename } }';
const ATTEMPTS = 10_000;
const WAVE = 200;
const TOO_MANY = 1013;
const INIT_TIMEOUT = 4408;

let scene: AttackScene;

beforeAll(async () => {
  scene = await setAttackScene();
});
afterAll(async () => {
  expect(scene.leaks()).toEqual([]);
  await scene.close();
});

const address = (): string => `${scene.url.replace('http', 'ws')}/graphql`;
const count = async (): Promise<number> => {
  const figures = await (await fetch(`${scene.url}/metrics`)).text();
  return Number(/^assent_sockets (\d+)/m.exec(figures)?.[1]);
};

type Attempt = { readonly socket: WebSocket; readonly closed: Promise<number>; readonly fate: string | number };

/** Opens a socket and says who it is, or nothing; resolves to what came of that. */
function attempt(token: string | null): Promise<Attempt> {
  const socket = new WebSocket(address(), 'graphql-transport-ws');
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('open', () => {
      if (token === null) return resolve({ socket, closed, fate: 'open' });
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
    });
    socket.once('message', (data: Buffer) => resolve({ socket, closed, fate: JSON.parse(data.toString()).type }));
    void closed.then((code) => resolve({ socket, closed, fate: code }));
    socket.once('unexpected-response', (_, response) => {
      response.resume();
      resolve({ socket, closed, fate: response.statusCode ?? 0 });
    });
  });
}

const tally = (fates: readonly (string | number)[]): Record<string, number> =>
  fates.reduce<Record<string, number>>((sum, fate) => ({ ...sum, [fate]: (sum[fate] ?? 0) + 1 }), {});

describe('a flood of sockets', () => {
  it(
    'of one caller, 10,000 of them, leaves that caller with 100 and everybody else with an answer',
    { timeout: 300_000 },
    async () => {
      const fates: (string | number)[] = [];
      const open: WebSocket[] = [];
      onTestFinished(() => open.forEach((socket) => socket.terminate()));
      for (let tried = 0; tried < ATTEMPTS; tried += WAVE) {
        const wave = await Promise.all(Array.from({ length: WAVE }, () => attempt(scene.attacker.token)));
        fates.push(...wave.map(({ fate }) => fate));
        open.push(...wave.flatMap(({ socket, fate }) => (fate === 'connection_ack' ? [socket] : [])));
        expect(await scene.serves()).toBe(true);
      }
      expect(tally(fates)).toEqual({
        connection_ack: SOCKET_LIMITS.ofCaller,
        [TOO_MANY]: ATTEMPTS - SOCKET_LIMITS.ofCaller,
      });
      const other = openBareSocket(address());
      await other.begin(scene.victim.token);
      await expect.poll(count).toBe(SOCKET_LIMITS.ofCaller + 1);
      open.pop()?.terminate();
      const again = async () => {
        const { socket, fate } = await attempt(scene.attacker.token);
        open.push(socket);
        return fate;
      };
      await expect.poll(again).toBe('connection_ack');
    },
  );

  it('that say of none who it is gets a place for some, a few seconds long', { timeout: 180_000 }, async () => {
    const kept = openBareSocket(address());
    await kept.begin(scene.victim.token);
    const most = SOCKET_LIMITS.unknownOfAddress;
    const flood = await Promise.all(Array.from({ length: most + 300 }, () => attempt(null)));
    expect(await count()).toBeLessThanOrEqual(most + 1);
    const open = flood.filter(({ fate }) => fate === 'open');
    const refused = flood.filter(({ fate }) => fate === 503);
    // A place is free after a few seconds, which a slow machine may need for so many.
    expect(open.length).toBeGreaterThanOrEqual(most);
    expect(refused.length).toBeGreaterThan(0);
    expect(open.length + refused.length).toBe(flood.length);
    expect(await scene.serves()).toBe(true);
    kept.subscribe('one', FEED);
    await kept.until(({ type }) => type === 'next');
    expect(tally(await Promise.all(open.map(({ closed }) => closed)))).toEqual({ [INIT_TIMEOUT]: open.length });
    await openBareSocket(address()).begin(scene.victim.token);
  });

  it('with rubbish in place of an upgrade makes no socket', async () => {
    // Those of the tests before have gone.
    await expect.poll(count).toBe(0);
    const refused = async (path: string, headers: Record<string, string>) => {
      const socket = new WebSocket(`${scene.url.replace('http', 'ws')}${path}`, [], { headers });
      return new Promise((resolve) => {
        socket.on('error', () => resolve(true));
        socket.on('open', () => resolve(false));
      });
    };
    expect(await refused('/', {})).toBe(true);
    expect(await refused('/graphql/stream', {})).toBe(true);
    expect(await refused('/graphql', { origin: 'https://evil.example.com' })).toBe(true);
    expect(await count()).toBe(0);
  });
});

describe('one socket', () => {
  it('carries 50 operations, however many thousand it begins', async () => {
    const socket = openBareSocket(address());
    await socket.begin(scene.attacker.token);
    for (let begun = 0; begun < 3_000; begun += 1) socket.subscribe(String(begun), FEED);
    const refused = () => socket.received.filter(({ type }) => type === 'error');
    await expect.poll(() => refused().length, { timeout: 30_000 }).toBe(2_950);
    expect(new Set(refused().map(({ payload }) => JSON.stringify(payload)))).toHaveLength(1);
    expect(JSON.stringify(refused()[0]?.payload)).toContain('"RATE_LIMITED"');
    expect(socket.closedWith()).toBeNull();
    expect(await scene.serves()).toBe(true);
  });

  it.each<[number, string, (send: (message: unknown) => void) => void]>([
    [
      4401,
      'an operation before it says who it is',
      (send) => send({ type: 'subscribe', id: '1', payload: { query: FEED } }),
    ],
    [4400, 'what is no message', (send) => send('{{{')],
    [4400, 'an array of messages', (send) => send(Array(1_000).fill({ type: 'ping' }))],
    [4400, 'a message within messages', (send) => send({ type: 'ping', payload: 'x' })],
    [1009, 'a message of a megabyte', (send) => send({ type: 'connection_init', payload: { x: 'x'.repeat(1 << 20) } })],
    [4400, 'nesting without an end', (send) => send('['.repeat(60_000))],
    [
      4429,
      'an introduction twice',
      (send) => {
        for (let said = 0; said < 2; said += 1) {
          send({ type: 'connection_init', payload: { authorization: `Bearer ${scene.attacker.token}` } });
        }
      },
    ],
  ])('is closed with %i for %s', async (code, _what, attack) => {
    const { socket, opened, closed } = openBareSocket(address());
    await opened();
    attack((message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)));
    expect(await closed()).toBe(code);
    expect(await scene.serves()).toBe(true);
  });
});

describe('event streams', () => {
  it('are 100 of one caller, and a place is free when one has gone', async () => {
    const { token } = await scene.caller('globex', 'mallory');
    const leave = Array.from({ length: 130 }, () => new AbortController());
    onTestFinished(() => leave.forEach((one) => one.abort()));
    const open = async (signal: AbortSignal) =>
      fetch(`${scene.url}/graphql/stream?query=${encodeURIComponent(FEED)}`, {
        headers: { accept: 'text/event-stream', authorization: `Bearer ${token}` },
        signal,
      });
    const answers = await Promise.all(leave.map(async ({ signal }) => (await open(signal)).status));
    expect(tally(answers)).toEqual({ 200: SOCKET_LIMITS.ofCaller, 429: 30 });
    expect(await scene.serves()).toBe(true);
    const index = answers.indexOf(200);
    leave[index]?.abort();
    const again = new AbortController();
    onTestFinished(() => again.abort());
    await expect.poll(async () => (await open(again.signal)).status).toBe(200);
  });
});
