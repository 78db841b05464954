import { Command, CommanderError } from 'commander';
import { addChannelCommand } from './channel.js';
import { addFeedCommand } from './feed-check.js';
import { addMigrateCommand } from './migrate.js';
import { addOrgCommand } from './org.js';
import { addOutboxCommand } from './outbox.js';
import { addSmsCommand } from './sms.js';
import type { Terminal } from './terminal.js';
import { addTextsCommand } from './texts.js';
import { addTokenCommand } from './token.js';

const DONE = 0;
const FAILED = 1;
const MISUSED = 2;

/** Runs one command and resolves to its exit code: 0 done, 1 refused or failed, 2 not understood. Never rejects. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = new Command('assent')
    .description('Consent as the gate of WhatsApp messaging.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    });
  addOrgCommand(program, terminal);
  addChannelCommand(program, terminal);
  addSmsCommand(program, terminal);
  addTextsCommand(program, terminal);
  addOutboxCommand(program, terminal);
  addTokenCommand(program, terminal);
  addFeedCommand(program, terminal);
  addMigrateCommand(program, terminal);

  try {
    await program.parseAsync(args, { from: 'user' });
    return DONE;
  } catch (error) {
    // Commander has said by itself what it did not understand.
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : MISUSED;
    terminal.err(`assent: ${error instanceof Error ? error.message : String(error)}`);
    return FAILED;
  }
}
