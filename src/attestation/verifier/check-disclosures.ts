import type { Bundle } from './bundle.js';
import { digestOf, openDisclosure } from './commitment.js';
import { sha256, toBase64Url } from './encoding.js';
import type { Entry } from './entry.js';
import { objectIn } from './json.js';
import { checkOf, notProven, type Check } from './verdict.js';

/** Whether what is disclosed is what was committed to; and what is committed to but not disclosed. */
export function checkDisclosures(bundle: Bundle, entries: readonly Entry[] | null): readonly Check[] {
  const committed = (entries ?? []).flatMap(({ sealed }) =>
    Object.entries(sealed).map(([name, digest]) => ({ name, commitment: `${digest} ${name}` })),
  );
  const known = new Set(committed.map(({ commitment }) => commitment));
  const opened = new Set<string>();
  let holds = entries !== null;
  for (const disclosure of bundle.disclosures) {
    const name = openDisclosure(disclosure)?.name ?? null;
    const commitment = `${digestOf(disclosure)} ${name ?? ''}`;
    if (name === null || !known.has(commitment) || opened.has(commitment)) holds = false;
    else opened.add(commitment);
  }
  const undisclosed = committed.filter(({ commitment }) => !opened.has(commitment)).map(({ name }) => name);
  const check = checkOf('disclosures', holds, 'What is disclosed is what the entries commit to.');
  if (undisclosed.length === 0) return [check];
  return [check, notProven('undisclosed', `Committed, undisclosed: ${countByName(undisclosed)}.`)];
}

/** Whether the bytes are those that the entries speak of; and which of these are not there. */
export function checkArtifacts(bundle: Bundle): readonly Check[] {
  const values = bundle.disclosures.flatMap(artifactsIn);
  const known = values.flatMap((value) => value ?? []);
  const named = new Set(known.map(({ sha256: name, size }) => `${name} ${size}`));
  const present = new Set<string>();
  let holds = known.length === values.length;
  for (const bytes of bundle.artifacts) {
    const name = toBase64Url(sha256(bytes));
    if (!named.has(`${name} ${bytes.length}`) || present.has(name)) holds = false;
    present.add(name);
  }
  const missing = new Set(known.map(({ sha256: name }) => name).filter((name) => !present.has(name))).size;
  const check = checkOf('artifacts', holds, 'The bytes are those that the entries commit to.');
  return missing === 0 ? [check] : [check, notProven('missing', `Disclosed without their bytes: ${missing}.`)];
}

/** What a disclosure says of bytes: nothing, or their hash and size; null where it says so wrongly. */
function artifactsIn(disclosure: string): readonly ({ readonly sha256: string; readonly size: number } | null)[] {
  const opened = openDisclosure(disclosure);
  if (!opened?.name.startsWith('artifact.')) return [];
  const { sha256: name, size } = objectIn(opened.value) ?? {};
  return [typeof name === 'string' && typeof size === 'number' ? { sha256: name, size } : null];
}

/** Such as `contact.phone (3), actor.id`. */
function countByName(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => (count === 1 ? name : `${name} (${count})`)).join(', ');
}
