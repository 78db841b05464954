import { createHash } from 'node:crypto';
import { assembleBundle } from '../../src/attestation/assemble-bundle.js';
import type { Artifact } from '../../src/attestation/artifact.js';
import { inclusionSubtrees, rootOver, type Subtree } from '../../src/attestation/prove.js';
import type { RandomBytes } from '../../src/attestation/seal.js';
import { signCheckpoint } from '../../src/attestation/sign-statements.js';
import { createSigner, type Signer } from '../../src/attestation/signer.js';
import type { Hash } from '../../src/attestation/verifier/encoding.js';
import type { JsonObject } from '../../src/attestation/verifier/json.js';
import { formatVerifierKey } from '../../src/attestation/verifier/note.js';
import { emptyRoot, leafHash, nodeHash, splitOf, type TreeHead } from '../../src/attestation/verifier/tree.js';
import { newChain, writeEntry, type WrittenEntry } from '../../src/attestation/write-entry.js';
import type { ConsentEvent } from '../../src/domain/consent/events.js';
import { evolve, initialConsent, transitionOf } from '../../src/domain/consent/state.js';

export const origin = 'log.example/0192c7e4-6f00-7000-8000-00000000acme';
export const phone = '+12025550142';
const firstMoment = Date.parse('2026-11-22T09:00:00.000Z');

/** Bytes that look random and are the same in every run. */
export function seededBytes(seed: string): RandomBytes {
  let count = 0;
  return (length) => {
    count += 1;
    return createHash('sha256').update(`${seed} ${count}`).digest().subarray(0, length);
  };
}

export function signerOf(seed: string, name = origin): Signer {
  return createSigner(name, seededBytes(seed)(32));
}

export type Step = {
  readonly event: ConsentEvent;
  readonly artifacts?: readonly Artifact[];
  readonly sealed?: JsonObject;
};

/** The moment so many minutes after the first. */
export function minute(count: number): Date {
  return new Date(firstMoment + count * 60_000);
}

/** The entries that the events of one contact become, by the rules of the domain. */
export function entriesOf(seed: string, steps: readonly Step[], log = origin): readonly WrittenEntry[] {
  const randomBytes = seededBytes(seed);
  let consent = initialConsent;
  let chain = newChain(randomBytes);
  return steps.map(({ event, artifacts = [], sealed }, at) => {
    const step = transitionOf(consent, event);
    consent = evolve(consent, event);
    const written = writeEntry(
      {
        log: { origin: log, organization: '0192c7e4-6f00-7000-8000-00000000acme' },
        chain,
        id: `0192c7e4-6f00-7000-8000-${String(at + 1).padStart(12, '0')}`,
        event,
        transition: step && { version: consent.transitions, ...step },
        recordedAt: new Date(event.at.getTime() + 250),
        context: {
          facts: { system: { build: '0.1.0', database: 'PostgreSQL 18.4', fsync: true, synchronousCommit: 'on' } },
          sealed: { 'contact.phone': phone, 'contact.name': 'Zoë <b>& sons', ...sealed },
          artifacts,
        },
      },
      randomBytes,
    );
    chain = written.chain;
    return written;
  });
}

/** Leaves that are there for the others' sake. */
export function fillerLeaf(index: number): Hash {
  return leafHash(Buffer.from(`leaf ${index}`));
}

export function headOf(leaves: readonly Hash[]): TreeHead {
  return { size: leaves.length, root: leaves.length === 0 ? emptyRoot : rootOver(leaves) };
}

export function hashesOf(leaves: readonly Hash[], subtrees: readonly Subtree[]): readonly Hash[] {
  return subtrees.map(({ from, size }) => rootOver(leaves.slice(from, from + size)));
}

/** The same for a log that is asked often: each subtree is computed once. */
export function createHashes(leaves: readonly Hash[]): (subtrees: readonly Subtree[]) => readonly Hash[] {
  const known = new Map<string, Hash>();
  function rootAt({ from, size }: Subtree): Hash {
    const name = `${from} ${size}`;
    const split = splitOf(size);
    const root =
      known.get(name) ??
      (size === 1
        ? (leaves[from] ?? emptyRoot)
        : nodeHash(rootAt({ from, size: split }), rootAt({ from: from + split, size: size - split })));
    known.set(name, root);
    return root;
  }
  return (subtrees) => subtrees.map(rootAt);
}

/** A log with the contact's transitions among others', `apart` leaves from one to the next. */
export function placed(entries: readonly WrittenEntry[], apart: number) {
  const transitions = entries.filter(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()).transition !== null);
  const indexes = transitions.map((_, at) => apart + at * apart);
  const size = (indexes.at(-1) ?? 0) + apart + 1;
  const leaves = Array.from(
    { length: size },
    (_, index) => transitions[indexes.indexOf(index)]?.hash ?? fillerLeaf(index),
  );
  return { leaves, indexes };
}

export type BundleScene = {
  readonly file: string;
  readonly key: string;
  readonly signer: Signer;
  readonly entries: readonly WrittenEntry[];
  readonly leaves: readonly Hash[];
};

/** A bundle about one contact, signed. */
export function bundleOf(
  seed: string,
  steps: readonly Step[],
  options: {
    readonly apart?: number;
    readonly locale?: string;
    readonly signer?: Signer;
    readonly rotations?: readonly string[];
    /** Whose key the verifier is given. */
    readonly trusted?: Signer;
    readonly keep?: (name: string) => boolean;
  } = {},
): BundleScene {
  const { apart = 3, locale = 'en', rotations = [], keep = () => true } = options;
  const signer = options.signer ?? signerOf('key');
  const trusted = options.trusted ?? signer;
  const entries = entriesOf(seed, steps);
  const { leaves, indexes } = placed(entries, apart);
  const head = headOf(leaves);
  const kept = entries.map(({ bytes, disclosures }) => ({
    bytes,
    disclosures: disclosures.filter((text) => keep(JSON.parse(Buffer.from(text, 'base64url').toString())[1])),
  }));
  const file = assembleBundle({
    signer,
    organizationName: 'Acme Ltd',
    locale,
    rotations,
    checkpoint: { note: signCheckpoint(signer, head), head },
    entries: kept,
    indexes,
    proof: hashesOf(leaves, inclusionSubtrees(head.size, indexes)),
    artifacts: steps.flatMap(({ artifacts = [] }) =>
      artifacts.filter(({ kind }) => keep(`artifact.${kind}`)).map(({ bytes }) => bytes),
    ),
    at: minute(10_000),
  });
  return { file, key: formatVerifierKey(trusted.key), signer, entries, leaves };
}
