import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { PATIENCE } from '../../src/server/http.js';
import { setAttackScene, type AttackScene } from '../support/attack-scene.js';

let scene: AttackScene;

beforeAll(async () => {
  scene = await setAttackScene({}, { patience: { headersMs: 1_000, requestMs: 2_000, everyMs: 50 } });
});
afterAll(async () => {
  expect(scene.leaks()).toEqual([]);
  await scene.close();
});

/** Says a part and then a byte now and again, as long as it is listened to; resolves to what it was told. */
function drip(first: string, byte: string): Promise<string> {
  const { port } = new URL(scene.url);
  const socket: Socket = connect(Number(port), '127.0.0.1');
  let told = '';
  socket.setEncoding('utf8').on('data', (text: string) => (told += text));
  socket.on('error', () => undefined);
  if (first !== '') socket.write(first);
  const dripping = setInterval(() => byte !== '' && socket.writable && socket.write(byte), 100);
  onTestFinished(() => void socket.destroy());
  return new Promise((resolve) => {
    socket.once('close', () => {
      clearInterval(dripping);
      resolve(told);
    });
  });
}

const head = (path: string, length: number): string =>
  `POST ${path} HTTP/1.1\r\nhost: assent\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;

describe('a client that is slow on purpose', () => {
  it.each([
    ['says nothing at all', '', ''],
    ['never ends its headers', 'GET /graphql HTTP/1.1\r\nhost: assent\r\nx-slow: ', 'a'],
    ['sends header after header', 'GET /graphql HTTP/1.1\r\nhost: assent\r\n', 'a: b\r\n'],
    ['never ends its body', head('/graphql', 100_000) + '{"query":"', 'a'],
    ['never begins its body', head('/graphql/stream', 100_000), ''],
    ['never ends its webhook', head('/webhooks/whatsapp', 100_000), 'a'],
    [
      'never ends its last chunk',
      'POST /graphql HTTP/1.1\r\nhost: assent\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
      '1\r\na\r\n',
    ],
  ])('and %s is let go by the server itself', async (_how, first, byte) => {
    const told = await drip(first, byte);
    expect(told === '' || told.startsWith('HTTP/1.1 408 ')).toBe(true);
    expect(await scene.serves()).toBe(true);
  });

  it('keeps nobody else waiting: many of them are let go while others are answered', async () => {
    const slow = Array.from({ length: 500 }, () => drip('POST /graphql HTTP/1.1\r\nhost: assent\r\n', 'a: b\r\n'));
    expect(await scene.serves()).toBe(true);
    expect(await Promise.all(slow)).toHaveLength(500);
    expect(await scene.serves()).toBe(true);
  });

  it('has half a minute at most, unless a server is told otherwise', () => {
    expect(PATIENCE.headersMs).toBeLessThanOrEqual(15_000);
    expect(PATIENCE.requestMs).toBeLessThanOrEqual(30_000);
    expect(PATIENCE.everyMs).toBeLessThanOrEqual(5_000);
  });
});
