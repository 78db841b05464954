import type { Command } from 'commander';
import { example } from './arguments.js';
import { print } from './terminal.js';
import type { Terminal } from './terminal.js';
import { withDatabase } from './with-database.js';

/** `assent migrate`; a server migrates at its start too. */
export function addMigrateCommand(program: Command, terminal: Terminal): void {
  program
    .command('migrate')
    .description("bring the database to this version's tables")
    .option('--json', 'print JSON')
    .addHelpText('after', example('migrate'))
    .action(async (options: { readonly json?: boolean }) => {
      await withDatabase(terminal, () => Promise.resolve());
      print(terminal, options, { migrated: true }, 'The database is up to date.');
    });
}
