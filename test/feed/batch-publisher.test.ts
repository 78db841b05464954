import { describe, expect, it, vi } from 'vitest';
import type { TransitionView } from '../../src/domain/ports/readers.js';
import { createBatchPublisher } from '../../src/feed/batch-publisher.js';
import { patience } from '../support/patience.js';
import { transitionViews } from '../support/transition-views.js';

/** A publisher over a log that answers when it is told to. */
function start() {
  const reads: { readonly organizationId: string; readonly answer: (error?: Error) => void }[] = [];
  const told: string[] = [];
  const failures: unknown[] = [];
  let connected = true;
  let automatic = false;
  const publisher = createBatchPublisher({
    log: {
      after: (organizationId, position, _filter, limit) =>
        new Promise<{ transitions: readonly TransitionView[]; through: bigint }>((resolve, reject) => {
          const answer = (error?: Error): void => {
            const transitions = transitionViews(organizationId, position + 1n, limit);
            if (error) reject(error);
            else resolve({ transitions, through: position + BigInt(limit) });
          };
          if (automatic) answer();
          else reads.push({ organizationId, answer });
        }),
    },
    connected: () => connected,
    publish: (organizationId, transitions) =>
      void told.push(`${organizationId} ${transitions[0]?.position}-${transitions.at(-1)?.position}`),
    hint: (wakes) => void told.push(...wakes.map((wake) => `${wake.organizationId} hint`)),
    failed: (error) => void failures.push(error),
  });
  const place = (organizationId: string, through: bigint, placed: number): void =>
    publisher.publish([{ organizationId, through, placed }]);
  /** Answers the reads under way, and from now on every other at once. */
  const answerAll = (): void => {
    automatic = true;
    for (const { answer } of reads.splice(0)) answer();
  };
  return { publisher, reads, told, failures, place, answerAll, disconnect: () => (connected = false) };
}

describe('the publisher of batches', () => {
  it('reads each batch once and publishes it', async () => {
    const { place, answerAll, told } = start();
    answerAll();
    place('acme', 7n, 3);
    await vi.waitFor(() => expect(told).toHaveLength(1), patience);
    place('acme', 8n, 1);
    await vi.waitFor(() => expect(told).toEqual(['acme 5-7', 'acme 8-8']), patience);
  });

  it('publishes the batches of one organization in order, together where they have waited', async () => {
    const { place, reads, answerAll, told } = start();
    place('acme', 1n, 1);
    place('acme', 2n, 1);
    place('acme', 4n, 2);
    expect(reads).toHaveLength(1);
    answerAll();
    await vi.waitFor(() => expect(told).toEqual(['acme 1-1', 'acme 2-4']), patience);
  });

  it('leaves out what another server has placed meanwhile', async () => {
    const { place, answerAll, told } = start();
    place('acme', 1n, 1);
    place('acme', 2n, 1);
    place('acme', 9n, 2);
    answerAll();
    await vi.waitFor(() => expect(told).toEqual(['acme 1-1', 'acme 8-9']), patience);
  });

  it('reads two organizations at a time, and keeps none waiting for another', async () => {
    const { place, reads, answerAll, told } = start();
    for (const organizationId of ['a', 'a', 'b', 'c']) place(organizationId, 1n, 1);
    expect(reads.map(({ organizationId }) => organizationId)).toEqual(['a', 'b']);
    reads.splice(1, 1)[0]?.answer();
    await vi.waitFor(() => expect(told).toEqual(['b 1-1']), patience);
    await vi.waitFor(() => expect(reads.map(({ organizationId }) => organizationId)).toEqual(['a', 'c']), patience);
    answerAll();
    await vi.waitFor(() => expect(told).toHaveLength(4), patience);
  });

  it('hints when so much has gathered that reading it once is no gain', async () => {
    const { place, reads, answerAll, told } = start();
    place('acme', 1n, 1);
    place('acme', 1_501n, 1_500);
    place('acme', 3_001n, 1_500);
    answerAll();
    await vi.waitFor(() => expect(told).toEqual(['acme 1-1', 'acme hint']), patience);
    expect(reads).toEqual([]);
  });

  it('hints for organizations that would have to wait behind a thousand others', async () => {
    const { place, answerAll, told } = start();
    for (let organization = 0; organization < 1_010; organization += 1) place(`${organization}`, 1n, 1);
    expect(told).toHaveLength(8);
    expect(told[0]).toBe('1002 hint');
    answerAll();
    await vi.waitFor(() => expect(told.filter((line) => line.endsWith(' 1-1'))).toHaveLength(1_002), patience);
  });

  it('hints where the log could not be read, says so and goes on', async () => {
    const { place, reads, answerAll, told, failures } = start();
    place('acme', 1n, 1);
    reads.shift()?.answer(new Error('the database is away'));
    await vi.waitFor(() => expect(told).toEqual(['acme hint']), patience);
    place('acme', 2n, 1);
    answerAll();
    await vi.waitFor(() => expect(told).toEqual(['acme hint', 'acme 2-2']), patience);
    expect(failures).toHaveLength(1);
  });

  it('reads nothing while nobody would hear of it', () => {
    const { place, disconnect, reads, told } = start();
    disconnect();
    place('acme', 1n, 1);
    expect([reads, told]).toEqual([[], []]);
  });

  it('publishes what it was reading before it stops, hints at the rest, and reads no more', async () => {
    const { publisher, place, answerAll, reads, told } = start();
    place('acme', 1n, 1);
    place('acme', 2n, 1);
    const stopped = publisher.stop();
    place('acme', 3n, 1);
    answerAll();
    await stopped;
    await vi.waitFor(() => expect(told).toEqual(['acme 1-1', 'acme hint']), patience);
    expect(reads).toEqual([]);
  });
});
