import { Option } from 'commander';
import type { Command } from 'commander';
import { unconfirmedPolicies, type UnconfirmedPolicy } from '../domain/ports.js';
import { print } from './terminal.js';
import type { Terminal } from './terminal.js';
import { withDatabase } from './with-database.js';

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
    .action(async (options: CreateOptions) => {
      const { slug, name, locale } = options;
      const created = await withDatabase(terminal, ({ organizations }) => organizations.create({ slug, name, locale }));
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
    .action(async (options: PolicyOptions) => {
      const unconfirmed = policyFrom(options.unconfirmed);
      await withDatabase(terminal, ({ organizations }) => organizations.setUnconfirmed(options.org, unconfirmed));
      print(terminal, options, { organization: options.org, unconfirmed }, policyTexts[unconfirmed](options.org));
    });
}
