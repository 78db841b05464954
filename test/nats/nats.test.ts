import { v7 as newId } from 'uuid';
import { describe, expect, it, onTestFinished } from 'vitest';
import { arrives, feedOf, hintsSubject, twoServers } from '../support/nats-neighbours.js';
import { transitionViews } from '../support/transition-views.js';

const acme = newId();
const other = newId();

describe('hints through NATS', () => {
  it('reach the other servers, and not the one that gave them', async () => {
    const { one, another } = await twoServers(onTestFinished);
    one.publish([{ organizationId: acme, contactId: null }]);
    another.publish([{ organizationId: acme, contactId: other }]);
    await arrives(() => expect(another.wakes).toEqual([{ organizationId: acme, contactId: null }]));
    await arrives(() => expect(one.wakes).toEqual([{ organizationId: acme, contactId: other }]));
  });

  it('go together when many come at once', async () => {
    const { server, one, another } = await twoServers(onTestFinished);
    const messages = await server.listen(hintsSubject);
    const contacts = Array.from({ length: 2_500 }, () => newId());
    for (const contactId of [...contacts, ...contacts]) one.publish([{ organizationId: acme, contactId }]);
    await arrives(() => expect(new Set(another.wakes.map(({ contactId }) => contactId))).toEqual(new Set(contacts)));
    // The first left at once, before it was given again.
    expect(another.wakes.length).toBeLessThanOrEqual(contacts.length + 1);
    expect(messages.length).toBeLessThan(10);
  });

  it('are not lost when the server stops right after', async () => {
    const { one, another } = await twoServers(onTestFinished);
    one.publish([{ organizationId: acme, contactId: null }]);
    one.publish([{ organizationId: other, contactId: null }]);
    await one.stop();
    await arrives(() => expect(another.wakes).toHaveLength(2));
  });
});

describe('batches through NATS', () => {
  it('arrive as they were published, at whoever listens to the organization', async () => {
    const { one, another, heard } = await twoServers(onTestFinished);
    const [first, second] = [another.follow(acme), another.follow(acme)];
    const elsewhere = another.follow(other);
    await heard(feedOf(acme));
    await heard(feedOf(other));
    const transitions = transitionViews(acme, 9_007_199_254_740_993n, 3);
    one.publishBatch(acme, transitions);
    await arrives(() => expect(second.batches).toEqual([transitions]));
    expect(first.batches).toEqual([transitions]);
    expect(elsewhere.batches).toEqual([]);
  });

  it('are subscribed to only while somebody listens', async () => {
    const { another, heard } = await twoServers(onTestFinished);
    await heard(feedOf(acme), 0);
    const [first, second] = [another.follow(acme), another.follow(acme)];
    await heard(feedOf(acme), 1);
    first.leave();
    first.leave();
    await heard(feedOf(acme), 1);
    second.leave();
    await heard(feedOf(acme), 0);
    another.follow(acme);
    await heard(feedOf(acme), 1);
  });

  it('come in messages of no more than 256 KiB, whole and in order', async () => {
    const { server, one, another, heard } = await twoServers(onTestFinished);
    const messages = await server.listen(feedOf(acme));
    const { batches } = another.follow(acme);
    await heard(feedOf(acme), 2);
    const transitions = transitionViews(acme, 1n, 3_000);
    one.publishBatch(acme, transitions);
    await arrives(() => expect(batches.flat()).toHaveLength(3_000));
    expect(batches.flat()).toEqual(transitions);
    const sizes = messages.map(({ text }) => Buffer.byteLength(text));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(256 * 1024);
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThan(250 * 1024);
  });

  it('keep to what the NATS server takes', async () => {
    const { one, another, heard } = await twoServers(onTestFinished, 'max_payload: 4096');
    const { batches } = another.follow(acme);
    await heard(feedOf(acme));
    one.publishBatch(acme, transitionViews(acme, 1n, 100));
    await arrives(() => expect(batches.flat()).toHaveLength(100));
  });

  it('are ignored when they are not what they should be, and said to be at most once a minute', async () => {
    const { server, one, another, heard } = await twoServers(onTestFinished);
    const { batches } = another.follow(acme);
    await heard(feedOf(acme));
    const good = transitionViews(acme, 1n, 2);
    const [first, second] = good.map((view) => ({ ...view, position: view.position.toString() }));
    const wrong: readonly unknown[] = [
      null,
      [],
      { v: 2, transitions: [first] },
      { v: 1, transitions: [] },
      { v: 1, transitions: [second, first] },
      { v: 1, transitions: [first, { ...second, position: '3' }] },
      { v: 1, transitions: [{ ...first, position: 1 }] },
      { v: 1, transitions: [{ ...first, position: '-1' }] },
      { v: 1, transitions: [{ ...first, position: '99999999999999999999' }] },
      { v: 1, transitions: [{ ...first, contactId: "'; drop table feed" }] },
      { v: 1, transitions: [{ ...first, to: 'ASLEEP' }] },
      { v: 1, transitions: [{ ...first, occurredAt: 'yesterday' }] },
      { v: 1, transitions: [{ ...first, recordedAt: undefined }] },
    ];
    for (const subject of [feedOf(acme), hintsSubject]) {
      for (const text of ['', '{', '\u0000', ...wrong.map((one) => JSON.stringify(one))]) {
        await server.publish(subject, text);
      }
    }
    one.publishBatch(acme, good);
    await arrives(() => expect(batches).toEqual([good]));
    expect(another.wakes).toEqual([]);
    expect(another.log.lines.filter((line) => line.includes('a message of NATS was lost'))).toHaveLength(1);
  });

  it('go on when a listener fails', async () => {
    const { one, another, heard } = await twoServers(onTestFinished);
    let calls = 0;
    another.subscribe(acme, () => {
      calls += 1;
      throw new Error('a listener is broken');
    });
    await heard(feedOf(acme));
    one.publishBatch(acme, transitionViews(acme, 1n, 1));
    one.publishBatch(acme, transitionViews(acme, 2n, 1));
    await arrives(() => expect(calls).toBe(2));
    one.publish([{ organizationId: acme, contactId: null }]);
    await arrives(() => expect(another.wakes).toHaveLength(1));
  });
});
