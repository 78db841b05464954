import type { Command } from 'commander';
import { print } from './terminal.js';
import type { Terminal } from './terminal.js';
import { withDatabase } from './with-database.js';

type SetOptions = {
  readonly org: string;
  readonly phoneNumberId: string;
  readonly accessToken: string;
  readonly appSecret: string;
  readonly template: string;
  readonly locale?: string;
  readonly continueTemplate?: string;
  readonly json?: boolean;
};

/** `assent channel …` */
export function addChannelCommand(program: Command, terminal: Terminal): void {
  const channel = program.command('channel').description("an organization's WhatsApp number");

  channel
    .command('set')
    .description('set or replace the number, and enable it')
    .requiredOption('--org <slug>', 'the organization')
    .requiredOption('--phone-number-id <id>', "the number's id at Meta")
    .requiredOption('--access-token <token>', 'what Meta lets us send with')
    .requiredOption('--app-secret <secret>', 'what Meta signs its webhooks with')
    .option('--template <name>', 'the approved template of the opt-in request', 'opt_in_request')
    .option('--locale <locale>', "the template's language (default: the organization's)")
    .option('--continue-template <name>', 'the approved template that asks a contact to write again (default: none)')
    .option('--json', 'print JSON')
    .action(async (options: SetOptions) => {
      const { org, phoneNumberId, accessToken, appSecret, template: templateName } = options;
      await withDatabase(terminal, ({ organizations }) =>
        organizations.setChannel(org, {
          phoneNumberId,
          accessToken,
          appSecret,
          templateName,
          templateLocale: options.locale ?? null,
          continueTemplate: options.continueTemplate ?? null,
        }),
      );
      const data = { organization: org, phoneNumberId, template: templateName, enabled: true };
      print(terminal, options, data, `"${org}" writes on WhatsApp as the number with the id ${phoneNumberId}.`);
    });

  channel
    .command('disable')
    .description('stop using the number; its settings are kept')
    .requiredOption('--org <slug>', 'the organization')
    .option('--json', 'print JSON')
    .action(async (options: Pick<SetOptions, 'org' | 'json'>) => {
      await withDatabase(terminal, ({ organizations }) => organizations.disableChannel(options.org));
      const data = { organization: options.org, enabled: false };
      print(terminal, options, data, `The WhatsApp channel of "${options.org}" is disabled.`);
    });
}
