import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { parseDuration } from '../config.js';
import { unconfirmedPolicies, type UnconfirmedPolicy } from '../domain/ports/outbox.js';
import { example } from './arguments.js';
import { print } from './terminal.js';
import type { Terminal } from './terminal.js';
import { withAct } from './with-database.js';

type CreateOptions = {
  readonly slug: string;
  readonly name: string;
  readonly locale: string;
  readonly json?: boolean;
};

type PolicyOptions = {
  readonly org: string;
  readonly unconfirmed: Lowercase<UnconfirmedPolicy>;
  readonly json?: boolean;
};

type RetentionOptions = { readonly org: string; readonly messages: Kept; readonly json?: boolean };
/** A duration as it was given; null for no limit. */
type Kept = { readonly text: string; readonly ms: number } | null;

const policyFrom = (given: Lowercase<UnconfirmedPolicy>): UnconfirmedPolicy => (given === 'park' ? 'PARK' : 'RESEND');

const policyTexts: Readonly<Record<UnconfirmedPolicy, (org: string) => string>> = {
  PARK: (org) => `"${org}" leaves messages of unknown fate as they are.`,
  RESEND: (org) => `"${org}" sends messages of unknown fate again, marked as possible duplicates.`,
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
    .addHelpText('after', example('org create --slug acme --name "Acme Wealth" --locale en'))
    .action(async (options: CreateOptions) => {
      const { slug, name, locale } = options;
      const created = await withAct(terminal, async ({ organizations, record }) => {
        const organization = await organizations.create({ slug, name, locale });
        await record({
          organization: slug,
          action: 'org.create',
          target: null,
          details: { name: organization.name, locale },
        });
        return organization;
      });
      print(terminal, options, created, `The organization "${created.slug}" exists now; its id is ${created.id}.`);
    });

  org
    .command('policy')
    .description('set what becomes of a message of which nobody can say whether it left')
    .requiredOption('--org <slug>', 'the organization')
    .addOption(
      new Option('--unconfirmed <policy>', 'park: it stays as it is; resend: it is sent again, marked')
        .choices(unconfirmedPolicies.map((policy) => policy.toLowerCase()))
        .makeOptionMandatory(),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', example('org policy --org acme --unconfirmed resend'))
    .action(async (options: PolicyOptions) => {
      const unconfirmed = policyFrom(options.unconfirmed);
      const { org: organization } = options;
      await withAct(terminal, async ({ organizations, record }) => {
        await organizations.setUnconfirmed(organization, unconfirmed);
        await record({ organization, action: 'org.policy', target: null, details: { unconfirmed } });
      });
      print(terminal, options, { organization, unconfirmed }, policyTexts[unconfirmed](organization));
    });

  org
    .command('retention')
    .description('set for how long the texts of messages are kept; what was agreed to, and its proof, stays')
    .requiredOption('--org <slug>', 'the organization')
    .addOption(
      new Option('--messages <duration>', 'an ISO 8601 duration of at least P30D; off: as long as the contact is kept')
        .argParser(keptFrom)
        .makeOptionMandatory(),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', example('org retention --org acme --messages P365D'))
    .action(async ({ org: organization, messages: kept, json }: RetentionOptions) => {
      const messages = kept?.text ?? null;
      await withAct(terminal, async ({ organizations, record }) => {
        await organizations.setMessageRetention(organization, kept?.ms ?? null);
        await record({ organization, action: 'org.retention', target: null, details: { messages } });
      });
      const text =
        messages === null
          ? `"${organization}" keeps the texts of messages as long as their contact.`
          : `"${organization}" deletes the texts of messages ${messages} after the last that became of them.`;
      print(terminal, { json }, { organization, messages }, text);
    });
}

function keptFrom(text: string): Kept {
  if (text === 'off') return null;
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError('It is an ISO 8601 duration such as P365D, or off.');
  return { text, ms };
}
