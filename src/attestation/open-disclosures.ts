import { isList, readJson } from './verifier/json.js';

/** The disclosures of an entry, from the bytes in which they are kept beside it. */
export function disclosuresIn(bytes: Uint8Array): readonly string[] {
  const read = readJson(Buffer.from(bytes).toString('utf8'))?.value ?? null;
  return isList(read) ? read.filter((one) => typeof one === 'string') : [];
}
