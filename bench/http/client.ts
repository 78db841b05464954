import { connect } from 'node:net';
import { now } from '../support/clock.js';
import { percentile } from '../support/statistics.js';
import { serve } from '../support/serve.js';

// Asks on many connections as fast as it is answered. Requests are bytes that are ready; answers are only told apart.
export type Load = {
  readonly port: number;
  /** Whole requests, sent in turn. */
  readonly requests: readonly string[];
  readonly connections: number;
  readonly forMs: number;
};

export type Loaded = { readonly perSecond: number; readonly p50: number; readonly p99: number };

const HEAD_END = '\r\n\r\n';
const OK = 'HTTP/1.1 200';
let turn = 0;

async function load({ port, requests, connections, forMs }: Load): Promise<Loaded> {
  const times: number[] = [];
  const begun = now();
  const isOver = (): boolean => now() - begun >= forMs;
  await Promise.all(Array.from({ length: connections }, () => askOn(port, requests, isOver, (ms) => times.push(ms))));
  const perSecond = (times.length * 1000) / (now() - begun);
  return { perSecond, p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}

function askOn(
  port: number,
  requests: readonly string[],
  isOver: () => boolean,
  answered: (ms: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let received = '';
    let asked = 0;
    const ask = (): void => {
      turn += 1;
      asked = now();
      socket.write(requests[turn % requests.length] ?? '', 'latin1');
    };
    socket.setEncoding('latin1');
    socket.on('connect', ask);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('a connection was closed')));
    socket.on('data', (part: string) => {
      received += part;
      if (!isWhole(received)) return;
      if (!received.startsWith(OK)) return reject(new Error(received.slice(0, 500)));
      answered(now() - asked);
      received = '';
      if (!isOver()) return ask();
      socket.removeAllListeners('close');
      socket.destroy();
      resolve();
    });
  });
}

function isWhole(received: string): boolean {
  const end = received.indexOf(HEAD_END);
  if (end < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(received.slice(0, end + 2))?.[1];
  if (length !== undefined) return received.length >= end + HEAD_END.length + Number(length);
  return received.endsWith(`\r\n0${HEAD_END}`);
}

serve({ load });
