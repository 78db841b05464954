import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { accountName, actorNamed } from './actor.js';
import { addAttestCommand } from './attest.js';
import { addAuditCommand } from './audit.js';
import { addChannelCommand } from './channel.js';
import { addCompactCommand } from './compact.js';
import { addDocumentsCommand } from './documents.js';
import { addEraseCommand } from './erase.js';
import { ExitWith } from './exit-with.js';
import { addFeedCommand } from './feed-check.js';
import { addHoldCommand } from './hold.js';
import { addMigrateCommand } from './migrate.js';
import { addOrgCommand } from './org.js';
import { addOutboxCommand } from './outbox.js';
import { addPartnerCommand } from './partner.js';
import { addSchemaCommand } from './schema.js';
import { addSmsCommand } from './sms.js';
import type { Terminal } from './terminal.js';
import { addTextsCommand } from './texts.js';
import { addTokenCommand } from './token.js';

const DONE = 0;
const FAILED = 1;
const MISUSED = 2;

const EXIT_CODES = '\nExit codes: 0 done, 1 refused or failed, 2 not understood.';

/** Runs one command and resolves to its exit code: 0 done, 1 refused or failed, 2 not understood. Never rejects. */
export async function run(args: readonly string[], outside: Omit<Terminal, 'actor'>): Promise<number> {
  try {
    // By its long name only where it stands alone: there are commands with a `--version` of their own.
    const understood = args.length === 1 && args[0] === '--version' ? ['-V'] : args;
    await buildProgram(outside).parseAsync(understood, { from: 'user' });
    return DONE;
  } catch (error) {
    // Commander has said by itself what it did not understand.
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : MISUSED;
    if (error instanceof ExitWith && error.message === '') return error.code;
    outside.err(`assent: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof ExitWith ? error.code : FAILED;
  }
}

/** Every command with its options and what it does. */
export function buildProgram(outside: Omit<Terminal, 'actor'>): Command {
  const program = new Command('assent')
    .description('Consent as the gate of WhatsApp messaging.')
    .version(versionOfPackage(), '-V', 'print the version (also: --version)')
    .option(
      '--as <name>',
      'who does it, as the audit trail names them (default: ASSENT_OPERATOR, or your account)',
      actorNamed,
    )
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('afterAll', EXIT_CODES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => outside.out(text.trimEnd()),
      writeErr: (text) => outside.err(text.trimEnd()),
    });
  const terminal: Terminal = {
    ...outside,
    actor: () => program.opts<{ readonly as?: string }>().as ?? outside.readConfig().operator ?? accountName(),
  };
  addOrgCommand(program, terminal);
  addChannelCommand(program, terminal);
  addSmsCommand(program, terminal);
  addTextsCommand(program, terminal);
  addOutboxCommand(program, terminal);
  addTokenCommand(program, terminal);
  addPartnerCommand(program, terminal);
  addDocumentsCommand(program, terminal);
  addSchemaCommand(program, terminal);
  addEraseCommand(program, terminal);
  addHoldCommand(program, terminal);
  addFeedCommand(program, terminal);
  addAuditCommand(program, terminal);
  addAttestCommand(program, terminal);
  addMigrateCommand(program, terminal);
  addCompactCommand(program, terminal);
  return program;
}

function versionOfPackage(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
