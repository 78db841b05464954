#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { register } from 'tsx/esm/api';

// The project's own tsconfig.json, whichever folder the command is called from: without it decorators do not compile.
register({ tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)) });

await import('reflect-metadata');
await import('../src/cli.ts');
