import { createPrivateKey, createPublicKey, sign as signBytes } from 'node:crypto';
import { toBase64 } from './verifier/encoding.js';
import { isKeyName, keyIdOf, type VerifierKey } from './verifier/note.js';

/** Signs texts as notes. */
export type Signer = { readonly key: VerifierKey; readonly sign: (text: string) => string };

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_KEY_BYTES = 32;

/** A signer whose key is made of 32 secret bytes. The name is the origin of its log. */
export function createSigner(name: string, seed: Uint8Array): Signer {
  if (!isKeyName(name)) throw new Error('The name of a key has no space and no plus.');
  if (seed.length !== 32) throw new Error('A key is made of 32 secret bytes.');
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const publicKey = spki.subarray(spki.length - PUBLIC_KEY_BYTES);
  const id = keyIdOf(name, publicKey);

  function sign(text: string): string {
    return `${text}\n${signatureLine(text)}`;
  }

  function signatureLine(text: string): string {
    const signature = signBytes(null, Buffer.from(text), privateKey);
    return `— ${name} ${toBase64(Buffer.concat([Buffer.from(id, 'hex'), signature]))}\n`;
  }

  return { key: { name, id, publicKey }, sign };
}

/** A note signed by each of the signers. */
export function signByAll(text: string, signers: readonly Signer[]): string {
  const lines = signers.map(({ sign }) => sign(text).slice(text.length + 1));
  return `${text}\n${lines.join('')}`;
}
