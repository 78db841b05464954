import { describe, expect, it } from 'vitest';
import type { Figures } from '../../src/domain/ports.js';
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
  const metrics = createMetrics({ sockets: () => 3, figures: { read }, clock: { now: () => now }, log });
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
    expect(without.filter((line) => /outbox|unconfirmed|held|refused|feed/.test(line))).toEqual([]);
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
