import { fromUtf8, hashFromBase64Url, type Hash } from './encoding.js';
import { canonicalJson, objectIn, readJson, type Json, type JsonObject } from './json.js';
import { timePattern } from './statements.js';
import { leafHash } from './tree.js';

/** What an event did to the status: its place among the contact's transitions, and where it led. */
export type EntryTransition = {
  readonly version: number;
  readonly from: string;
  readonly to: string;
  readonly cause: string;
};

/** One event of one contact as it stands in the log. Personal data is in it only as digests. */
export type Entry = {
  readonly v: 1;
  readonly origin: string;
  readonly organization: string;
  /** The contact's random name in the log. */
  readonly contact: string;
  /** 1, 2, 3 … for each contact. */
  readonly seq: number;
  /** The hash of the contact's entry before it, in base64url; null for the first. */
  readonly prev: string | null;
  readonly id: string;
  readonly event: string;
  /** What kind of actor caused it. */
  readonly actor: string;
  /** Null for an event without a place in the feed. */
  readonly transition: EntryTransition | null;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly facts: JsonObject;
  /** Name → digest of the disclosure. */
  readonly sealed: Readonly<Record<string, string>>;
};

/** The hash of an entry: the next entry names it, and for a transition it is a leaf of the organization's tree. */
export function hashOfEntry(bytes: Uint8Array): Hash {
  return leafHash(bytes);
}

const names = 'actor,contact,event,facts,id,occurredAt,organization,origin,prev,recordedAt,sealed,seq,transition,v';

/** Reads the bytes of an entry; null for anything but the canonical form of one. */
export function readEntry(bytes: Uint8Array): Entry | null {
  const text = fromUtf8(bytes);
  const read = text === null ? null : readJson(text);
  const object = read && objectIn(read.value);
  return object && canonicalJson(object) === text ? entryIn(object) : null;
}

/** The same of an object, whose canonical form are the bytes of the entry. */
export function entryIn(object: JsonObject): Entry | null {
  if (Object.keys(object).sort().join() !== names) return null;
  const { v, origin, organization, contact, id, event, actor, seq, prev } = object;
  const { occurredAt, recordedAt } = object;
  const transition = object['transition'] === null ? null : transitionIn(object['transition']);
  const facts = objectIn(object['facts']);
  const sealed = sealedIn(object['sealed']);
  if (v !== 1 || transition === undefined || !facts || !sealed) return null;
  if (!isText(origin) || !isText(organization) || !isText(contact) || !isText(id)) return null;
  if (!isText(event) || !isText(actor) || !isTime(occurredAt) || !isTime(recordedAt)) return null;
  if (!isCount(seq) || !(prev === null || isDigest(prev))) return null;
  return {
    v,
    origin,
    organization,
    contact,
    seq,
    prev,
    id,
    event,
    actor,
    transition,
    occurredAt,
    recordedAt,
    facts,
    sealed,
  };
}

function transitionIn(value: Json | undefined): EntryTransition | undefined {
  const object = objectIn(value);
  if (!object || Object.keys(object).sort().join() !== 'cause,from,to,version') return undefined;
  const { version, from, to, cause } = object;
  return isCount(version) && isText(from) && isText(to) && isText(cause) ? { version, from, to, cause } : undefined;
}

function sealedIn(value: Json | undefined): Readonly<Record<string, string>> | null {
  const object = objectIn(value);
  return object && Object.values(object).every(isDigest) ? (object as Readonly<Record<string, string>>) : null;
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== '';
}

function isTime(value: Json | undefined): value is string {
  return typeof value === 'string' && timePattern.test(value);
}

function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && value >= 1;
}

function isDigest(value: Json | undefined): value is string {
  return typeof value === 'string' && hashFromBase64Url(value) !== null;
}
