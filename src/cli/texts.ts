import { Option } from 'commander';
import type { Command } from 'commander';
import { textKeys } from '../domain/message/texts.js';
import { example } from './arguments.js';
import { print } from './terminal.js';
import type { Terminal } from './terminal.js';
import { withAct } from './with-database.js';

type SetOptions = { readonly org: string; readonly locale: string; readonly key: string; readonly json?: boolean };

/** `assent texts …` */
export function addTextsCommand(program: Command, terminal: Terminal): void {
  const texts = program.command('texts').description("an organization's own words for the messages of the system");

  texts
    .command('set')
    .description('set one text; {business} stands for the name of the organization')
    .argument('<text>', 'the words')
    .requiredOption('--org <slug>', 'the organization')
    .requiredOption('--locale <locale>', 'the language of the words')
    .addOption(new Option('--key <key>', 'which text').choices(textKeys).makeOptionMandatory())
    .option('--json', 'print JSON')
    .addHelpText('after', example('texts set --org acme --locale en --key ACCEPT_BUTTON "Yes, please"'))
    .action(async (text: string, options: SetOptions) => {
      const { org, locale, key } = options;
      await withAct(terminal, async ({ organizations, record }) => {
        await organizations.setText(org, { locale, key, text });
        await record({ organization: org, action: 'texts.set', target: key, details: { locale } });
      });
      print(terminal, options, { organization: org, locale, key, text }, `"${org}" has its own ${key} in ${locale}.`);
    });
}
