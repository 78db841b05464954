import type { Command } from 'commander';
import { example } from './arguments.js';
import { print } from './terminal.js';
import type { Terminal } from './terminal.js';
import { withAct } from './with-database.js';

type SetOptions = {
  readonly org: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly from: string;
  readonly json?: boolean;
};

/** `assent sms …` */
export function addSmsCommand(program: Command, terminal: Terminal): void {
  const sms = program.command('sms').description("an organization's own account and number for SMS");

  sms
    .command('set')
    .description('set or replace the sender, and enable it')
    .requiredOption('--org <slug>', 'the organization')
    .requiredOption('--account-sid <sid>', "the account's id at Twilio, or at whatever speaks its protocol")
    .requiredOption('--auth-token <token>', 'what we send with, and what the provider signs its webhooks with')
    .requiredOption('--from <number>', 'the number to send from, in E.164 such as +15005550006, or a short code')
    .option('--json', 'print JSON')
    .addHelpText('after', example('sms set --org acme --account-sid AC… --auth-token … --from +15005550006'))
    .action(async (options: SetOptions) => {
      const { org, accountSid, authToken } = options;
      const from = await withAct(terminal, async ({ smsSetup, record }) => {
        const number = await smsSetup.setSender(org, { accountSid, authToken, from: options.from });
        await record({ organization: org, action: 'sms.set', target: accountSid, details: {} });
        return number;
      });
      const data = { organization: org, accountSid, from, enabled: true };
      print(terminal, options, data, `"${org}" sends SMS from ${from}.`);
    });

  sms
    .command('disable')
    .description('stop sending with it; its settings are kept. The sender of the server, if there is one, takes over')
    .requiredOption('--org <slug>', 'the organization')
    .option('--json', 'print JSON')
    .addHelpText('after', example('sms disable --org acme'))
    .action(async (options: Pick<SetOptions, 'org' | 'json'>) => {
      await withAct(terminal, async ({ smsSetup, record }) => {
        await smsSetup.disableSender(options.org);
        await record({ organization: options.org, action: 'sms.disable', target: null, details: {} });
      });
      const data = { organization: options.org, enabled: false };
      print(terminal, options, data, `The SMS sender of "${options.org}" is disabled.`);
    });
}
