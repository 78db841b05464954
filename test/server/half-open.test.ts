import { once } from 'node:events';
import { connect } from 'node:net';
import { createClient } from 'graphql-ws';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { PING_MS } from '../../src/server/websocket.js';
import { startFeedInMemory } from '../support/feed-in-memory.js';
import { startFlakyProxy } from '../support/flaky-proxy.js';
import { gate } from '../support/provider-stand-in.js';

/** The longest time that a connection may seem open after its other side is gone. */
const FOUND_MS = 30_000;
const patience = { timeout: 30_000, interval: 10 };

type Scene = Awaited<ReturnType<typeof startFeedInMemory>>;

async function start(times: Parameters<typeof startFeedInMemory>[0]): Promise<Scene> {
  const scene = await startFeedInMemory(times);
  onTestFinished(scene.close);
  return scene;
}

describe('a WebSocket whose other side is gone without a word', () => {
  const pingMs = 1_000;
  const document = `subscription { consentTransitions {
    __typename ... on ConsentTransition { contactVersion } ... on FeedCheckpoint { cursor } } }`;
  type Item = { readonly __typename: string; readonly contactVersion?: number };

  async function follow(scene: Scene, url: string, organization: string) {
    const items: Item[] = [];
    let closed = false;
    let pings = 0;
    const client = createClient({
      url,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${await scene.token(organization)}` },
      retryAttempts: 0,
      on: {
        opened: (socket) => void (socket as WebSocket).on('ping', () => (pings += 1)),
        closed: () => (closed = true),
      },
    });
    onTestFinished(() => void client.dispose());
    client.subscribe<{ consentTransitions: Item }>(
      { query: document },
      {
        next: ({ data }) => data && items.push(data.consentTransitions),
        error: () => (closed = true),
        complete: () => (closed = true),
      },
    );
    await vi.waitUntil(() => items.length > 0, patience);
    return { items, closed: () => closed, pings: () => pings };
  }

  it.each([
    ['in silence', () => undefined],
    ['while it is written to', (scene: Scene) => scene.record('acme', 50)],
  ])('is closed and its operation ended within two pings, %s; others stay', async (_, meanwhile) => {
    const scene = await start({ pingMs });
    const proxy = await startFlakyProxy(() => scene.webSocketUrl);
    onTestFinished(proxy.close);
    const lost = await follow(scene, proxy.url, 'acme');
    const healthy = await follow(scene, scene.webSocketUrl, 'globex');
    expect(scene.sockets()).toBe(2);
    expect(scene.isFollowed('acme')).toBe(true);

    proxy.lose();
    const before = healthy.pings();
    meanwhile(scene);
    await vi.waitUntil(() => scene.sockets() === 1, patience);
    // Pings are the clock of both sockets, however busy the machine is.
    expect(healthy.pings() - before).toBeLessThanOrEqual(2);
    await vi.waitUntil(() => !scene.isFollowed('acme'), patience);

    expect(lost.closed()).toBe(false);
    scene.record('globex', 1);
    await vi.waitUntil(() => healthy.items.at(-1)?.contactVersion === 1, patience);
    expect(healthy.closed()).toBe(false);
    expect(scene.isFollowed('globex')).toBe(true);
    expect(scene.sockets()).toBe(1);
  });

  it('is found within 30 s at the pace of a server’s pings', () => {
    expect(2 * PING_MS).toBeLessThanOrEqual(FOUND_MS);
  });
});

describe('an event stream', () => {
  /** Makes events of about 10 KB, so that a reader who takes nothing fills every buffer on the way soon. */
  const many = Array.from({ length: 48 }, (_, index) => `${'n'.repeat(150)}${index}: cursor`).join(' ');
  const document = `subscription ($after: Cursor) { consentTransitions(after: $after) {
    __typename ... on ConsentTransition { contactVersion ${many} } ... on FeedCheckpoint { cursor } } }`;
  const EVENTS = 2_000;

  /** Reads from a bare socket, so that it can stop reading and see how the stream ends. */
  async function open(scene: Scene, organization: string, lastEventId: string | null = null) {
    const socket = connect({ port: scene.port, host: '127.0.0.1' });
    onTestFinished(() => void socket.destroy());
    let text = '';
    let ended = false;
    socket.setEncoding('utf8').on('data', (part: string) => (text += part));
    socket.on('error', () => undefined);
    socket.on('close', () => (ended = true));
    await once(socket, 'connect');
    const body = JSON.stringify({ query: document });
    const headers = [
      'POST /graphql/stream HTTP/1.1',
      'Host: 127.0.0.1',
      'Accept: text/event-stream',
      'Content-Type: application/json',
      `Authorization: Bearer ${await scene.token(organization)}`,
      `Content-Length: ${body.length}`,
      ...(lastEventId === null ? [] : [`Last-Event-ID: ${lastEventId}`]),
    ];
    socket.write([...headers, '', body].join('\r\n'));
    const whole = (): readonly string[] => text.split('\n\n').slice(0, -1);
    return {
      socket,
      ended: () => ended,
      isComplete: () => text.includes('event: complete'),
      /** The versions of the events that came whole. */
      versions: () =>
        whole()
          .flatMap((event) => /"contactVersion":(\d+)/.exec(event)?.[1] ?? [])
          .map(Number),
      lastEventId: () =>
        whole()
          .flatMap((event) => /^id: (.+)$/m.exec(event)?.[1] ?? [])
          .at(-1) ?? null,
      begun: () => vi.waitUntil(() => text.includes('FeedCheckpoint'), patience),
    };
  }

  const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

  it('is ended when nothing of it is taken for long, and goes on after the last event that was', async () => {
    // Long enough that who reads at all is not taken for one who does not.
    const scene = await start({ patienceMs: 2_000 });
    const stalled = await open(scene, 'acme');
    const healthy = await open(scene, 'globex');
    await Promise.all([stalled.begun(), healthy.begun()]);
    stalled.socket.pause();

    scene.record('acme', EVENTS);
    await vi.waitUntil(() => !scene.isFollowed('acme'), patience);

    expect(scene.isFollowed('globex')).toBe(true);
    stalled.socket.resume();
    await vi.waitUntil(() => stalled.ended(), patience);
    expect(stalled.isComplete()).toBe(false);
    const taken = stalled.versions();
    expect(taken.length).toBeLessThan(EVENTS);
    const resumed = await open(scene, 'acme', stalled.lastEventId());
    await vi.waitUntil(() => taken.length + resumed.versions().length >= EVENTS, { ...patience, interval: 100 });
    expect([...taken, ...resumed.versions()]).toEqual(upTo(EVENTS));
  });

  it('is not ended for being slow', async () => {
    const scene = await start({});
    const slow = await open(scene, 'acme');
    await slow.begun();
    slow.socket.pause();
    scene.record('acme', EVENTS);
    const read = async (): Promise<number> => {
      slow.socket.resume();
      const before = slow.versions().length;
      await vi.waitUntil(() => slow.versions().length > before, patience);
      slow.socket.pause();
      return slow.versions().length;
    };
    while ((await read()) < EVENTS);
    expect(slow.versions()).toEqual(upTo(EVENTS));
    expect(slow.ended()).toBe(false);
  });

  it('leaves nothing behind of a reader that is gone before it begins', async () => {
    const scene = await start({});
    const { opened, open: letIn } = gate();
    const authenticate = vi.fn(() => opened);
    scene.ways.authenticate = authenticate;
    const early = await open(scene, 'acme');
    await vi.waitUntil(() => authenticate.mock.calls.length > 0, patience);
    early.socket.destroy();
    await vi.waitUntil(async () => (await scene.connections()) === 0, patience);

    letIn();

    const later = await open(scene, 'globex');
    await later.begun();
    expect(scene.isFollowed('acme')).toBe(false);
  });

  it('ends without `complete` when its feed can’t be read, so that its reader comes back', async () => {
    const scene = await start({});
    const first = await open(scene, 'acme');
    await first.begun();
    first.socket.destroy();
    await vi.waitUntil(() => !scene.isFollowed('acme'), patience);
    scene.record('acme', 10);
    const { read } = scene.ways;
    scene.ways.read = () => Promise.reject(new Error('the database is away'));
    const broken = await open(scene, 'acme', first.lastEventId());
    await vi.waitUntil(() => broken.ended(), patience);
    expect(broken.isComplete()).toBe(false);
    await expect.poll(() => scene.log.lines.join()).toContain('an event stream broke off');

    scene.ways.read = read;
    const resumed = await open(scene, 'acme', first.lastEventId());
    await resumed.begun();
    expect(resumed.versions()).toEqual(upTo(10));
  });
});
