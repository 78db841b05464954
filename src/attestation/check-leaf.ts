import type { StoredLeaf } from '../domain/attestation-log.js';
import { originOf } from './origin.js';
import { sameBytes, toBase64Url } from './verifier/encoding.js';
import { hashOfEntry } from './verifier/entry.js';

/**
 * What is wrong with a leaf that was just read; null where nothing is. It is an entry of this log with the hash that the
 * feed has, and names the contact's entry before. A contact that is older than the log has empty leaves.
 */
export function checkLeaf(leaf: StoredLeaf, position: number, organizationId: string): string | null {
  const { entry, hash, previousHash, chained, version } = leaf;
  if (leaf.position !== position) return `The feed lacks position ${position}.`;
  if (entry === null && hash === null && !chained) return null;
  if (entry === null || hash === null) return `Position ${position} has no entry, or no hash.`;
  if (!sameBytes(hashOfEntry(entry), hash))
    return `The entry at position ${position} does not have the hash that the feed has.`;
  // Nothing of an entry is between these members, and nothing within a string looks like them.
  const prev = previousHash === null ? 'null' : `"${toBase64Url(previousHash)}"`;
  const names = `"organization":"${organizationId}","origin":"${originOf(organizationId)}","prev":${prev},"recordedAt":"`;
  const bytes = Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength);
  const follows = bytes.includes(names) && bytes.includes(`"seq":${version},"transition":{`);
  return follows ? null : `The entry at position ${position} does not follow on the contact's entry before.`;
}
