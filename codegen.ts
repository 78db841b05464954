import type { CodegenConfig } from '@graphql-codegen/cli';
import { generated as partnerExample } from './examples/partner/codegen.js';

const config: CodegenConfig = {
  schema: './schema.graphql',
  importExtension: '.js',
  generates: {
    'examples/partner/generated/': { ...partnerExample, documents: 'examples/partner/documents.graphql' },
    'test/support/gql/': {
      documents: 'test/journeys/**/*.graphql',
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
