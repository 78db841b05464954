import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tombstonesIn } from '../src/domain/tombstone.js';
import { createTombstoneFile } from '../src/tombstone-file.js';

const tombstone = (contact: number) => ({
  organizationId: '01a2047c-37b0-7769-ab6e-fee378883f49',
  contactId: `01a2047c-37b0-7769-ab6e-00000000000${contact}`,
  erasedAt: new Date('2026-11-23T08:00:00Z'),
});

it('adds a line for each, whoever writes, and loses none to a line that a crash tore', async ({ onTestFinished }) => {
  const folder = await mkdtemp(join(tmpdir(), 'assent-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'not', 'there', 'erasures.log');
  await createTombstoneFile(path).append(tombstone(1));
  await appendFile(path, '{"organizationId":"01a2');
  await createTombstoneFile(path).append(tombstone(2));
  await Promise.all([3, 4, 5].map((contact) => createTombstoneFile(path).append(tombstone(contact))));

  const { tombstones, unreadable } = tombstonesIn(await readFile(path, 'utf8'));
  expect(unreadable).toBe(1);
  expect(tombstones.slice(0, 2)).toEqual([tombstone(1), tombstone(2)]);
  expect(new Set(tombstones.map(({ contactId }) => contactId)).size).toBe(5);
});

it('reads only what is a tombstone', () => {
  const lines = ['{}', 'null', '7', '', '{"organizationId":"acme","contactId":"clara","erasedAt":"now"}', 'text'];
  expect(tombstonesIn(lines.join('\n'))).toEqual({ tombstones: [], unreadable: 5 });
});
