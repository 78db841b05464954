import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: './schema.graphql',
  documents: 'test/journeys/**/*.graphql',
  importExtension: '.js',
  generates: {
    'test/support/gql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false, persistedDocuments: { hashAlgorithm: 'sha256' } },
      config: {
        documentMode: 'string',
        useTypeImports: true,
        enumsAsTypes: true,
        strictScalars: true,
        scalars: { Cursor: 'string', DateTime: 'string', PhoneNumber: 'string' },
      },
    },
  },
};

export default config;
