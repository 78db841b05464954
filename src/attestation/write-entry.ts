import type { ConsentEvent } from '../domain/consent/events.js';
import type { ConsentCause, ConsentStatus } from '../domain/consent/transitions.js';
import { artifactValue, type Artifact } from './artifact.js';
import { partsOf } from './event-parts.js';
import { seal, type RandomBytes } from './seal.js';
import { toBase64Url, type Hash } from './verifier/encoding.js';
import { hashOfEntry, type Entry } from './verifier/entry.js';
import { canonicalJson, type Json, type JsonObject } from './verifier/json.js';

/** Where a contact's chain stands: kept with the contact's row, and needed to add to it. */
export type ContactChain = {
  /** The contact's random name in the log. */
  readonly contact: string;
  /** Entries so far. */
  readonly seq: number;
  /** Of the last entry; null before the first. */
  readonly lastHash: Hash | null;
  readonly lastRecordedAt: Date | null;
};

/** A contact without entries. The name has 128 random bits and says nothing of the contact. */
export function newChain(randomBytes: RandomBytes): ContactChain {
  return { contact: toBase64Url(randomBytes(16)), seq: 0, lastHash: null, lastRecordedAt: null };
}

/** What is added to the facts of the event itself. */
export type EntryContext = {
  /** In clear: nothing about a person. */
  readonly facts: JsonObject;
  /** Committed to; nulls are left out. */
  readonly sealed: Readonly<Record<string, Json>>;
  readonly artifacts: readonly Artifact[];
};

export type EntryInput = {
  readonly log: { readonly origin: string; readonly organization: string };
  readonly chain: ContactChain;
  readonly id: string;
  readonly event: ConsentEvent;
  /** Its place among the contact's transitions; null for an event without a place in the feed. */
  readonly transition: {
    readonly version: number;
    readonly from: ConsentStatus;
    readonly to: ConsentStatus;
    readonly cause: ConsentCause;
  } | null;
  readonly recordedAt: Date;
  readonly context: EntryContext;
};

/** An entry to be stored: its bytes as they are, the hash, and what was sealed, to be kept where it can be erased. */
export type WrittenEntry = {
  readonly bytes: Uint8Array;
  readonly hash: Hash;
  readonly disclosures: readonly string[];
  readonly chain: ContactChain;
};

/** Writes the contact's next entry. One that would be recorded before the entry it follows on is given its time. */
export function writeEntry(input: EntryInput, randomBytes: RandomBytes): WrittenEntry {
  const { log, chain, id, event, transition, context } = input;
  const recordedAt = laterOf(input.recordedAt, chain.lastRecordedAt);
  const parts = partsOf(event);
  const disclosures: string[] = [];
  const digests: Record<string, string> = {};
  const values = [...Object.entries(parts.sealed), ...Object.entries(context.sealed), ...named(context.artifacts)];
  for (const [name, value] of values) {
    if (value === null) continue;
    const { disclosure, digest } = seal(name, value, randomBytes);
    disclosures.push(disclosure);
    digests[name] = digest;
  }
  const entry: Entry = {
    v: 1,
    ...log,
    contact: chain.contact,
    seq: chain.seq + 1,
    prev: chain.lastHash && toBase64Url(chain.lastHash),
    id,
    event: event.type,
    actor: parts.actor,
    transition,
    occurredAt: event.at.toISOString(),
    recordedAt: recordedAt.toISOString(),
    facts: { ...context.facts, ...parts.facts },
    sealed: digests,
  };
  const bytes = Buffer.from(canonicalJson(entry));
  const hash = hashOfEntry(bytes);
  return {
    bytes,
    hash,
    disclosures,
    chain: { contact: chain.contact, seq: entry.seq, lastHash: hash, lastRecordedAt: recordedAt },
  };
}

function laterOf(time: Date, other: Date | null): Date {
  return other !== null && other > time ? other : time;
}

/** `artifact.response`, and `artifact.response.2` for the second of its kind. */
function named(artifacts: readonly Artifact[]): readonly (readonly [string, JsonObject])[] {
  const counts = new Map<string, number>();
  return artifacts.map((artifact) => {
    const count = (counts.get(artifact.kind) ?? 0) + 1;
    counts.set(artifact.kind, count);
    return [`artifact.${artifact.kind}${count === 1 ? '' : `.${count}`}`, artifactValue(artifact)];
  });
}
