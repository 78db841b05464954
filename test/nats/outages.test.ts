import { v7 as newId } from 'uuid';
import { describe, expect, it, onTestFinished } from 'vitest';
import { arrives, feedOf, hintsSubject, joinNats, twoServers } from '../support/nats-neighbours.js';
import { startNatsServer } from '../support/nats-server.js';
import { transitionViews } from '../support/transition-views.js';

const acme = newId();
const other = newId();
const hint = { organizationId: acme, contactId: null };
const linesWith = (lines: readonly string[], text: string): readonly string[] =>
  lines.filter((line) => line.includes(text));

describe('when NATS is killed', () => {
  it('servers come back to it with all that they listen to, and say each of the two once', async () => {
    const { server, one, another, heard } = await twoServers(onTestFinished);
    const before = another.follow(acme);
    await heard(feedOf(acme));
    await server.kill();
    await arrives(() => expect([one.connected(), another.connected()]).toEqual([false, false]));
    one.publish([hint]);
    one.publishBatch(acme, transitionViews(acme, 1n, 1));
    const meanwhile = another.follow(other);
    const left = another.follow(newId());
    left.leave();
    await arrives(() => expect(linesWith(another.log.lines, 'NATS is away')).toHaveLength(1));

    await server.start();
    await heard(hintsSubject, 2);
    await heard(feedOf(other));
    expect(await server.subjects()).toHaveLength(4);
    await Promise.all([one.isConnected(), another.isConnected()]);
    const batches = [transitionViews(acme, 2n, 1), transitionViews(other, 1n, 1)] as const;
    one.publishBatch(acme, batches[0]);
    one.publishBatch(other, batches[1]);
    await arrives(() => expect(meanwhile.batches).toEqual([batches[1]]));
    expect(before.batches).toEqual([batches[0]]);
    // What was published while it was away was dropped, not kept for later.
    expect(another.wakes).toEqual([]);
    one.publish([hint]);
    await arrives(() => expect(another.wakes).toEqual([hint]));
    for (const { log } of [one, another]) {
      expect(linesWith(log.lines, 'NATS is away')).toHaveLength(1);
      expect(linesWith(log.lines, 'connected to NATS')).toHaveLength(2);
    }
  });
});

describe('when NATS is not there', () => {
  it('a server starts without it, and finds it later', async () => {
    const server = await startNatsServer(onTestFinished);
    await server.kill();
    const [one, another] = [joinNats(onTestFinished, server.url), joinNats(onTestFinished, server.url)];
    const { batches } = another.follow(acme);
    one.publish([hint]);
    await arrives(() => expect(linesWith(one.log.lines, 'NATS is away')).toHaveLength(1));
    expect(one.log.lines.join()).toContain('connection refused');
    await server.start();
    await arrives(async () => expect(await server.subjects()).toHaveLength(3));
    await one.isConnected();
    const transitions = transitionViews(acme, 1n, 1);
    one.publishBatch(acme, transitions);
    await arrives(() => expect(batches).toEqual([transitions]));
    expect(linesWith(one.log.lines, 'NATS is away')).toHaveLength(1);
  });

  it.each([
    { since: 'before the server started', wasThere: false },
    { since: 'since the server was connected', wasThere: true },
  ])('a server stops all the same, and lets go of it: $since', async ({ wasThere }) => {
    const server = await startNatsServer(onTestFinished);
    if (!wasThere) await server.kill();
    const one = joinNats(onTestFinished, server.url);
    if (wasThere) await one.isConnected();
    await server.kill();
    await arrives(() => expect(linesWith(one.log.lines, 'NATS is away')).toHaveLength(1));
    const before = Date.now();
    await one.stop();
    expect(Date.now() - before).toBeLessThan(10_000);
    await server.start();
    const witness = joinNats(onTestFinished, server.url);
    await witness.isConnected();
    await arrives(async () => expect(await server.subjects()).toHaveLength(1));
    expect(one.connected()).toBe(false);
  });
});

describe('when NATS hangs', { timeout: 180_000 }, () => {
  it.each([
    { much: 'nothing', megabytes: 0 },
    { much: 'more than sockets hold', megabytes: 24 },
  ])('it counts as away after a few seconds, with $much on the way to it', async ({ megabytes }) => {
    const { server, one, another, heard } = await twoServers(onTestFinished);
    const { batches } = another.follow(acme);
    await heard(feedOf(acme));
    server.freeze();
    const frozenAt = Date.now();
    const megabyte = transitionViews(acme, 1n, 3_500);
    for (let sent = 0; sent < megabytes; sent += 1) one.publishBatch(acme, megabyte);
    await arrives(() => expect([one.connected(), another.connected()]).toEqual([false, false]));
    expect(Date.now() - frozenAt).toBeLessThan(20_000);
    server.thaw();
    await Promise.all([one.isConnected(), another.isConnected()]);
    await heard(feedOf(acme));
    await heard(hintsSubject, 2);
    const transitions = transitionViews(acme, 1_000_000n, 1);
    one.publishBatch(acme, transitions);
    await arrives(() => expect(batches.at(-1)).toEqual(transitions));
  });

  it('a server stops all the same', async () => {
    const { server, one } = await twoServers(onTestFinished);
    server.freeze();
    onTestFinished(server.thaw);
    const before = Date.now();
    await one.stop();
    expect(Date.now() - before).toBeLessThan(10_000);
  });
});

describe('credentials in NATS_URL', () => {
  it.each([
    {
      what: 'a user and a password',
      settings: 'authorization { user: "an app", password: "p@ss/w:rd" }',
      as: 'an%20app:p%40ss%2Fw%3Ard',
    },
    { what: 'a token', settings: 'authorization { token: "s3cret" }', as: 's3cret' },
  ])('open the way with $what', async ({ settings, as }) => {
    const server = await startNatsServer(onTestFinished, settings);
    const one = joinNats(onTestFinished, server.url.replace('://', `://${as}@`));
    await one.isConnected();
  });

  it('are in no line of the log when they are wrong, which says what is the matter', async () => {
    const server = await startNatsServer(onTestFinished, 'authorization { user: app, password: right }');
    const one = joinNats(onTestFinished, server.url.replace('://', '://app:hunter2@'));
    await arrives(() => expect(one.log.lines.join()).toContain('Authorization Violation'));
    expect(one.connected()).toBe(false);
    expect(one.log.lines.join()).not.toContain('hunter2');
  });
});

describe('permissions that are missing', () => {
  it('are said once, and what is allowed goes on', async () => {
    const { one, another } = await twoServers(
      onTestFinished,
      'authorization { users: [{ user: app, password: pw, permissions: { publish: "*.*.hints", subscribe: "*.*.hints" } }] }, no_auth_user: app',
    );
    for (let position = 1n; position <= 20n; position += 1n) {
      one.publishBatch(acme, transitionViews(acme, position, 1));
      one.follow(newId());
    }
    one.publish([hint]);
    await arrives(() => expect(another.wakes).toEqual([hint]));
    // Whatever was refused has been told to it by then.
    another.publish([hint]);
    await arrives(() => expect(one.wakes).toEqual([hint]));
    expect(linesWith(one.log.lines, 'NATS refused something')).toHaveLength(1);
    expect(linesWith(one.log.lines, 'a message of NATS was lost').length).toBeLessThanOrEqual(1);
  });
});

describe('several addresses in NATS_URL', () => {
  it('are tried until one takes the connection', async () => {
    const [gone, here] = await Promise.all([startNatsServer(onTestFinished), startNatsServer(onTestFinished)]);
    await gone.kill();
    const one = joinNats(onTestFinished, `${gone.url}, ${here.url}`);
    await one.isConnected();
    expect(linesWith(one.log.lines, 'NATS is away')).toEqual([]);
  });
});

describe('two installations on one NATS', () => {
  it('hear nothing of each other', async () => {
    const { server, one, another, heard } = await twoServers(onTestFinished);
    const stranger = joinNats(onTestFinished, server.url, 'fedcba9876543210');
    await stranger.isConnected();
    const theirs = stranger.follow(acme);
    const ours = another.follow(acme);
    await heard(feedOf(acme));
    await heard(feedOf(acme).replace('0123456789abcdef', 'fedcba9876543210'));
    one.publish([hint]);
    const transitions = transitionViews(acme, 1n, 1);
    one.publishBatch(acme, transitions);
    await arrives(() => expect(ours.batches).toEqual([transitions]));
    await arrives(() => expect(another.wakes).toEqual([hint]));
    // What comes after the others' messages on the same connection has come: they had none.
    stranger.publish([hint]);
    const echo = joinNats(onTestFinished, server.url, 'fedcba9876543210');
    await echo.isConnected();
    echo.publish([hint]);
    await arrives(() => expect(stranger.wakes).toEqual([hint]));
    expect(theirs.batches).toEqual([]);
    expect(one.wakes).toEqual([]);
  });
});
