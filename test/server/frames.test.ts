import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { addressOf, framesOf } from '../../src/server/frames.js';

/** A connection whose bytes leave at once, or wait until the test lets them go. */
function connection(options: { readonly isSlow: boolean; readonly extensions?: string; readonly live?: number }) {
  const written: Buffer[] = [];
  const sent: string[] = [];
  let corked = 0;
  let held: Buffer[] = [];
  const raw = {
    writableLength: 0,
    cork: () => void (corked += 1),
    uncork: () => {
      corked -= 1;
      if (corked > 0) return;
      written.push(Buffer.concat(held));
      held = [];
    },
    write: (bytes: Buffer): boolean => {
      if (corked > 0) {
        held.push(bytes);
        raw.writableLength += bytes.length;
        return true;
      }
      // What leaves at once is copied by the system; what waits is kept as it is.
      written.push(options.isSlow ? bytes : Buffer.from(bytes));
      if (options.isSlow) raw.writableLength += bytes.length;
      return true;
    },
  };
  const socket = { readyState: 1, OPEN: 1, extensions: options.extensions ?? '', live: options.live, _socket: raw };
  const webSocket = Object.assign(socket, { send: (text: string) => sent.push(text) }) as unknown as WebSocket;
  return { webSocket, written, sent };
}

/** The texts of unmasked frames. */
function textsOf(bytes: Buffer): readonly string[] {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    expect(bytes[at]).toBe(0x81);
    const short = bytes[at + 1] ?? 0;
    const [head, length] =
      short < 126
        ? [2, short]
        : short === 126
          ? [4, bytes.readUInt16BE(at + 2)]
          : [10, Number(bytes.readBigUInt64BE(at + 2))];
    texts.push(bytes.toString('utf8', at + head, at + head + length));
    at += head + length;
  }
  return texts;
}

const next = (id: string, payload: string): string => `{"id":"${id}","type":"next","payload":${payload}}`;

describe('the frames of a delivery', () => {
  it('carry the id of each subscriber, all in one write, whatever their length', () => {
    const payloads = ['{"data":1}', `{"data":"${'é'.repeat(200)}"}`, `{"data":"${'x'.repeat(70_000)}"}`];
    const frames = framesOf(payloads);
    const ids = ['1', 'ab-1', '2', 'an.id:of_its-own'];
    for (const id of ids) {
      const { webSocket, written } = connection({ isSlow: false });
      frames.sendTo(addressOf(webSocket, id));
      expect(written).toHaveLength(1);
      expect(textsOf(written[0] ?? Buffer.alloc(0))).toEqual(payloads.map((payload) => next(id, payload)));
    }
  });

  it('stay as they were for a subscriber whose bytes have not left when the next one is written to', () => {
    const frames = framesOf(['{"data":1}']);
    const clients = ['aaaa', 'bbbb', 'cccc', 'dddd'].map((id, index) => ({
      id,
      ...connection({ isSlow: index % 2 === 0 }),
    }));
    for (const { id, webSocket } of clients) frames.sendTo(addressOf(webSocket, id));
    for (const { id, written } of clients) {
      expect(written.flatMap(textsOf)).toEqual([next(id, '{"data":1}')]);
    }
  });

  it('leave together with those of other deliveries that are ready, where a socket has several operations', async () => {
    const { webSocket, written } = connection({ isSlow: false, live: 2 });
    framesOf(['{"data":1}', '{"data":2}']).sendTo(addressOf(webSocket, 'a'));
    await Promise.resolve();
    framesOf(['{"data":3}']).sendTo(addressOf(webSocket, 'b'));
    expect(written).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(written.map(textsOf)).toEqual([[next('a', '{"data":1}'), next('a', '{"data":2}'), next('b', '{"data":3}')]]);
  });

  it.each([
    ['whose id has to be escaped', 'an "id"', ''],
    ['that asked for compression', '1', 'permessage-deflate'],
  ])('go through the library to a subscriber %s', (_, id, extensions) => {
    const { webSocket, written, sent } = connection({ isSlow: false, extensions });
    framesOf(['{"data":1}', '{"data":2}']).sendTo(addressOf(webSocket, id));
    expect(written).toEqual([]);
    expect(sent.map((text) => JSON.parse(text) as unknown)).toEqual([
      { id, type: 'next', payload: { data: 1 } },
      { id, type: 'next', payload: { data: 2 } },
    ]);
  });
});
