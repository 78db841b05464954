import { readFile, writeFile } from 'node:fs/promises';
import { buildAssentSchema, schemaText } from '../src/resolvers/build-schema.js';
import { lifecycleDocument } from './lifecycle-document.js';

const targets = {
  schema: {
    file: 'schema.graphql',
    render: () => schemaText(buildAssentSchema()),
  },
  lifecycle: { file: 'docs/consent-lifecycle.md', render: lifecycleDocument },
} as const;

const isTarget = (name: string | undefined): name is keyof typeof targets => name !== undefined && name in targets;

const [name, flag] = process.argv.slice(2);
if (!isTarget(name) || (flag !== undefined && flag !== '--check')) {
  console.error(`usage: emit ${Object.keys(targets).join('|')} [--check]`);
  process.exit(2);
}

const { file, render } = targets[name];
if (flag === undefined) {
  await writeFile(file, render());
  console.log(`${file} written`);
} else if ((await readFile(file, 'utf8').catch(() => null)) !== render()) {
  console.error(`${file} is not what the code says: run \`npm run ${name}:emit\` and commit it.`);
  process.exit(1);
}
