import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseDuration } from '../config.js';
import { example } from './arguments.js';
import { print } from './terminal.js';
import type { Terminal } from './terminal.js';
import { withAct } from './with-database.js';

type SetOptions = {
  readonly org: string;
  readonly phoneNumberId: string;
  readonly accessToken: string;
  readonly appSecret: string;
  readonly previousSecretFor: number;
  readonly template: string;
  readonly locale?: string;
  readonly number?: string;
  readonly templateCategory?: string;
  readonly templateVersion?: string;
  readonly continueTemplate?: string;
  readonly json?: boolean;
};

const DAY_MS = 24 * 60 * 60 * 1000;

function durationOrNone(text: string): number {
  const ms = text === '0' ? 0 : parseDuration(text);
  if (ms !== null) return ms;
  throw new InvalidArgumentError('It is an ISO 8601 duration such as P1D or PT1H, or 0.');
}

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
    .addOption(
      new Option(
        '--previous-secret-for <duration>',
        'how long webhooks may still be signed with the secret before; 0 ends it at once',
      )
        .argParser(durationOrNone)
        .default(DAY_MS, 'P1D'),
    )
    .option('--template <name>', 'the approved template of the opt-in request', 'opt_in_request')
    .option('--locale <locale>', "the template's language (default: the organization's)")
    .option('--number <number>', 'the number itself, for the evidence of what is sent')
    .addOption(
      new Option('--template-category <category>', 'what the template counts as at Meta, for the evidence').choices([
        'MARKETING',
        'UTILITY',
        'AUTHENTICATION',
      ]),
    )
    .option('--template-version <version>', 'what you call this version of the template, for the evidence')
    .option('--continue-template <name>', 'the approved template that asks a contact to write again (default: none)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      example('channel set --org acme --phone-number-id 106540352242922 --access-token EAAB… --app-secret …'),
    )
    .action(async (options: SetOptions) => {
      const { org, phoneNumberId, accessToken, appSecret, template: templateName } = options;
      await withAct(terminal, async ({ organizations, record }) => {
        const templateLocale = options.locale ?? null;
        const continueTemplate = options.continueTemplate ?? null;
        const { number = null, templateCategory = null, templateVersion = null } = options;
        const forEvidence = { number, templateCategory, templateVersion };
        await organizations.setChannel(org, {
          phoneNumberId,
          accessToken,
          appSecret,
          previousSecretForMs: options.previousSecretFor,
          templateName,
          templateLocale,
          ...forEvidence,
          continueTemplate,
        });
        const details = { template: templateName, locale: templateLocale, ...forEvidence, continueTemplate };
        await record({ organization: org, action: 'channel.set', target: phoneNumberId, details });
      });
      const data = { organization: org, phoneNumberId, template: templateName, enabled: true };
      print(terminal, options, data, `"${org}" writes on WhatsApp as the number with the id ${phoneNumberId}.`);
    });

  channel
    .command('disable')
    .description('stop using the number; its settings are kept')
    .requiredOption('--org <slug>', 'the organization')
    .option('--json', 'print JSON')
    .addHelpText('after', example('channel disable --org acme'))
    .action(async (options: Pick<SetOptions, 'org' | 'json'>) => {
      await withAct(terminal, async ({ organizations, record }) => {
        await organizations.disableChannel(options.org);
        await record({ organization: options.org, action: 'channel.disable', target: null, details: {} });
      });
      const data = { organization: options.org, enabled: false };
      print(terminal, options, data, `The WhatsApp channel of "${options.org}" is disabled.`);
    });
}
