import { Counter, Gauge, type Registry } from 'prom-client';
import { channels, type Channel } from '../domain/message/message.js';
import type { PoolLoad } from '../domain/ports/figures.js';
import { knownCode } from './operation-metrics.js';
import type { ObservedOperation } from './operation-observer.js';

type Transport = ObservedOperation['transport'];

/** Codes that sockets are closed with by us, by clients that keep the protocol and by broken networks. */
const closeCodes = new Set([
  1000, 1001, 1005, 1006, 1008, 1009, 1011, 1012, 1013, 4400, 4401, 4403, 4406, 4408, 4409, 4429, 4500,
]);

const webhookResults: Readonly<Record<number, string>> = {
  200: 'stored',
  400: 'unreadable',
  401: 'unsigned',
  413: 'too_large',
};

/** What comes in and goes out at the edges of this server: sockets, webhooks, refusals, connections. */
export function createEdgeMetrics(
  register: Registry,
  options: { readonly sockets: () => number; readonly pools: () => readonly PoolLoad[] },
) {
  const { sockets, pools } = options;
  const registers = [register];
  new Gauge({
    name: 'assent_sockets',
    help: 'Open WebSocket connections.',
    registers,
    collect() {
      this.set(sockets());
    },
  });
  new Gauge({
    name: 'assent_pool_connections',
    help: 'Connections to the database that this server may open, by whether something is asked of them.',
    labelNames: ['pool', 'state'],
    registers,
    collect() {
      for (const { pool, connections, inUse } of pools()) {
        this.set({ pool, state: 'in_use' }, inUse);
        this.set({ pool, state: 'idle' }, connections - inUse);
      }
    },
  });
  new Gauge({
    name: 'assent_pool_waiting',
    help: 'What waits for a connection to the database, or behind something else on the same one.',
    labelNames: ['pool'],
    registers,
    collect() {
      for (const { pool, waiting } of pools()) this.set({ pool }, waiting);
    },
  });
  const closes = new Counter({
    name: 'assent_socket_closes_total',
    help: 'WebSocket connections that ended, by close code.',
    labelNames: ['code'],
    registers,
  });
  const webhooks = new Counter({
    name: 'assent_webhooks_total',
    help: 'Requests of providers, by what became of them.',
    labelNames: ['channel', 'result'],
    registers,
  });
  const quarantined = new Counter({
    name: 'assent_webhooks_quarantined_total',
    help: 'Webhooks that were set aside as replays: all of each was older than 8 days.',
    registers,
  });
  const refusals = new Counter({
    name: 'assent_operations_refused_total',
    help: 'Operations that were not begun, by why: RATE_LIMITED, QUERY_TOO_COMPLEX and so on.',
    labelNames: ['transport', 'code'],
    registers,
  });
  for (const channel of channels) {
    for (const result of [...Object.values(webhookResults), 'failed']) webhooks.inc({ channel, result }, 0);
  }

  return {
    socketClosed: (code: number): void => closes.inc({ code: closeCodes.has(code) ? String(code) : 'other' }),
    /** Counts a webhook by the status that it was answered with. */
    webhook: (channel: Channel, status: number): void =>
      webhooks.inc({ channel, result: webhookResults[status] ?? 'failed' }),
    webhookQuarantined: (): void => quarantined.inc(),
    /** Counts an operation that was not begun, by the code of the first error. */
    refused: (transport: Transport, code: unknown): void => refusals.inc({ transport, code: knownCode(code) }),
  };
}
