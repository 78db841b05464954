import type { Command } from 'commander';
import { print } from './terminal.js';
import type { Terminal } from './terminal.js';
import { withDatabase } from './with-database.js';

type CreateOptions = {
  readonly slug: string;
  readonly name: string;
  readonly locale: string;
  readonly json?: boolean;
};

/** `assent org …` */
export function addOrgCommand(program: Command, terminal: Terminal): void {
  const org = program.command('org').description('organizations, the tenants');

  org
    .command('create')
    .description('make an organization')
    .requiredOption('--slug <slug>', 'its short name, as tokens and commands use it')
    .requiredOption('--name <name>', 'its name, as contacts read it')
    .option('--locale <locale>', 'the language of its messages', 'en')
    .option('--json', 'print JSON')
    .action(async (options: CreateOptions) => {
      const { slug, name, locale } = options;
      const created = await withDatabase(terminal, ({ organizations }) => organizations.create({ slug, name, locale }));
      print(terminal, options, created, `The organization "${created.slug}" exists now; its id is ${created.id}.`);
    });
}
