import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { now } from '../support/clock.js';
import { EVENT_BYTES, subscription } from './event.js';
import { clientFrame, createFrameReader } from './frames.js';
import { tokenOf } from './tokens.js';

/**
 * How a connection begins: not at all, with the handshake of WebSocket, or with a subscription too; Assent answers the
 * subscription with a checkpoint, by which the client knows that it has begun.
 */
export type Greeting = 'NONE' | 'WEBSOCKET' | 'SUBSCRIPTION' | 'SUBSCRIPTION_WITH_CHECKPOINT';

const AT_ONCE = 100;
const PONG = clientFrame(10, '');
const CLOSE = clientFrame(8, '');
const HEADERS = [
  'GET /graphql HTTP/1.1',
  'Host: 127.0.0.1',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
];

type Member = { readonly socket: Socket; count: number; leaving: boolean; readonly gone: Promise<void> };

const initOf = (subject: string): string =>
  JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${tokenOf(subject)}` } });

/** Subscribers on raw sockets, which count what comes. `all` hears when everybody has had an event, and when. */
export function createCrowd(all: (received: number, at: number) => void) {
  // Every socket reads into the same bytes: they are looked at before the next one reads.
  const buffer = Buffer.allocUnsafe(256 * 1024);
  let members: Member[] = [];
  let arrivals: number[] = [];
  let sampled: string | null = null;

  function counted(member: Member): void {
    member.count += 1;
    const arrived = (arrivals[member.count] ?? 0) + 1;
    arrivals[member.count] = arrived;
    if (arrived === members.length) all(member.count, now());
  }

  function open(port: number, greeting: Greeting): Promise<Member> {
    return new Promise((resolve, reject) => {
      let upgraded = greeting === 'NONE';
      let answer = '';
      let begun = false;
      const socket = connect({
        port,
        host: '127.0.0.1',
        noDelay: true,
        onread: {
          buffer,
          callback: (bytes) => {
            reader.read(buffer, upgraded ? 0 : headEnd(bytes), bytes);
            return true;
          },
        },
      });
      const gone = new Promise<void>((left) => {
        socket.once('close', () => {
          if (!begun) reject(new Error(`the server ended a connection: ${answer.slice(0, 200)}`));
          left();
        });
      });
      const member: Member = { socket, count: 0, leaving: false, gone };
      const begin = (): void => {
        if (begun) return;
        begun = true;
        resolve(member);
      };
      const reader = createFrameReader(
        () => !begun || sampled === null,
        (kind, length, payload) => {
          if (kind === 'PING') return void socket.write(PONG);
          if (kind === 'CLOSE') {
            answer = `close ${payload?.length ? payload.readUInt16BE(0) : ''} ${Buffer.from(payload ?? []).toString('latin1', 2)}`;
            return void socket.end();
          }
          if (kind !== 'TEXT') return;
          if (length >= EVENT_BYTES) {
            sampled ??= payload === null ? null : Buffer.from(payload).toString();
            return counted(member);
          }
          if (begun) return;
          const text = Buffer.from(payload ?? []).toString();
          if (text.includes('"connection_ack"')) {
            socket.write(
              clientFrame(1, JSON.stringify({ id: randomUUID(), type: 'subscribe', payload: { query: subscription } })),
            );
            if (greeting === 'SUBSCRIPTION') begin();
          } else if (text.includes('"next"')) begin();
          else if (text.includes('"error"')) reject(new Error(text));
        },
      );
      /** Where the frames begin; the end of what was read while the handshake is not over. */
      function headEnd(bytes: number): number {
        const before = answer.length;
        answer += buffer.toString('latin1', 0, bytes);
        const end = answer.indexOf('\r\n\r\n');
        if (end < 0) return bytes;
        if (!answer.startsWith('HTTP/1.1 101')) reject(new Error(answer.slice(0, 200)));
        upgraded = true;
        if (greeting === 'WEBSOCKET') begin();
        else socket.write(clientFrame(1, initOf(`agent-${process.pid}-${members.length}`)));
        return end + 4 - before;
      }
      socket.on('error', () => socket.destroy());
      socket.once('connect', () => {
        if (greeting === 'NONE') return begin();
        const protocol = greeting === 'WEBSOCKET' ? [] : ['Sec-WebSocket-Protocol: graphql-transport-ws'];
        socket.write([...HEADERS, ...protocol, '', ''].join('\r\n'));
      });
    });
  }

  return {
    async join(options: { readonly port: number; readonly count: number; readonly greeting: Greeting }): Promise<void> {
      let left = options.count;
      const comeInTurn = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          members.push(await open(options.port, options.greeting));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, comeInTurn));
    },
    /** The newest leave; resolves when the server has let go of them. */
    async leave(count: number): Promise<void> {
      const leaving = members.slice(members.length - count);
      members = members.slice(0, members.length - count);
      for (const { socket } of leaving) socket.write(CLOSE);
      await Promise.all(leaving.map(({ gone }) => gone));
    },
    restart(): void {
      arrivals = [];
      for (const member of members) member.count = 0;
    },
    /** The first event that came, as text. */
    sample: (): string | null => sampled,
  };
}
