import type { Command } from 'commander';
import { createLegalHolds } from '../postgres/legal-holds.js';
import { toGlobalId } from '../schema/global-id.js';
import { example } from './arguments.js';
import { contactIdFrom } from './contact-id.js';
import { print } from './terminal.js';
import type { Terminal } from './terminal.js';
import { withAct } from './with-database.js';

type HoldOptions = {
  readonly org: string;
  readonly contact: string;
  readonly reason?: string;
  readonly release?: boolean;
  readonly json?: boolean;
};

/** `assent hold` */
export function addHoldCommand(program: Command, terminal: Terminal): void {
  program
    .command('hold')
    .description('put a contact on legal hold, or release it: while it is held, nothing of it is deleted')
    .requiredOption('--org <slug>', 'the organization')
    .requiredOption('--contact <id>', "the contact's id, as the API or the log has it")
    .option('--reason <text>', 'why, for the audit trail, which keeps it for good: a case number, never a name')
    .option('--release', 'end the hold')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      example('hold --org acme --contact 01a2047c-37b0-7769-ab6e-fee378883f49 --reason "case 4711"'),
    )
    .action(async (options: HoldOptions) => {
      const { org, contact, reason = null, release = false } = options;
      const contactId = contactIdFrom(contact);
      await withAct(terminal, async ({ organizations, sql, record }) => {
        const organization = await organizations.findBySlug(org);
        if (organization === null) throw new Error(`There is no organization "${org}".`);
        const holds = createLegalHolds(sql);
        const held = { organizationId: organization.id, contactId };
        if (!(await holds.exists(held))) throw new Error(`"${org}" has no contact ${contact}, or it was erased.`);
        const changed = release ? await holds.release(held) : await holds.hold(held);
        if (!changed) throw new Error(`The contact ${contact} is ${release ? 'not on hold' : 'on hold already'}.`);
        const action = release ? 'hold.release' : 'hold';
        await record({ organization: org, action, target: contactId, details: { reason } });
      });
      const now = { organization: org, contactId: toGlobalId('Contact', contactId), uuid: contactId, onHold: !release };
      print(terminal, options, now, `The contact ${contactId} of "${org}" is ${release ? 'no longer ' : ''}on hold.`);
    });
}
