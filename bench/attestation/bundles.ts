import { createHash, randomBytes } from 'node:crypto';
import { assembleBundle } from '../../src/attestation/assemble-bundle.js';
import { inclusionSubtrees, rootOver } from '../../src/attestation/prove.js';
import { signCheckpoint } from '../../src/attestation/sign-statements.js';
import { createSigner } from '../../src/attestation/signer.js';
import { readBundle } from '../../src/attestation/verifier/bundle.js';
import type { Hash } from '../../src/attestation/verifier/encoding.js';
import { canonicalJson } from '../../src/attestation/verifier/json.js';
import { formatVerifierKey } from '../../src/attestation/verifier/note.js';
import { verifyBundle } from '../../src/attestation/verifier/verify-bundle.js';
import { newChain, writeEntry, type WrittenEntry } from '../../src/attestation/write-entry.js';
import { evolve, initialConsent, transitionOf } from '../../src/domain/consent/state.js';
import { now } from '../support/clock.js';
import { historyOf } from './history.js';

const origin = 'bench.example/0192c7e4-6f00-7000-8000-000000000000';
const VERIFICATIONS = 50;
const sentAs = {
  sender: { phoneNumberId: '106540352242922', number: '+12025550100', businessName: 'Acme Ltd' },
  template: { name: 'opt_in_request', language: 'en_US', category: 'MARKETING', version: '3' },
};

export type BundleFigures = {
  readonly leaves: number;
  readonly transitions: number;
  readonly bytes: number;
  /** The file less what it is there to carry: entries, disclosures, artifacts, what people read. */
  readonly over: number;
  readonly writeUs: readonly number[];
  readonly verifyMs: readonly number[];
};

/** A bundle of one contact's events, whose transitions lie anywhere in a tree of so many leaves. */
export function measureBundle(events: number, leaves: number): BundleFigures {
  const signer = createSigner(origin, randomBytes(32));
  const history = historyOf(events);
  const { entries, transitions, writeUs } = writeAll(history);
  const indexes = spread(transitions.length, leaves);
  const tree = Array.from(
    { length: leaves },
    (_, index) => createHash('sha256').update(`leaf ${index}`).digest() as Hash,
  );
  indexes.forEach((index, at) => (tree[index] = transitions[at]?.hash ?? Buffer.alloc(32)));
  const head = { size: leaves, root: rootOver(tree) };
  const file = Buffer.from(
    assembleBundle({
      signer,
      organizationName: 'Acme Ltd',
      locale: 'en',
      rotations: [],
      checkpoint: { note: signCheckpoint(signer, head), head },
      entries,
      indexes,
      proof: inclusionSubtrees(leaves, indexes).map(({ from, size }) => rootOver(tree.slice(from, from + size))),
      artifacts: history.flatMap(({ artifacts }) => artifacts.map(({ bytes }) => bytes)),
      at: new Date('2026-11-23T00:00:00.000Z'),
    }),
  );
  const key = formatVerifierKey(signer.key);
  const verifyMs = Array.from({ length: VERIFICATIONS }, () => {
    const start = now();
    const { outcome } = verifyBundle(file, key);
    if (outcome !== 'TRUE') throw new Error('The bundle of the benchmark does not verify.');
    return now() - start;
  });
  const over = file.length - contentOf(file);
  return { leaves, transitions: transitions.length, bytes: file.length, over, writeUs, verifyMs };
}

function writeAll(history: ReturnType<typeof historyOf>) {
  let consent = initialConsent;
  let chain = newChain(randomBytes);
  const writeUs: number[] = [];
  const placed: boolean[] = [];
  const entries = history.map(({ event, artifacts }, at): WrittenEntry => {
    const step = transitionOf(consent, event);
    consent = evolve(consent, event);
    placed.push(step !== null);
    const facts = { system: { build: '0.1.0', database: 'PostgreSQL 18.4', fsync: true, synchronousCommit: 'on' } };
    const who = { 'contact.phone': '+12025550142', 'contact.name': 'Zoë Example' };
    const sealed = event.type === 'OptInRequestAccepted' ? { ...who, ...sentAs } : who;
    const start = now();
    const written = writeEntry(
      {
        log: { origin, organization: '0192c7e4-6f00-7000-8000-000000000000' },
        chain,
        id: `0192c7e4-6f00-7000-8000-${String(at).padStart(12, '0')}`,
        event,
        transition: step && { version: consent.transitions, ...step },
        recordedAt: new Date(event.at.getTime() + 40),
        context: { facts, sealed, artifacts },
      },
      randomBytes,
    );
    writeUs.push((now() - start) * 1_000);
    chain = written.chain;
    return written;
  });
  return { entries, transitions: entries.filter((_, at) => placed[at]), writeUs };
}

/** Anywhere, but in order: the same places in each run. */
function spread(count: number, leaves: number): readonly number[] {
  const places = new Set<number>();
  for (let at = 0; places.size < count; at += 1) {
    places.add(createHash('sha256').update(`place ${at}`).digest().readUIntBE(0, 6) % leaves);
  }
  return [...places].sort((a, b) => a - b);
}

function contentOf(file: Uint8Array): number {
  const bundle = readBundle(file);
  if (!bundle) throw new Error('The bundle of the benchmark can not be read.');
  const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);
  return (
    sum(bundle.entries.map((entry) => Buffer.byteLength(canonicalJson(entry)))) +
    sum(bundle.disclosures.map(({ length }) => length)) +
    sum(bundle.artifacts.map(({ length }) => length)) +
    Buffer.byteLength(canonicalJson(bundle.readable))
  );
}
