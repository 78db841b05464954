import type { StoredEntry } from '../domain/attestation-log.js';
import type { ConsentEvent } from '../domain/consent/events.js';
import { partsOf } from './event-parts.js';
import { digestOf, openDisclosure } from './verifier/commitment.js';
import type { Entry } from './verifier/entry.js';
import { canonicalJson, type Json } from './verifier/json.js';

/** What entries commit to, by name. */
export type Disclosed = ReadonlyMap<string, Json>;

/** What is disclosed of an entry; null unless it is all, and nothing but, what the entry commits to. */
export function disclosedBy(disclosures: readonly string[], { sealed }: Entry): Disclosed | null {
  const disclosed = new Map<string, Json>();
  for (const disclosure of disclosures) {
    const opened = openDisclosure(disclosure);
    if (!opened || !Object.hasOwn(sealed, opened.name) || sealed[opened.name] !== digestOf(disclosure)) return null;
    disclosed.set(opened.name, opened.value);
  }
  return disclosed.size === Object.keys(sealed).length ? disclosed : null;
}

/** Whether the columns that the rest of the system reads say what the entry does. */
export function columnsAgree({ id, type, transition, occurredAt }: StoredEntry, entry: Entry): boolean {
  if (entry.id !== id || entry.event !== type || entry.occurredAt !== occurredAt.toISOString()) return false;
  if (!transition || !entry.transition) return transition === entry.transition;
  const { version, from, to, cause } = transition;
  const said = entry.transition;
  return said.version === version && said.from === from && said.to === to && said.cause === cause;
}

/** Whether the entry was recorded when the column says; where the clock had been set back, with the entry before. */
export function timesAgree({ recordedAt }: StoredEntry, entry: Entry, before: Entry | undefined): boolean {
  const time = recordedAt.toISOString();
  return entry.recordedAt === time || (entry.recordedAt === before?.recordedAt && time < entry.recordedAt);
}

/**
 * Whether the event is the one that the entry was written of. Without what is disclosed it is only seen that the entry
 * commits to as much.
 */
export function eventAgrees(data: unknown, entry: Entry, disclosed: Disclosed | null): boolean {
  try {
    const event = eventIn(data);
    const { actor, facts, sealed } = partsOf(event);
    if (event.type !== entry.event || event.at.toISOString() !== entry.occurredAt || actor !== entry.actor)
      return false;
    const agreed = Object.entries(facts).every(([name, value]) => isSame(entry.facts[name], value));
    return (
      agreed &&
      Object.entries(sealed).every(([name, value]) => {
        if (value === null || !Object.hasOwn(entry.sealed, name)) {
          return value === null && !Object.hasOwn(entry.sealed, name);
        }
        return disclosed === null || isSame(disclosed.get(name), value);
      })
    );
  } catch {
    // Members are missing, or are of another type.
    return false;
  }
}

function isSame(one: Json | undefined, other: Json): boolean {
  return one !== undefined && canonicalJson(one) === canonicalJson(other);
}

/** Reads back what `JSON.stringify` made of an event. */
function eventIn(data: unknown): ConsentEvent {
  const event = data as ConsentEvent;
  const at = new Date(event.at);
  if (event.type !== 'OptInRequestFailed') return { ...event, at };
  return { ...event, at, retryAt: event.retryAt && new Date(event.retryAt) };
}
