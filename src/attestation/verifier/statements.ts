import { hashFromBase64, toBase64, type Hash } from './encoding.js';
import { formatVerifierKey, parseVerifierKey, type VerifierKey } from './note.js';
import type { TreeHead } from './tree.js';

/** How far the log of one organization reached: the text of a C2SP checkpoint. */
export type Checkpoint = TreeHead & { readonly origin: string };

/** What the log had of one contact as of a checkpoint: so many entries, and the hash of the last. */
export type ContactHeadStatement = {
  readonly origin: string;
  readonly contact: string;
  readonly entries: number;
  readonly lastHash: Hash;
  readonly checkpoint: TreeHead;
  readonly at: string;
  /** The hash of what is there for people to read; null where nothing is. */
  readonly readable: Hash | null;
};

/** The log's key is another one from now on: signed by both. */
export type RotationStatement = {
  readonly origin: string;
  readonly oldKey: VerifierKey;
  readonly newKey: VerifierKey;
  /** The last tree that the old key answers for. */
  readonly checkpoint: TreeHead;
  readonly at: string;
};

/** Times are UTC, to the millisecond, and so compare as text. */
export const timePattern = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/;

const HEAD_TITLE = 'assent contact head v1';
const ROTATION_TITLE = 'assent key rotation v1';

export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return lines(origin, String(size), toBase64(root));
}

/** Null for anything but the one spelling of a checkpoint without extension lines. */
export function parseCheckpoint(text: string): Checkpoint | null {
  const [origin = '', size = '', root = ''] = text.split('\n');
  const head = treeHead(size, root);
  return onlyIf(head && { origin, ...head }, formatCheckpoint, text);
}

export function formatContactHead(statement: ContactHeadStatement): string {
  const { origin, contact, entries, lastHash, checkpoint, at, readable } = statement;
  const head = [String(checkpoint.size), toBase64(checkpoint.root)];
  const last = readable === null ? '-' : toBase64(readable);
  return lines(HEAD_TITLE, origin, contact, String(entries), toBase64(lastHash), ...head, at, last);
}

/** Null for anything but the one spelling of such a statement. */
export function parseContactHead(text: string): ContactHeadStatement | null {
  const [, origin = '', contact = '', count = '', last = '', size = '', root = '', at = '', shown = ''] =
    text.split('\n');
  const entries = wholeNumber(count);
  const lastHash = hashFromBase64(last);
  const checkpoint = treeHead(size, root);
  const readable = shown === '-' ? null : hashFromBase64(shown);
  const isShown = shown === '-' || readable !== null;
  if (entries === null || !lastHash || !checkpoint || !timePattern.test(at) || !isShown) return null;
  return onlyIf({ origin, contact, entries, lastHash, checkpoint, at, readable }, formatContactHead, text);
}

export function formatRotation({ origin, oldKey, newKey, checkpoint, at }: RotationStatement): string {
  const head = [String(checkpoint.size), toBase64(checkpoint.root)];
  return lines(ROTATION_TITLE, origin, formatVerifierKey(oldKey), formatVerifierKey(newKey), ...head, at);
}

/** Null for anything but the one spelling of such a statement. */
export function parseRotation(text: string): RotationStatement | null {
  const [, origin = '', before = '', after = '', size = '', root = '', at = ''] = text.split('\n');
  const oldKey = parseVerifierKey(before);
  const newKey = parseVerifierKey(after);
  const checkpoint = treeHead(size, root);
  if (!oldKey || !newKey || !checkpoint || !timePattern.test(at)) return null;
  return onlyIf({ origin, oldKey, newKey, checkpoint, at }, formatRotation, text);
}

function lines(...all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}

function treeHead(size: string, root: string): TreeHead | null {
  const leaves = wholeNumber(size);
  const hash = hashFromBase64(root);
  return leaves === null || !hash ? null : { size: leaves, root: hash };
}

function wholeNumber(text: string): number | null {
  return /^(?:0|[1-9][0-9]{0,15})$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null;
}

/** What was read, if writing it gives the text again. */
function onlyIf<Statement>(
  statement: Statement | null,
  format: (statement: Statement) => string,
  text: string,
): Statement | null {
  return statement !== null && format(statement) === text ? statement : null;
}
