import type { DocumentNode } from 'graphql';

/** The SHA-256 that the code generator wrote into each document: 64 hexadecimal digits. */
export function publishedHash(document: DocumentNode): string {
  const { __meta__: meta } = document as DocumentNode & { readonly __meta__?: { readonly hash?: string } };
  if (meta?.hash === undefined) throw new Error('A document without a hash: run "npm run generate".');
  return meta.hash.replace(/^sha256:/, '');
}
