import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const roots = ['src/main.ts', 'src/cli.ts', 'src/cli/**/*.ts'];

const envMessage = 'The environment is read once, in src/config.ts; take the value from Config.';
const clockMessage = 'The domain has no clock: take `now` from the command or the Clock port.';
const chanceMessage = 'The domain has no chance: ids and randomness are handed in.';
const timerMessage = 'The domain never waits: what happens later is decided by delivery/ from stored times.';
const sleepMessage = 'A test waits for a fact (vi.waitFor, vi.waitUntil, an event), never for a time.';

const noProcess = { name: 'process', message: 'Signals, streams and exit codes belong to main.ts and the cli.' };

const noEnvironment = [
  { selector: 'MemberExpression[object.name="process"][property.name="env"]', message: envMessage },
  { selector: 'MemberExpression[object.name="process"][property.value="env"]', message: envMessage },
  {
    selector: 'VariableDeclarator[init.name="process"] > ObjectPattern > Property[key.name="env"]',
    message: envMessage,
  },
  {
    selector: 'ImportDeclaration[source.value=/^(node:)?process$/]',
    message: 'Use the global process where it is allowed.',
  },
];

const noDefaultExport = [
  { selector: 'ExportDefaultDeclaration', message: 'Exports have names.' },
  { selector: 'ExportSpecifier[exported.name="default"]', message: 'Exports have names.' },
];

const noClock = [
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: clockMessage },
  { selector: 'CallExpression[callee.name="Date"]', message: clockMessage },
];

const runner = '/^(it|test|describe|suite)$/';
const notRun = '/^(skip|only|todo|fails|skipIf|runIf)$/';
const notRunMessage = 'Every test runs: no skip, only, todo or fails.';
const noUnrunTests = [
  { selector: `MemberExpression[object.name=${runner}][property.name=${notRun}]`, message: notRunMessage },
  { selector: `MemberExpression[object.object.name=${runner}][property.name=${notRun}]`, message: notRunMessage },
  {
    selector: `CallExpression[callee.name=${runner}] > ObjectExpression > Property[key.name=${notRun}]`,
    message: notRunMessage,
  },
  { selector: 'CallExpression[callee.name=/^(xit|xtest|xdescribe|fit|fdescribe)$/]', message: notRunMessage },
];

const promise = 'NewExpression[callee.name="Promise"]';
const noSleep = [
  {
    selector: `${promise} CallExpression[callee.name="setTimeout"][arguments.0.type="Identifier"][arguments.0.name!=/^(reject|fail)/]`,
    message: sleepMessage,
  },
  {
    selector: `${promise} CallExpression[callee.name="setTimeout"] > ArrowFunctionExpression CallExpression[callee.name=/^(r|res|resolve|done)$/]`,
    message: sleepMessage,
  },
  { selector: 'CallExpression[callee.name=/^(sleep|delay|wait|pause)$/]', message: sleepMessage },
  { selector: 'ImportDeclaration[source.value=/^(node:)?timers\\u002Fpromises$/]', message: sleepMessage },
];
// Without options they give up after a second, which a busy machine may need for anything.
const noShortWait = [
  {
    selector: 'CallExpression[callee.object.name="vi"][callee.property.name=/^waitFor|^waitUntil/][arguments.length<2]',
    message: 'Say for how long: `patience` of test/support/patience.ts.',
  },
];

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', '.assent/', 'drizzle/', 'test/support/gql/', 'examples/partner/generated/']),
  {
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'off' },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'prefer-const': 'error',
      'no-var': 'error',
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowAny: false, allowNever: false, allowNullish: false, allowRegExp: false },
      ],
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    name: 'assent/src',
    files: ['src/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', noProcess],
      'no-restricted-syntax': ['error', ...noEnvironment, ...noDefaultExport],
    },
  },
  {
    name: 'assent/domain',
    files: ['src/domain/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        noProcess,
        { name: 'crypto', message: chanceMessage },
        { name: 'performance', message: clockMessage },
        { name: 'fetch', message: 'The domain reaches the world through its ports.' },
        { name: 'globalThis', message: 'The domain reaches the world through its ports.' },
        ...['setTimeout', 'setInterval', 'setImmediate'].map((name) => ({ name, message: timerMessage })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: clockMessage },
        { object: 'Math', property: 'random', message: chanceMessage },
      ],
      'no-restricted-syntax': ['error', ...noEnvironment, ...noDefaultExport, ...noClock],
    },
  },
  {
    name: 'assent/config',
    files: ['src/config.ts'],
    rules: { 'no-restricted-globals': 'off', 'no-restricted-syntax': ['error', ...noDefaultExport] },
  },
  {
    name: 'assent/roots',
    files: roots,
    rules: { 'no-console': 'off', 'no-restricted-globals': 'off' },
  },
  {
    name: 'assent/embedded-database',
    // It starts, owns and ends processes of its own.
    files: ['src/postgres/embedded*.ts'],
    rules: { 'no-restricted-globals': 'off' },
  },
  {
    name: 'assent/bench-and-scripts',
    files: ['bench/**/*.ts', 'scripts/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    name: 'assent/examples',
    files: ['examples/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...noEnvironment, ...noDefaultExport] },
  },
  {
    name: 'assent/partner-example',
    // A project of its own: it prints, and its settings come from its environment.
    files: ['examples/partner/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    name: 'assent/partner-example-roots',
    files: ['examples/partner/settings.ts', 'examples/partner/codegen.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    name: 'assent/test',
    files: ['test/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...noDefaultExport, ...noUnrunTests, ...noSleep, ...noShortWait] },
  },
  {
    name: 'assent/answers-of-the-api',
    // Tests and benchmarks read JSON that they asked for; a wrong shape fails their assertions.
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
