import { configDefaults, defineConfig } from 'vitest/config';
import { findNatsServer } from './test/support/nats-binary.js';

export default defineConfig({
  resolve: {
    // graphql has two entry points; without this the tests and their dependencies load one each, and its instanceof checks fail.
    alias: [
      { find: /^graphql$/, replacement: 'graphql/index.js' },
      { find: /^graphql-query-complexity$/, replacement: 'graphql-query-complexity/cjs' },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    // Where there is no nats-server they can't run; the global setup says so.
    exclude: [...configDefaults.exclude, ...(findNatsServer() === null ? ['test/nats/**'] : [])],
    setupFiles: ['reflect-metadata'],
    globalSetup: ['test/support/global-setup.ts'],
    maxWorkers: 2,
    // None of these is reached where all is well; a machine may be slow and busy with other things.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000, interval: 20 } },
  },
});
