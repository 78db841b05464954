import type { CodegenConfig } from '@graphql-codegen/cli';

/** Types for the documents, and the manifest of their hashes that is published: generated/persisted-documents.json. */
export const generated = {
  preset: 'client',
  presetConfig: { fragmentMasking: false, persistedDocuments: { hashAlgorithm: 'sha256' } },
  config: {
    useTypeImports: true,
    enumsAsTypes: true,
    strictScalars: true,
    scalars: { Cursor: 'string', DateTime: 'string', PhoneNumber: 'string' },
  },
} satisfies CodegenConfig['generates'][string];

const config: CodegenConfig = {
  schema: './schema.graphql',
  documents: './documents.graphql',
  importExtension: '.js',
  generates: { './generated/': generated },
};

export default config;
