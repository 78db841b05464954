import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openBareSocket } from '../support/bare-socket.js';
import { startFeedInMemory } from '../support/feed-in-memory.js';
import { gate } from '../support/provider-stand-in.js';

const FEED = 'subscription { consentTransitions { __typename ... on ConsentTransition { contactVersion } } }';
const WRITE = 'mutation { cancelMessage(input: { messageId: "none" }) { userErrors { code } } }';
const patience = { timeout: 30_000, interval: 5 };

type Scene = Awaited<ReturnType<typeof startFeedInMemory>>;
type Socket = ReturnType<typeof openBareSocket>;

async function start(options: Parameters<typeof startFeedInMemory>[0] = {}): Promise<Scene> {
  const scene = await startFeedInMemory(options);
  onTestFinished(scene.close);
  return scene;
}

async function follow(scene: Scene, token: string): Promise<Socket> {
  const socket = openBareSocket(scene.webSocketUrl);
  await socket.begin(token);
  socket.subscribe('feed', FEED);
  await socket.until(({ id, type }) => id === 'feed' && type === 'next');
  return socket;
}

const isTransition = (version: number) => (message: Socket['received'][number]) =>
  JSON.stringify(message.payload ?? {}).includes(`"contactVersion":${version}`);
const refusal = (code: string) => ({ type: 'reauth', accepted: false, code });

describe('a token that ends', () => {
  it('is announced in time, and its socket closed with 4403 when it has ended', async () => {
    const scene = await start();
    const before = Date.now();
    const socket = await follow(scene, await scene.token('acme', { seconds: 4 }));

    const notice = await socket.until(({ type }) => type === 'ping');
    expect(notice?.payload).toEqual({ type: 'reauth', expiresInMs: expect.any(Number) });
    expect(notice?.payload?.['expiresInMs']).toBeGreaterThan(0);
    expect(notice?.payload?.['expiresInMs']).toBeLessThanOrEqual(2_000);
    expect(await socket.closed()).toBe(4403);
    // The rest is for a busy machine.
    expect(Date.now() - before).toBeLessThan(4_000 + 10_000);
    expect(socket.received.filter(({ type }) => type === 'ping')).toHaveLength(1);
    await vi.waitUntil(() => !scene.isFollowed('acme'), patience);
  });

  it('is prolonged by a fresh one in a ping, and the feed goes on without a break', async () => {
    const scene = await start();
    const socket = await follow(scene, await scene.token('acme', { seconds: 4 }));
    scene.record('acme', 1);

    const said = await socket.renew(await scene.token('acme', { seconds: 3_600 }));
    expect(said).toEqual({ type: 'reauth', accepted: true, expiresInMs: expect.any(Number) });
    expect(said?.['expiresInMs']).toBeGreaterThan(3_000_000);
    const other = await follow(scene, await scene.token('acme', { seconds: 4, sub: 'agent-2' }));
    expect(await other.closed()).toBe(4403);

    scene.record('acme', 1);
    await socket.until(isTransition(2));
    expect(socket.closedWith()).toBeNull();
    expect(socket.received.filter(isTransition(1))).toHaveLength(1);
  });

  it('ends an event stream, which says why', async () => {
    const scene = await start();
    const response = await fetch(`http://127.0.0.1:${scene.port}/graphql/stream`, {
      method: 'POST',
      headers: {
        ...{ accept: 'text/event-stream', 'content-type': 'application/json' },
        authorization: `Bearer ${await scene.token('acme', { seconds: 4 })}`,
      },
      body: JSON.stringify({ query: FEED }),
    });
    const text = await response.text();

    expect(response.status).toBe(200);
    expect(text).toContain('"FeedCheckpoint"');
    expect(text).toMatch(/"code":"UNAUTHENTICATED","reason":"EXPIRED".*\n\nevent: complete\n/);
    await vi.waitUntil(() => !scene.isFollowed('acme'), patience);
  });
});

describe('a fresh token', () => {
  it('of another caller, of another organization, or that is none, is refused and changes nothing', async () => {
    const scene = await start();
    const socket = await follow(scene, await scene.token('acme'));

    expect(await socket.renew(await scene.token('acme', { sub: 'agent-2' }))).toMatchObject(refusal('FORBIDDEN'));
    expect(await socket.renew(await scene.token('globex'))).toMatchObject(refusal('FORBIDDEN'));
    expect(await socket.renew(scene.key('acme', ['read']))).toMatchObject(refusal('FORBIDDEN'));
    expect(await socket.renew('garbage')).toMatchObject(refusal('UNAUTHENTICATED'));
    expect(await socket.renew(await scene.token('acme', { seconds: -1 }))).toMatchObject(refusal('UNAUTHENTICATED'));

    scene.record('globex', 3);
    scene.record('acme', 1);
    await socket.until(isTransition(1));
    expect(socket.received.some(isTransition(2))).toBe(false);
    expect(socket.closedWith()).toBeNull();
    expect(JSON.stringify(socket.received)).not.toContain('Bearer');
  });

  it('of a narrower role takes effect at once, and leaves alone what that role allows too', async () => {
    const scene = await start();
    const socket = await follow(scene, await scene.token('acme', { role: 'admin' }));

    expect(await socket.renew(await scene.token('acme', { role: 'supervisor' }))).toMatchObject({ accepted: true });
    socket.subscribe('write', WRITE);

    const answer = await socket.until(({ id, type }) => id === 'write' && type !== 'complete');
    expect(JSON.stringify(answer)).toContain('"FORBIDDEN"');
    scene.record('acme', 1);
    await socket.until(isTransition(1));
  });

  it('of narrower scopes ends what these no longer allow', async () => {
    const scene = await start();
    const socket = await follow(scene, scene.key('acme', ['read', 'write']));
    expect(scene.isFollowed('acme')).toBe(true);

    expect(await socket.renew(scene.key('acme', ['write']))).toMatchObject({ accepted: true, expiresInMs: null });

    const end = await socket.until(({ id, type }) => id === 'feed' && type === 'error');
    expect(end?.payload).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    await vi.waitUntil(() => !scene.isFollowed('acme'), patience);
    scene.record('acme', 1);
    socket.subscribe('again', FEED);
    const answer = await socket.until(({ id }) => id === 'again');
    expect(JSON.stringify(answer)).toContain('"FORBIDDEN"');
    expect(socket.received.some(isTransition(1))).toBe(false);
    expect(socket.closedWith()).toBeNull();
  });

  it('is looked at one at a time', async () => {
    const scene = await start();
    const socket = await follow(scene, await scene.token('acme'));
    const { opened, open } = gate();
    const looking = vi.fn(() => opened);
    scene.ways.authenticate = looking;

    const token = await scene.token('initech', { sub: 'agent-1' });
    const waiting = socket.renew(token);
    await vi.waitUntil(() => looking.mock.calls.length > 0, patience);
    socket.send({ type: 'ping', payload: { authorization: `Bearer ${token}` } });
    expect(await waiting).toMatchObject(refusal('RATE_LIMITED'));
    open();
  });
});

describe('a permission that is taken back', () => {
  it('closes its sockets with 4403 and ends its streams; those of others stay; all are asked about at once', async () => {
    const scene = await start({ watchMs: 100 });
    const ana = await follow(scene, await scene.token('acme', { sub: 'ana' }));
    const bert = await follow(scene, await scene.token('acme', { sub: 'bert' }));
    const partner = await follow(scene, scene.key('acme', ['read']));
    await expect.poll(() => scene.questions.some(({ length }) => length === 3), patience).toBe(true);
    const stream = fetch(`http://127.0.0.1:${scene.port}/graphql/stream?query=${encodeURIComponent(FEED)}`, {
      headers: { accept: 'text/event-stream', authorization: `Bearer ${await scene.token('acme', { sub: 'ana' })}` },
    }).then((response) => response.text());
    await expect.poll(() => scene.questions.some(({ length }) => length === 4), patience).toBe(true);

    scene.revoked.add('ana').add('partner:partner-1');

    expect(await ana.closed()).toBe(4403);
    expect(await partner.closed()).toBe(4403);
    expect(await stream).toMatch(/"reason":"REVOKED".*\n\nevent: complete\n/);
    scene.record('acme', 1);
    await bert.until(isTransition(1));
    expect(bert.closedWith()).toBeNull();
  });

  it('is found later when it can’t be told now, and nobody is let out for that', async () => {
    const scene = await start({ watchMs: 50 });
    const ana = await follow(scene, await scene.token('acme', { sub: 'ana' }));
    scene.ways.revocations = () => Promise.reject(new Error('the database is away'));
    scene.revoked.add('ana');
    await expect.poll(() => scene.log.lines.join(), patience).toContain('which callers were revoked');
    expect(ana.closedWith()).toBeNull();

    scene.ways.revocations = () => Promise.resolve();

    expect(await ana.closed()).toBe(4403);
  });
});

describe('a caller that can’t be told now', () => {
  it('is asked to come back: 1013 on a socket, 503 for a stream', async () => {
    const scene = await start();
    scene.ways.authenticate = () => Promise.reject(new Error('the database is away'));
    const socket = openBareSocket(scene.webSocketUrl);
    await socket.opened();
    const authorization = `Bearer ${await scene.token('acme')}`;
    socket.send({ type: 'connection_init', payload: { authorization } });

    expect(await socket.closed()).toBe(1013);
    const response = await fetch(`http://127.0.0.1:${scene.port}/graphql/stream?query=${encodeURIComponent(FEED)}`, {
      headers: { accept: 'text/event-stream', authorization },
    });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] });
  });
});

describe('the upgrade to a socket', () => {
  it('is refused to pages of other origins, before there is a socket', async () => {
    const scene = await start({ allowedOrigins: ['https://app.example.com'] });
    const from = (origin: string) => openBareSocket(scene.webSocketUrl, { origin });

    expect(await from('https://evil.example.com').refused()).toBe(403);
    expect(await from('null').refused()).toBe(403);
    expect(scene.sockets()).toBe(0);
    await from('https://app.example.com').begin(await scene.token('acme'));
    await from(`http://127.0.0.1:${scene.port}`).begin(await scene.token('acme'));
  });

  it('is refused with 503 when an address opens many and says of none who it is', async () => {
    const scene = await start({ limits: { inTotal: 10, ofCaller: 10, unknownOfAddress: 2 } });
    const [one, two] = [openBareSocket(scene.webSocketUrl), openBareSocket(scene.webSocketUrl)];
    await Promise.all([one.opened(), two.opened()]);

    expect(await openBareSocket(scene.webSocketUrl).refused()).toBe(503);
    await one.begin(await scene.token('acme'));
    await openBareSocket(scene.webSocketUrl).opened();
  });

  it('is refused with 503 when there is no room, and the next caller’s place is theirs', async () => {
    const scene = await start({ limits: { inTotal: 3, ofCaller: 2, unknownOfAddress: 3 } });
    const ana = await scene.token('acme', { sub: 'ana' });
    const [one, two, three] = [1, 2, 3].map(() => openBareSocket(scene.webSocketUrl));
    await one?.begin(ana);
    await two?.begin(ana);
    await three?.opened();
    expect(await openBareSocket(scene.webSocketUrl).refused()).toBe(503);

    three?.send({ type: 'connection_init', payload: { authorization: `Bearer ${ana}` } });
    expect(await three?.closed()).toBe(1013);
    await vi.waitUntil(() => scene.sockets() === 2, patience);
    const place = openBareSocket(scene.webSocketUrl);
    await place.begin(await scene.token('acme', { sub: 'bert' }));
  });

  it('leaves no count behind of clients that left while it was looked at who they are', async () => {
    const scene = await start({ limits: { inTotal: 10, ofCaller: 1, unknownOfAddress: 10 } });
    const token = await scene.token('acme');
    const { opened, open } = gate();
    const looking = vi.fn(() => opened);
    scene.ways.authenticate = looking;
    const early = openBareSocket(scene.webSocketUrl);
    await early.opened();
    early.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    await vi.waitUntil(() => looking.mock.calls.length > 0, patience);
    early.socket.terminate();
    await vi.waitUntil(() => scene.sockets() === 0, patience);
    open();

    await openBareSocket(scene.webSocketUrl).begin(token);
  });
});
