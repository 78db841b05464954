import { hashFromBase64 } from './encoding.js';
import { openNote, parseVerifierKey, type VerifierKey } from './note.js';
import { verifyConsistency } from './proofs.js';
import { parseCheckpoint, type Checkpoint } from './statements.js';

/** TRUE: the newer log begins with all of the older one. FALSE: it does not. UNUSABLE: that can't be said. */
export type Comparison = { readonly outcome: 'TRUE' | 'FALSE' | 'UNUSABLE'; readonly detail: string };

/** Holds two checkpoints of one log against each other. Never throws. The proof has one hash in base64 to a line. */
export function compareCheckpoints(input: {
  readonly older: string;
  readonly newer: string;
  readonly key: string;
  readonly proof: string | null;
}): Comparison {
  const key = parseVerifierKey(input.key.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''));
  if (!key) return unusable('The key is not one line of the form name+id+key.');
  const older = checkpointOf(input.older, key);
  const newer = checkpointOf(input.newer, key);
  if (!older || !newer) return unusable(`The ${older ? 'newer' : 'older'} file is no checkpoint signed by the key.`);
  const lines = (input.proof ?? '').split('\n').filter((line) => line !== '');
  const proof = lines.map(hashFromBase64);
  if (!proof.every((hash) => hash !== null)) return unusable('The proof is not one hash in base64 to a line.');
  if (verifyConsistency(older, newer, proof)) {
    return { outcome: 'TRUE', detail: `The log of ${newer.size} begins with all of the log of ${older.size}.` };
  }
  const needsProof = older.size > 0 && older.size < newer.size;
  if (needsProof && input.proof === null) return unusable('Trees of different sizes need a proof to be compared.');
  return { outcome: 'FALSE', detail: `The log of ${newer.size} does NOT begin with the log of ${older.size}.` };
}

function checkpointOf(note: string, key: VerifierKey): Checkpoint | null {
  const checkpoint = parseCheckpoint(openNote(note, [key]) ?? '');
  return checkpoint?.origin === key.name ? checkpoint : null;
}

function unusable(detail: string): Comparison {
  return { outcome: 'UNUSABLE', detail };
}
