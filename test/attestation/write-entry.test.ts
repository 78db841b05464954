import { describe, expect, it } from 'vitest';
import { openDisclosure } from '../../src/attestation/verifier/commitment.js';
import { toBase64Url } from '../../src/attestation/verifier/encoding.js';
import { hashOfEntry, readEntry } from '../../src/attestation/verifier/entry.js';
import { newChain, writeEntry, type EntryInput } from '../../src/attestation/write-entry.js';
import { histories } from '../support/attestation-histories.js';
import { entriesOf, minute, origin, phone, seededBytes } from '../support/attestation-scene.js';

const first: EntryInput = {
  log: { origin, organization: 'org' },
  chain: newChain(seededBytes('chain')),
  id: 'event',
  event: { type: 'SwitchedToSms', at: minute(1), by: 'ana' },
  transition: null,
  recordedAt: minute(2),
  context: { facts: {}, sealed: { 'contact.phone': phone, 'contact.name': null }, artifacts: [] },
};

describe('an entry', () => {
  it('is read as it was written, and only so', () => {
    const { bytes, hash } = writeEntry(first, seededBytes('salts'));
    expect(readEntry(bytes)).toMatchObject({ v: 1, seq: 1, prev: null, event: 'SwitchedToSms', actor: 'AGENT' });
    expect(hashOfEntry(bytes)).toEqual(hash);

    const text = Buffer.from(bytes).toString();
    for (const other of [` ${text}`, text.replace('"v":1', '"v":2'), text.replace('"v":1', '"v":1,"w":1')]) {
      expect(readEntry(Buffer.from(other))).toBeNull();
    }
  });

  it('names the one before it', () => {
    const entries = entriesOf('chain', histories['everything'] ?? []);
    expect(entries.map(({ bytes }) => readEntry(bytes)?.seq)).toEqual(entries.map((_, at) => at + 1));
    expect(entries.slice(1).map(({ bytes }) => readEntry(bytes)?.prev)).toEqual(
      entries.slice(0, -1).map(({ hash }) => toBase64Url(hash)),
    );
  });

  it('has nothing personal in clear, and opens with what is kept beside it', () => {
    const secrets = [phone, phone.slice(1), 'Zoë', 'ana', 'form 7', 'wamid', 'paper', 'file 12', 'is not there'];
    for (const [name, steps] of Object.entries(histories)) {
      for (const { bytes, disclosures } of entriesOf(name, steps)) {
        const clear = Buffer.from(bytes).toString();
        expect(secrets.filter((secret) => clear.includes(secret))).toEqual([]);
        const opened = disclosures.map((disclosure) => openDisclosure(disclosure)?.name);
        expect(opened.sort()).toEqual(Object.keys(readEntry(bytes)?.sealed ?? {}).sort());
      }
    }
  });

  it('is never recorded before the one that it follows on', () => {
    const one = writeEntry(first, seededBytes('salts'));
    const other = writeEntry({ ...first, chain: one.chain, recordedAt: minute(1) }, seededBytes('salts'));
    expect(readEntry(other.bytes)?.recordedAt).toBe(minute(2).toISOString());
    expect(other.chain.lastRecordedAt).toEqual(minute(2));
  });

  it('tells artifacts of one kind apart', () => {
    const artifact = { kind: 'response', mediaType: 'text/plain', bytes: Buffer.from('x'), about: {} } as const;
    const context = { facts: {}, sealed: {}, artifacts: [artifact, artifact] };
    const { bytes } = writeEntry({ ...first, context }, seededBytes('salts'));
    expect(Object.keys(readEntry(bytes)?.sealed ?? {})).toEqual([
      'actor.id',
      'artifact.response',
      'artifact.response.2',
    ]);
  });
});
