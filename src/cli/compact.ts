import type { Command } from 'commander';
import { createVacuum, type Rewritten } from '../postgres/vacuum.js';
import { example } from './arguments.js';
import { ExitWith } from './exit-with.js';
import { print } from './terminal.js';
import type { Terminal } from './terminal.js';
import { withDatabase } from './with-database.js';

/** `assent compact` */
export function addCompactCommand(program: Command, terminal: Terminal): void {
  program
    .command('compact')
    .description(
      "write the tables that hold personal data anew, so that nothing deleted is left in the database's files; " +
        'requests wait meanwhile, or are refused',
    )
    .option('--json', 'print JSON')
    .addHelpText('after', example('compact'))
    .action(async (options: { readonly json?: boolean }) => {
      const rewritten = await withDatabase(terminal, async ({ url, record }) => {
        const result = await createVacuum(url).rewrite();
        await record({ organization: null, action: 'compact', target: null, details: result });
        return result;
      });
      print(terminal, options, rewritten, sentencesOn(rewritten));
      if (rewritten.skipped.length > 0) throw new ExitWith(1);
    });
}

function sentencesOn({ skipped, checkpointed }: Rewritten): string {
  const left = skipped.map((warning) => `Left out: ${warning}.`);
  const when = checkpointed
    ? 'That is on disk.'
    : 'It is on disk with the next checkpoint; only a superuser, or a member of pg_checkpoint, can have one made now.';
  return ['The tables are written anew, without what was deleted.', ...left, when].join('\n');
}
