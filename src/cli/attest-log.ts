import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { notesIn } from '../attestation/checkpoint-file.js';
import type { Finding } from '../attestation/finding.js';
import { openCheckpoint, readKeyChain } from '../attestation/log-keys.js';
import { rootsOf } from '../attestation/log-tree.js';
import { originOf } from '../attestation/origin.js';
import { consistencySubtrees } from '../attestation/prove.js';
import type { Comparison } from '../attestation/verifier/compare-checkpoints.js';
import { toBase64 } from '../attestation/verifier/encoding.js';
import { isSameKey, parseVerifierKey, type VerifierKey } from '../attestation/verifier/note.js';
import { verifyConsistency } from '../attestation/verifier/proofs.js';
import { verifyLog, type LogVerdict } from '../attestation/verify-log.js';
import { postTo } from '../attestation/witness.js';
import { attestingWith, checkpointsIn } from '../attesting.js';
import { createSequencerStore } from '../postgres/sequencer-store.js';
import { example } from './arguments.js';
import { contactIdFrom } from './contact-id.js';
import { ExitWith } from './exit-with.js';
import { print, type Terminal } from './terminal.js';
import { withDatabase } from './with-database.js';

const FALSE = 1;
const UNUSABLE = 2;
const POST_MS = 5_000;
const SEQUENCED_AT_ONCE = 1_000;
/** Beyond, findings are counted and not printed. */
const MAX_PRINTED = 100;

type Org = { readonly org: string; readonly json?: boolean };

/** The sub-commands of `assent attest` that read the log itself; they work beside running servers, and without any. */
export function addLogCommands(attest: Command, terminal: Terminal): void {
  attest
    .command('key')
    .description("print the public key of the organization's log; it is made where there is none")
    .requiredOption('--org <slug>', 'the organization')
    .option('--json', 'print JSON')
    .addHelpText('after', example('attest key --org acme > acme.key'))
    .action(async (options: Org) => {
      const key = await withLog(terminal, options.org, ({ signing, organizationId }) => signing.key(organizationId));
      print(terminal, options, { organization: options.org, key }, key ?? '');
    });

  attest
    .command('rotate-key')
    .description("have a new key sign the organization's log from now on; the old one says so, and is forgotten")
    .requiredOption('--org <slug>', 'the organization')
    .option('--json', 'print JSON')
    .addHelpText('after', example('attest rotate-key --org acme'))
    .action(async (options: Org) => {
      const { org } = options;
      const rotated = await withLog(terminal, org, async ({ signing, organizationId, record }) => {
        await signing.catchUp(organizationId);
        const done = await signing.rotate(organizationId);
        await record({
          organization: org,
          action: 'attest.rotate-key',
          target: null,
          details: { key: done.verifierKey },
        });
        return done;
      });
      const { verifierKey: key, rotation } = rotated;
      print(terminal, options, { organization: org, key, rotation }, `${key}\n\n${rotation.trimEnd()}`);
    });

  attest
    .command('export')
    .description('print the attestation of one contact: a file that can be checked without us')
    .requiredOption('--org <slug>', 'the organization')
    .requiredOption('--contact <id>', "the contact's id, as the API or the log has it")
    .addHelpText('after', example('attest export --org acme --contact Q29udGFjdDow… > bundle.json'))
    .action(async (options: { readonly org: string; readonly contact: string }) => {
      const contactId = contactIdFrom(options.contact);
      const attested = await withLog(terminal, options.org, ({ attestations, organizationId }) =>
        attestations.attest(organizationId, contactId),
      );
      if (!attested)
        throw new Error(`"${options.org}" has no contact ${options.contact} of whom anything was recorded.`);
      if (attested.outcome !== 'ATTESTED') throw new Error(attested.detail);
      terminal.out(attested.bundle);
    });

  attest
    .command('verify-log')
    .description('read the whole log of an organization again: 0 it is what was signed, 1 it is not, 2 can not say')
    .requiredOption('--org <slug>', 'the organization')
    .option('--key <file>', 'a public key of the log that was kept elsewhere (default: those of the database)')
    .option('--checkpoints <file>', 'checkpoints that were kept elsewhere (default: the copies in DATA_DIR)')
    .option('--json', 'print JSON')
    .addHelpText('after', example('attest verify-log --org acme --key acme.key --checkpoints witness.log'))
    .action(async (options: Org & { readonly key?: string; readonly checkpoints?: string }) => {
      const findings: Finding[] = [];
      const key = options.key === undefined ? null : keyIn(await usable(options.key), options.key);
      const given = options.checkpoints === undefined ? null : await usable(options.checkpoints);
      const verdict = await withLog(terminal, options.org, async ({ log, organizationId, dataDir, contactKeys }) => {
        const own = join(checkpointsIn(dataDir), `${organizationId}.log`);
        const copies = notesIn(given ?? (await readFile(own, 'utf8').catch(() => '')));
        const found = (finding: Finding): void => void (findings.length < MAX_PRINTED && findings.push(finding));
        return verifyLog({ log, organizationId, key, contactKeys, copies, found });
      });
      print(terminal, options, { ...verdict, found: findings }, described(verdict, findings));
      if (!verdict.ok) throw new ExitWith(FALSE);
    });
}

type Opened = Parameters<Parameters<typeof withDatabase>[1]>[0];
type Log = ReturnType<typeof attestingWith> & {
  readonly organizationId: string;
  readonly dataDir: string;
  readonly record: Opened['record'];
};

/** Runs a command on the log of an organization; what it signs is told to the witness before it ends. */
export async function withLog<Result>(
  terminal: Terminal,
  slug: string,
  use: (log: Log) => Promise<Result>,
): Promise<Result> {
  return withDatabase(terminal, async ({ config, database, secrets, organizations, record }) => {
    const organization = await organizations.findBySlug(slug);
    if (organization === null) throw new ExitWith(UNUSABLE, `There is no organization "${slug}".`);
    const { sequence } = createSequencerStore(database.sql);
    const { dataDir, checkpointUrl } = config;
    const notes: string[] = [];
    const attesting = attestingWith({
      database,
      secrets,
      dataDir,
      clock: { now: () => new Date() },
      signed: (_organizationId, note) => void notes.push(note),
      // Beside a server both may want the same at the same time; then one of them is asked again.
      sequence: async () => void (await sequence(SEQUENCED_AT_ONCE).catch(() => undefined)),
    });
    const result = await use({ ...attesting, organizationId: organization.id, dataDir, record });
    for (const note of checkpointUrl === null ? [] : notes) {
      await postTo(
        checkpointUrl ?? '',
        POST_MS,
      )(note).catch(() => {
        terminal.err('assent: the witness did not take a checkpoint; the next one stands for it.');
      });
    }
    return result;
  });
}

/** Holds two checkpoints against each other with a proof made from the log; the key is only held against those of the log. */
export async function compareInLog(
  terminal: Terminal,
  slug: string,
  { older, newer, key }: { readonly older: string; readonly newer: string; readonly key: string | null },
): Promise<Comparison & { readonly proof?: readonly string[] }> {
  return withLog(terminal, slug, async ({ log, organizationId }) => {
    const reader = log.of(organizationId);
    const chain = readKeyChain(originOf(organizationId), await reader.keys());
    const given = key === null ? null : keyIn(key, 'of the key');
    if (!chain || (given && !chain.keys.some((one) => isSameKey(one, given)))) {
      return { outcome: 'UNUSABLE', detail: 'The key is none of this log.' };
    }
    const [first, second] = [openCheckpoint(older, chain), openCheckpoint(newer, chain)];
    if (!first || !second) {
      return { outcome: 'UNUSABLE', detail: `The ${first ? 'newer' : 'older'} file is no checkpoint of this log.` };
    }
    const size = await reader.head();
    if (second.size > size) return { outcome: 'FALSE', detail: `The log itself has only ${size} transitions.` };
    const proof = await rootsOf(reader, consistencySubtrees(first.size, second.size));
    const holds = verifyConsistency(first, second, proof);
    const said = holds ? 'begins' : 'does NOT begin';
    const detail = `The log of ${second.size} ${said} with all of the log of ${first.size}.`;
    return { outcome: holds ? 'TRUE' : 'FALSE', detail, proof: proof.map(toBase64) };
  });
}

function keyIn(text: string, path: string): VerifierKey {
  const key = parseVerifierKey(text.trim());
  if (!key) throw new ExitWith(UNUSABLE, `The file ${path} holds no key of the form name+id+key.`);
  return key;
}

async function usable(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new ExitWith(UNUSABLE, `The file ${path} can not be read (${reason}).`);
  }
}

function described(verdict: LogVerdict, findings: readonly Finding[]): string {
  const { transitions, unsigned, checkpoints, copies, contacts, entries, keyIsKnown } = verdict;
  const more = verdict.findings - findings.length;
  return [
    ...findings.map(({ what, where, detail }) => `${what.padEnd(10)}  ${where}: ${detail}`),
    ...(more > 0 ? [`… and ${more} more.`] : []),
    `Read ${transitions} transitions against ${checkpoints} checkpoints and ${copies} copies of such,`,
    `and ${entries} entries of ${contacts} contacts. ${unsigned} transitions are not signed yet.`,
    ...(keyIsKnown ? [] : ['The keys are those of the database itself; give the one that you kept with --key.']),
    verdict.ok ? 'The log is what was signed.' : 'The log is NOT what was signed.',
  ].join('\n');
}
