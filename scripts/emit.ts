import { readFile, writeFile } from 'node:fs/promises';
import { buildAssentSchema, schemaText } from '../src/resolvers/build-schema.js';
import { lifecycleDocument } from './lifecycle-document.js';
import { environmentExample, operationsGuide } from './settings-documents.js';

type Target = { readonly file: string; readonly render: () => string | Promise<string> };

const targets = {
  schema: [{ file: 'schema.graphql', render: () => schemaText(buildAssentSchema()) }],
  lifecycle: [{ file: 'docs/consent-lifecycle.md', render: lifecycleDocument }],
  env: [
    { file: '.env.example', render: environmentExample },
    { file: 'docs/operations.md', render: operationsGuide },
  ],
} satisfies Readonly<Record<string, readonly Target[]>>;

const isTarget = (name: string | undefined): name is keyof typeof targets => name !== undefined && name in targets;

const [name, flag] = process.argv.slice(2);
if (!isTarget(name) || (flag !== undefined && flag !== '--check')) {
  console.error(`usage: emit ${Object.keys(targets).join('|')} [--check]`);
  process.exit(2);
}

for (const { file, render } of targets[name]) {
  const rendered = await render();
  if (flag === undefined) {
    await writeFile(file, rendered);
    console.log(`${file} written`);
  } else if ((await readFile(file, 'utf8').catch(() => null)) !== rendered) {
    console.error(`${file} is not what the code says: run \`npm run ${name}:emit\` and commit it.`);
    process.exitCode = 1;
  }
}
