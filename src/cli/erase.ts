import { readFile } from 'node:fs/promises';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { RefusalCode } from '../domain/conversation/refusal.js';
import { tombstoneLine } from '../domain/tombstone.js';
import { createErasure } from '../postgres/erasure.js';
import { toGlobalId } from '../schema/global-id.js';
import { example } from './arguments.js';
import { contactIdFrom } from './contact-id.js';
import { ExitWith } from './exit-with.js';
import { operatorCore } from './operator-core.js';
import { replayErasures, type Replayed } from './replay-erasures.js';
import { print } from './terminal.js';
import type { Terminal } from './terminal.js';
import { withDatabase } from './with-database.js';

type Opened = Parameters<Parameters<typeof withDatabase>[1]>[0];
type EraseOptions = {
  readonly org: string;
  readonly contact?: string;
  readonly replay?: string;
  readonly list?: boolean;
  readonly json?: boolean;
};

/** `assent erase` */
export function addEraseCommand(program: Command, terminal: Terminal): void {
  program
    .command('erase')
    .description('delete everything personal of a contact, for good; what was agreed to, and when, stays provable')
    .requiredOption('--org <slug>', 'the organization')
    .option('--contact <id>', "the contact's id, as the API or the log has it")
    .addOption(
      new Option('--replay <file>', 'erase again what the file lists, after an older backup was restored').conflicts(
        'contact',
      ),
    )
    .addOption(
      new Option(
        '--list',
        'list the contacts that were erased, one line of JSON each, as --replay reads them',
      ).conflicts(['contact', 'replay']),
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      example(
        'erase --org acme --contact Q29udGFjdDowMWEyMDQ3Yy0zN2IwLTc3NjktYWI2ZS1mZWUzNzg4ODNmNDk',
        'erase --org acme --list > erased.log',
        'erase --org acme --replay erased.log',
      ),
    )
    .action(async (options: EraseOptions, command: Command) => {
      const { contact, replay, list } = options;
      if (contact !== undefined) return eraseOne(terminal, options, contact);
      if (replay !== undefined) return eraseAgain(terminal, options, replay);
      if (list) return listErased(terminal, options);
      return command.error('error: one of --contact, --replay and --list has to be given');
    });
}

async function eraseOne(terminal: Terminal, options: EraseOptions, contact: string): Promise<void> {
  const { org } = options;
  const contactId = contactIdFrom(contact);
  await withDatabase(terminal, async (opened) => {
    const refusal = await (await eraserFor(opened, org, terminal.actor()))(contactId);
    if (refusal === 'CONTACT_ON_HOLD') {
      throw new Error(`The contact ${contact} is on legal hold; "assent hold --release" ends that.`);
    }
    if (refusal) throw new Error(`"${org}" has no contact ${contact}, or it was erased before.`);
  });
  const erased = { organization: org, contactId: toGlobalId('Contact', contactId), uuid: contactId };
  print(terminal, options, erased, `The contact ${contactId} of "${org}" is erased.`);
}

async function eraseAgain(terminal: Terminal, options: EraseOptions, file: string): Promise<void> {
  const { org } = options;
  const text = await readFile(file, 'utf8');
  const replayed = await withDatabase(terminal, async (opened) =>
    replayErasures(text, {
      organizationId: await organizationOf(opened, org),
      erase: await eraserFor(opened, org, terminal.actor()),
    }),
  );
  print(terminal, options, { organization: org, ...replayed }, sentencesOn(org, replayed));
  if (replayed.onHold.length > 0) throw new ExitWith(1);
}

async function listErased(terminal: Terminal, { org }: EraseOptions): Promise<void> {
  const tombstones = await withDatabase(terminal, async (opened) =>
    createErasure(opened.database.sql).tombstonesOf(await organizationOf(opened, org)),
  );
  for (const tombstone of tombstones) terminal.out(tombstoneLine(tombstone));
}

/** Erases one contact and records who did; tells why it was refused, or null. */
async function eraserFor(
  opened: Opened,
  org: string,
  by: string,
): Promise<(contactId: string) => Promise<RefusalCode | null>> {
  const organizationId = await organizationOf(opened, org);
  const core = await operatorCore(opened);
  return async (contactId) => {
    const { refusal } = await core.eraseContact({ organizationId, id: by, name: by }, { contactId });
    if (refusal) return refusal.code;
    await opened.record({ organization: org, action: 'erase', target: contactId, details: {} });
    return null;
  };
}

async function organizationOf({ organizations }: Opened, org: string): Promise<string> {
  const found = await organizations.findBySlug(org);
  if (found === null) throw new Error(`There is no organization "${org}".`);
  return found.id;
}

function sentencesOn(org: string, { erased, onHold, unreadable }: Replayed): string {
  return [
    `Erased again: ${erased} of "${org}". The others of the list are not there, or were erased.`,
    ...onHold.map((id) => `The contact ${id} is on legal hold: release it, and run this again.`),
    ...(unreadable > 0 ? [`Lines that can't be read: ${unreadable}.`] : []),
  ].join('\n');
}
