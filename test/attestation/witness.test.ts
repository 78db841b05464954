import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createWitness, postTo } from '../../src/attestation/witness.js';
import { recordingLog } from '../support/channel-fakes.js';
import { patience } from '../support/patience.js';

/** Somebody who is told of checkpoints; refuses the first so many. */
async function witnessed(refuse: number) {
  const taken: string[] = [];
  let asked = 0;
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part));
    request.on('end', () => {
      asked += 1;
      const isTaken = asked > refuse;
      if (isTaken) taken.push(text);
      response.writeHead(isTaken ? 204 : 503).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  const log = recordingLog();
  const witness = createWitness({ post: postTo(`http://127.0.0.1:${port}/checkpoints`, 2_000), log });
  onTestFinished(witness.stop);
  return { witness, taken, log, asked: () => asked };
}

describe('a witness', () => {
  it('is told of each note', async () => {
    const { witness, taken } = await witnessed(0);
    witness.tell('one', 'first\n');
    await vi.waitFor(() => expect(taken).toEqual(['first\n']), patience);
    witness.tell('two', 'second — ünder\n');
    await vi.waitFor(() => expect(taken).toEqual(['first\n', 'second — ünder\n']), patience);
  });

  it('is told again until it takes it, and then of the newest alone', async () => {
    const { witness, taken, log } = await witnessed(1);
    for (const note of ['1', '2', '3']) witness.tell('one', note);
    await vi.waitFor(() => expect(taken).toEqual(['3']), { timeout: 30_000 });
    expect(log.lines).toHaveLength(1);
  });

  it('keeps nobody waiting who stops', async () => {
    const { witness, asked } = await witnessed(Infinity);
    witness.tell('one', 'never taken');
    // It waits for four seconds before it tells it again.
    await vi.waitFor(() => expect(asked()).toBe(3), patience);
    const begun = performance.now();
    await witness.stop();
    expect(performance.now() - begun).toBeLessThan(3_000);
  });
});
