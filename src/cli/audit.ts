import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { parseDuration } from '../config.js';
import { listActs, type AuditEvent } from '../postgres/audit.js';
import { example, wholeNumberUpTo } from './arguments.js';
import { print } from './terminal.js';
import type { Terminal } from './terminal.js';
import { withDatabase } from './with-database.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1_000;

type AuditOptions = {
  readonly org?: string;
  readonly since?: Date;
  readonly limit: number;
  readonly json?: boolean;
};

/** `assent audit` */
export function addAuditCommand(program: Command, terminal: Terminal): void {
  program
    .command('audit')
    .description('list who changed which setting of an organization, or of the installation, the newest first')
    .option('--org <slug>', 'the organization (default: acts on the installation itself)')
    .addOption(
      new Option('--since <time>', 'only from then on: a time, or how long ago, such as P7D').argParser(sinceFrom),
    )
    .addOption(
      new Option('--limit <number>', `how many at most, up to ${MAX_LIMIT}`)
        .argParser(wholeNumberUpTo(MAX_LIMIT))
        .default(DEFAULT_LIMIT),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', example('audit --org acme --since P7D'))
    .action(async ({ org, since, limit, json }: AuditOptions) => {
      const found = await withDatabase(terminal, async ({ database, organizations }) => {
        const organization = org === undefined ? null : await organizations.findBySlug(org);
        if (org !== undefined && organization === null) throw new Error(`There is no organization "${org}".`);
        const organizationId = organization?.id ?? null;
        return listActs(database.sql, { organizationId, since: since ?? null, limit: limit + 1 });
      });
      const acts = found.slice(0, limit);
      const more = found.length > limit;
      const lines = acts.length === 0 ? ['There is none.'] : acts.map(lineOf);
      const text = [...lines, ...(more ? ['There are more.'] : [])].join('\n');
      print(terminal, { json }, { organization: org ?? null, acts: acts.map(dataOf), more }, text);
    });
}

function lineOf({ at, action, target, actor, details }: AuditEvent): string {
  const said = Object.entries(details).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [at.toISOString(), action, ...(target === null ? [] : [target]), `by ${actor}`, ...said].join('  ');
}

function dataOf({ id, at, actor, action, target, details }: AuditEvent): object {
  return { id, at, actor, action, target, details };
}

function sinceFrom(text: string): Date {
  const ago = parseDuration(text);
  const since = ago === null ? new Date(text) : new Date(Date.now() - ago);
  if (Number.isNaN(since.getTime()) || (ago === null && !/^\d{4}-\d{2}-\d{2}/.test(text))) {
    throw new InvalidArgumentError('It is a time such as 2026-11-22T08:00:00Z, or a duration such as P7D.');
  }
  return since;
}
