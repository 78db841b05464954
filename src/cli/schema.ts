import { readFile } from 'node:fs/promises';
import { buildSchema, findBreakingChanges, GraphQLError, parse, validate, type GraphQLSchema } from 'graphql';
import type { Command } from 'commander';
import { createDocumentVersions, type RunnableDocument } from '../postgres/document-versions.js';
import { example } from './arguments.js';
import { print } from './terminal.js';
import type { Terminal } from './terminal.js';
import { withDatabase } from './with-database.js';

type ImpactOptions = { readonly org?: string; readonly json?: boolean };
type Broken = Omit<RunnableDocument, 'text' | 'cost'> & { readonly problems: readonly string[] };

/** `assent schema …` */
export function addSchemaCommand(program: Command, terminal: Terminal): void {
  const schema = program.command('schema').description('the public API as text');

  schema
    .command('impact')
    .description("tell what a change of the schema breaks, and which of an organization's published documents")
    .argument('<old>', 'a file with the schema as it is')
    .argument('<new>', 'a file with the schema as it would be')
    .option('--org <slug>', 'look at the documents that its partners may run (default: at none, without a database)')
    .option('--json', 'print JSON')
    .addHelpText('after', example('schema impact released.graphql schema.graphql --org acme'))
    .action(async (oldFile: string, newFile: string, { org, json }: ImpactOptions) => {
      const [before, after] = await Promise.all([schemaIn(oldFile), schemaIn(newFile)]);
      const changes = findBreakingChanges(before, after).map(({ type, description }) => ({ type, description }));
      const broken = org === undefined ? [] : (await documentsOf(terminal, org)).flatMap(brokenBy(after));
      const lines = [
        ...changes.map(({ description }) => `breaking: ${description}`),
        ...broken.map(({ partner, application, version, name, problems }) =>
          [`${partner}  ${application} ${version}  ${name}`, ...problems.map((problem) => `  ✗ ${problem}`)].join('\n'),
        ),
      ];
      const ok = changes.length === 0 && broken.length === 0;
      print(terminal, { json }, { ok, changes, documents: broken }, ok ? 'Nothing breaks.' : lines.join('\n'));
      if (!ok) throw new Error(`${changes.length} breaking changes, ${broken.length} documents that no longer fit.`);
    });
}

async function documentsOf(terminal: Terminal, org: string): Promise<readonly RunnableDocument[]> {
  return withDatabase(terminal, async ({ database: { sql }, organizations }) => {
    const organization = await organizations.findBySlug(org);
    if (organization === null) throw new Error(`There is no organization "${org}".`);
    return createDocumentVersions({ sql }).runnable(organization.id);
  });
}

const brokenBy =
  (schema: GraphQLSchema) =>
  ({ text, cost: _cost, ...document }: RunnableDocument): readonly Broken[] => {
    const problems = validate(schema, parse(text)).map(({ message }) => message);
    return problems.length === 0 ? [] : [{ ...document, problems }];
  };

async function schemaIn(file: string): Promise<GraphQLSchema> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error(`The file ${file} can't be read.`, { cause });
  });
  try {
    return buildSchema(text);
  } catch (cause) {
    if (!(cause instanceof GraphQLError)) throw cause;
    throw new Error(`The file ${file} is no schema: ${cause.message}`, { cause });
  }
}
