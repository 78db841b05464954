import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { compareCheckpoints } from '../attestation/verifier/compare-checkpoints.js';
import { verifyBundle, type BundleVerdict } from '../attestation/verifier/verify-bundle.js';
import { example } from './arguments.js';
import { addLogCommands, compareInLog } from './attest-log.js';
import { ExitWith } from './exit-with.js';
import { print, type Terminal } from './terminal.js';

const FALSE = 1;
const UNUSABLE = 2;

type ConsistencyOptions = {
  readonly key?: string;
  readonly org?: string;
  readonly proof?: string;
  readonly json?: boolean;
};

/** `assent attest …`; what is here needs files only, unless an organization is named: no network, no database. */
export function addAttestCommand(program: Command, terminal: Terminal): void {
  const attest = program.command('attest').description('evidence that anyone can check');
  addLogCommands(attest, terminal);

  attest
    .command('verify')
    .description('check an attestation: exits with 0 if it is true, 1 if it is false, 2 if it can not be used')
    .argument('<bundle>', 'the file')
    .requiredOption('--key <file>', "the log's public key, obtained by another way than the file")
    .option('--json', 'print JSON')
    .addHelpText('after', example('attest verify bundle.json --key acme.key'))
    .action(async (path: string, options: { readonly key: string; readonly json?: boolean }) => {
      const [file, key] = await Promise.all([readUsable(path), readUsable(options.key)]);
      const verdict = verifyBundle(file, key.toString('utf8'));
      const { outcome, ok, checks, head } = verdict;
      const asOf = head && { origin: head.origin, contact: head.contact, size: head.checkpoint.size, at: head.at };
      print(terminal, options, { outcome, ok, checks, asOf }, describe(verdict));
      if (!ok) throw new ExitWith(outcome === 'FALSE' ? FALSE : UNUSABLE);
    });

  attest
    .command('consistency')
    .description('whether the log of a newer checkpoint begins with that of an older one: 0 yes, 1 no, 2 can not say')
    .argument('<old>', 'the older checkpoint')
    .argument('<new>', 'the newer checkpoint')
    .option('--key <file>', "the log's public key")
    .option('--org <slug>', 'make the proof from the log of this organization')
    .option('--proof <file>', 'the proof: one hash in base64 to a line')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      example(
        'attest consistency old.txt new.txt --proof proof.txt --key acme.key',
        'attest consistency old.txt new.txt --org acme',
      ),
    )
    .action(async (older: string, newer: string, options: ConsistencyOptions) => {
      const text = async (path: string | undefined): Promise<string | null> =>
        path === undefined ? null : (await readUsable(path)).toString('utf8');
      const notes = { older: (await text(older)) ?? '', newer: (await text(newer)) ?? '' };
      const key = await text(options.key);
      if (options.org === undefined && key === null) throw new ExitWith(UNUSABLE, 'Give --key, or --org.');
      const compared =
        options.org === undefined
          ? compareCheckpoints({ ...notes, key: key ?? '', proof: await text(options.proof) })
          : await compareInLog(terminal, options.org, { ...notes, key });
      const { outcome, detail } = compared;
      print(terminal, options, { ...compared, ok: outcome === 'TRUE' }, detail);
      if (outcome !== 'TRUE') throw new ExitWith(outcome === 'FALSE' ? FALSE : UNUSABLE);
    });
}

async function readUsable(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new ExitWith(UNUSABLE, `The file ${path} can not be read (${reason}).`);
  }
}

function describe({ outcome, checks, head }: BundleVerdict): string {
  const lines = checks.map(({ name, verdict, detail }) => `${verdict.padEnd(10)}  ${name.padEnd(11)}  ${detail}`);
  const asOf = head
    ? `As of ${head.checkpoint.size} transitions of ${head.origin}, signed at ${head.at} by its own clock; what came later is not in it.`
    : 'Nothing was signed that can be relied on.';
  const said = {
    TRUE: 'The attestation is true.',
    FALSE: 'The attestation is FALSE.',
    UNUSABLE: 'The attestation can not be used.',
  };
  return [...lines, ...(outcome === 'UNUSABLE' ? [] : [asOf]), said[outcome]].join('\n');
}
