import { describe, expect, it } from 'vitest';
import type { Figures } from '../../src/domain/ports/figures.js';
import { createMetrics } from '../../src/server/metrics.js';
import { SECOND } from '../support/policy.js';

const start = new Date('2026-03-02T09:00:00.000Z');
const nothing: Figures = {
  queued: [],
  held: [],
  heldTotal: 0,
  unconfirmed: 0,
  refused: { channels: 0, templates: 0 },
  feed: { waiting: 0, since: null },
};

function metricsOf(read: () => Promise<Figures>) {
  let now = start;
  const warnings: string[] = [];
  const log = { debug() {}, info() {}, error() {}, warn: (_: object, message: string) => void warnings.push(message) };
  const pools = () => [
    { pool: 'system', connections: 5, inUse: 2, waiting: 0 },
    { pool: 'organizations', connections: 10, inUse: 10, waiting: 7 },
  ];
  const metrics = createMetrics({ sockets: () => 3, pools, figures: { read }, clock: { now: () => now }, log });
  return {
    ...metrics,
    warnings,
    pass: (ms: number): void => {
      now = new Date(now.getTime() + ms);
    },
    /** What Prometheus would read, without comments. */
    lines: async () => (await metrics.text()).split('\n').filter((line) => line.startsWith('assent_')),
  };
}

describe('the figures of the installation', () => {
  it('show what waits, by channel and reason, and for how long', async () => {
    const ago = (seconds: number): Date => new Date(start.getTime() - seconds * SECOND);
    const { lines } = metricsOf(async () => ({
      queued: [{ channel: 'WHATSAPP', count: 12, since: ago(90) }],
      held: [
        { channel: 'WHATSAPP', reason: 'AWAITING_CONSENT', count: 40 },
        { channel: 'SMS', reason: 'PARKED', count: 1 },
      ],
      heldTotal: 41,
      unconfirmed: 2,
      refused: { channels: 1, templates: 3 },
      feed: { waiting: 5, since: ago(0.5) },
    }));
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'assent_outbox_waiting{channel="WHATSAPP",status="QUEUED",reason=""} 12',
        'assent_outbox_waiting{channel="SMS",status="QUEUED",reason=""} 0',
        'assent_outbox_waiting{channel="WHATSAPP",status="HELD",reason="AWAITING_CONSENT"} 40',
        'assent_outbox_waiting{channel="SMS",status="HELD",reason="PARKED"} 1',
        'assent_outbox_waiting{channel="WHATSAPP",status="HELD",reason="CHANNEL_DOWN"} 0',
        'assent_outbox_oldest_seconds{channel="WHATSAPP"} 90',
        'assent_outbox_oldest_seconds{channel="SMS"} 0',
        'assent_messages_held 41',
        'assent_messages_unconfirmed 2',
        'assent_channels_refused 1',
        'assent_templates_refused 3',
        'assent_feed_waiting 5',
        'assent_feed_lag_seconds 0.5',
        'assent_sockets 3',
      ]),
    );
  });

  it('are read once a second at most, however many ask', async () => {
    let reads = 0;
    const { lines, pass } = metricsOf(async () => ({ ...nothing, unconfirmed: (reads += 1) }));
    await Promise.all([lines(), lines()]);
    pass(999);
    expect(await lines()).toContain('assent_messages_unconfirmed 1');
    pass(1);
    expect(await lines()).toContain('assent_messages_unconfirmed 2');
    expect(reads).toBe(2);
  });

  it('forget what no longer waits', async () => {
    const held: Figures['held'] = [{ channel: 'WHATSAPP', reason: 'SUSPENDED', count: 7 }];
    const answers: Figures[] = [{ ...nothing, held }, nothing];
    const { lines, pass } = metricsOf(async () => answers.shift() ?? nothing);
    const suspended = 'assent_outbox_waiting{channel="WHATSAPP",status="HELD",reason="SUSPENDED"}';
    expect(await lines()).toContain(`${suspended} 7`);
    pass(SECOND);
    expect(await lines()).toContain(`${suspended} 0`);
  });

  it('are left out while the database does not answer, and those of the server are not', async () => {
    let broken = false;
    const { lines, pass, warnings } = metricsOf(async () => {
      if (broken) throw new Error('the database is gone');
      return nothing;
    });
    expect(await lines()).toContain('assent_messages_unconfirmed 0');
    broken = true;
    pass(SECOND);
    const without = await lines();
    expect(without).toContain('assent_sockets 3');
    expect(without.filter((line) => /^assent_(outbox|messages|channels|templates|feed)/.test(line))).toEqual([]);
    expect(warnings).toHaveLength(1);
  });
});

describe('the figures of this server', () => {
  it('count what it handed over, by outcome, and how long the answers took', async () => {
    const { sent, lines } = metricsOf(async () => nothing);
    sent('WHATSAPP', { outcome: 'ACCEPTED', seconds: 0.2 });
    sent('WHATSAPP', { outcome: 'ACCEPTED', seconds: 3 });
    sent('SMS', { outcome: 'UNKNOWN', seconds: 10 });
    const now = await lines();
    expect(now).toEqual(
      expect.arrayContaining([
        'assent_send_attempts_total{channel="WHATSAPP",outcome="ACCEPTED"} 2',
        'assent_send_attempts_total{channel="WHATSAPP",outcome="REFUSED"} 0',
        'assent_send_attempts_total{channel="SMS",outcome="UNCONFIRMED"} 1',
        'assent_send_seconds_bucket{le="0.25",channel="WHATSAPP"} 1',
        'assent_send_seconds_count{channel="WHATSAPP"} 2',
        'assent_send_seconds_sum{channel="WHATSAPP"} 3.2',
        'assent_send_seconds_count{channel="SMS"} 1',
      ]),
    );
  });
});

describe('the operations of this server', () => {
  const ok = { failed: false, code: null };
  const query = { transport: 'http', documentId: null, type: 'query' } as const;
  const hash = (number: number): string => number.toString(16).padStart(64, '0');

  it('are counted and timed by the document that was published, or as ad hoc', async () => {
    const { operations, lines } = metricsOf(async () => nothing);
    operations.began(query)(ok);
    operations.began({ ...query, documentId: hash(1) })(ok);
    operations.began({ ...query, documentId: hash(1), type: 'mutation', transport: 'ws' })(ok);

    expect(await lines()).toEqual(
      expect.arrayContaining([
        'assent_operations_total{document="ad-hoc",type="query",transport="http"} 1',
        `assent_operations_total{document="${hash(1)}",type="query",transport="http"} 1`,
        `assent_operations_total{document="${hash(1)}",type="mutation",transport="ws"} 1`,
        `assent_operation_seconds_count{document="${hash(1)}",type="query",transport="http"} 1`,
      ]),
    );
  });

  it('are under way until they end, and subscriptions are not timed', async () => {
    const { operations, lines } = metricsOf(async () => nothing);
    const underWay = 'assent_operations_under_way{type="subscription",transport="ws"}';
    const end = operations.began({ transport: 'ws', documentId: null, type: 'subscription' });
    expect(await lines()).toContain(`${underWay} 1`);
    end(ok);
    expect(await lines()).toContain(`${underWay} 0`);
    expect((await lines()).filter((line) => line.startsWith('assent_operation_seconds_count'))).toEqual([]);
  });

  it('that fail are counted by a code that we know', async () => {
    const { operations, refused, lines } = metricsOf(async () => nothing);
    operations.began(query)({ failed: true, code: 'INTERNAL_SERVER_ERROR' });
    operations.began(query)({ failed: true, code: '+16502530190' });
    refused('ws', 'RATE_LIMITED');
    refused('http', undefined);

    expect(await lines()).toEqual(
      expect.arrayContaining([
        'assent_operation_errors_total{document="ad-hoc",transport="http",code="INTERNAL_SERVER_ERROR"} 1',
        'assent_operation_errors_total{document="ad-hoc",transport="http",code="OTHER"} 1',
        'assent_operations_refused_total{transport="ws",code="RATE_LIMITED"} 1',
        'assent_operations_refused_total{transport="http",code="OTHER"} 1',
      ]),
    );
  });

  it('make no more figures than 200 documents have, however many are published', async () => {
    const { operations, lines } = metricsOf(async () => nothing);
    for (let number = 0; number < 1_000; number += 1) operations.began({ ...query, documentId: hash(number) })(ok);
    const totals = (await lines()).filter((line) => line.startsWith('assent_operations_total'));

    expect(totals).toHaveLength(201);
    expect(totals).toContain('assent_operations_total{document="others",type="query",transport="http"} 800');
  });
});

describe('the edges of this server', () => {
  it('show how sockets ended, what became of webhooks and how busy the connections to the database are', async () => {
    const { socketClosed, webhook, lines } = metricsOf(async () => nothing);
    for (const code of [1000, 4403, 4403, 4999, 3000]) socketClosed(code);
    for (const status of [200, 200, 401, 503]) webhook('WHATSAPP', status);

    expect(await lines()).toEqual(
      expect.arrayContaining([
        'assent_socket_closes_total{code="1000"} 1',
        'assent_socket_closes_total{code="4403"} 2',
        'assent_socket_closes_total{code="other"} 2',
        'assent_webhooks_total{channel="WHATSAPP",result="stored"} 2',
        'assent_webhooks_total{channel="WHATSAPP",result="unsigned"} 1',
        'assent_webhooks_total{channel="WHATSAPP",result="failed"} 1',
        'assent_webhooks_total{channel="SMS",result="stored"} 0',
        'assent_pool_connections{pool="system",state="in_use"} 2',
        'assent_pool_connections{pool="system",state="idle"} 3',
        'assent_pool_connections{pool="organizations",state="idle"} 0',
        'assent_pool_waiting{pool="organizations"} 7',
      ]),
    );
  });
});
