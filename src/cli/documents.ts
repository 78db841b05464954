import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { partnerScopes, type PartnerScope } from '../domain/partner.js';
import { createDocumentVersions, type ListedVersion, type VersionName } from '../postgres/document-versions.js';
import { documentUsageOf, type DocumentUsage } from '../postgres/document-usage.js';
import { createPartners, scopesOf, type Partner } from '../postgres/partners.js';
import { example } from './arguments.js';
import { checkFile, describeVerdicts, withProblems, type CheckedFile } from './manifest-check.js';
import { scopesFrom } from './partner.js';
import { print } from './terminal.js';
import type { Terminal } from './terminal.js';
import { withAct, withDatabase } from './with-database.js';

type Json = { readonly json?: boolean };
type CheckOptions = Json & { readonly scopes: readonly PartnerScope[]; readonly allowDeprecated?: boolean };
type PartnerOptions = Json & { readonly org: string; readonly partner: string };
type VersionOptions = PartnerOptions & { readonly version: string; readonly application?: string };
type Opened = Parameters<Parameters<typeof withAct>[1]>[0];

/** `assent documents …` */
export function addDocumentsCommand(program: Command, terminal: Terminal): void {
  const documents = program.command('documents').description('the documents that partners may run');

  documents
    .command('check')
    .description('tell whether the documents of a manifest could be published; needs no database')
    .argument('<file>', 'the manifest: JSON such as {"sha256:<hex>": "query …"}')
    .addOption(
      new Option('--scopes <scopes>', 'what the documents may do').argParser(scopesFrom).default(partnerScopes, 'both'),
    )
    .option('--allow-deprecated', 'take documents that use deprecated fields')
    .option('--json', 'print JSON')
    .addHelpText('after', example('documents check persisted-documents.json --scopes read'))
    .action(async (file: string, { scopes, allowDeprecated = false, json }: CheckOptions) => {
      const checked = await checkFile(file, { scopes, allowDeprecated });
      print(terminal, { json }, dataOf(checked), describeVerdicts(checked));
      if (!checked.ok) throw new Error('Nothing of it can be published until each problem is gone.');
    });

  ofVersion(documents.command('publish').description('let a partner run the documents of a manifest'))
    .argument('<file>', 'the manifest: JSON such as {"sha256:<hex>": "query …"}')
    .option('--allow-deprecated', 'take documents that use deprecated fields')
    .addHelpText('after', example('documents publish --org acme --partner Billing --version 1.4.0 manifest.json'))
    .action(async (file: string, options: VersionOptions & { readonly allowDeprecated?: boolean }) => {
      const { org, json, allowDeprecated = false } = options;
      const published = await withAct(terminal, async (opened) => {
        const name = await versionOf(opened, options);
        const scopes = await scopesOf(opened.sql, name.partner);
        if (scopes.length === 0) throw new Error(`"${name.partner.name}" has no key that is good: create one first.`);
        const checked = await checkFile(file, { scopes, allowDeprecated });
        if (!checked.ok) throw new Error(`Nothing was published.\n${describeVerdicts(withProblems(checked))}`);
        const done = await createDocumentVersions({ sql: opened.sql }).publish(name, checked.publishable);
        const { application, version } = name;
        const details = { application, version, documents: checked.publishable.length, unchanged: done.unchanged };
        await opened.record({ organization: org, action: 'documents.publish', target: options.partner, details });
        return { application, version, documents: checked.publishable.length, ...done };
      });
      const { version, application, documents: count, unchanged, status } = published;
      const text = unchanged
        ? `Version ${version} of "${application}" was published before with the same documents; it is ${status}.`
        : `Version ${version} of "${application}" is ${status}: ${countOf(count)} for "${options.partner}".`;
      print(terminal, { json }, { organization: org, partner: options.partner, ...published }, text);
    });

  ofVersion(documents.command('deprecate').description('tell those who still run a version that it will end'))
    .addOption(new Option('--sunset <date>', 'when it is to end, such as 2027-03-31').argParser(dateFrom))
    .addHelpText(
      'after',
      example('documents deprecate --org acme --partner Billing --version 1.3.0 --sunset 2027-03-31'),
    )
    .action(async (options: VersionOptions & { readonly sunset?: Date }) => {
      const sunsetAt = options.sunset ?? null;
      const { application, version, deprecatedAt } = await withAct(terminal, async (opened) => {
        const name = await versionOf(opened, options);
        const since = await createDocumentVersions({ sql: opened.sql }).deprecate(name, sunsetAt);
        await recordOf(opened, 'documents.deprecate', options, name, { sunset: sunsetAt?.toISOString() ?? null });
        return { ...name, deprecatedAt: since };
      });
      const data = { organization: options.org, partner: options.partner, application, version, status: 'DEPRECATED' };
      const end = sunsetAt === null ? '' : ` Those who run it are told that it ends at ${sunsetAt.toISOString()}.`;
      const text = `Version ${version} of "${application}" is DEPRECATED since ${deprecatedAt.toISOString()}.${end}`;
      print(terminal, options, { ...data, deprecatedAt, sunsetAt }, text);
    });

  ofVersion(documents.command('retire').description('end a version: its documents no longer run, within a second'))
    .addHelpText('after', example('documents retire --org acme --partner Billing --version 1.3.0'))
    .action(async (options: VersionOptions) => {
      const { application, version } = await withAct(terminal, async (opened) => {
        const name = await versionOf(opened, options);
        await createDocumentVersions({ sql: opened.sql }).retire(name);
        await recordOf(opened, 'documents.retire', options, name, {});
        return name;
      });
      const data = { organization: options.org, partner: options.partner, application, version, status: 'RETIRED' };
      print(terminal, options, data, `Version ${version} of "${application}" is RETIRED.`);
    });

  documents
    .command('list')
    .description('list what is published, of all partners or of one')
    .requiredOption('--org <slug>', 'the organization')
    .option('--partner <name>', 'the partner (default: all)')
    .option('--json', 'print JSON')
    .addHelpText('after', example('documents list --org acme'))
    .action(async ({ org, partner, json }: Json & { readonly org: string; readonly partner?: string }) => {
      const versions = await withDatabase(terminal, async ({ database: { sql }, organizations }) => {
        const organization = await organizations.findBySlug(org);
        if (organization === null) throw new Error(`There is no organization "${org}".`);
        const one = partner === undefined ? null : await createPartners({ sql }).find(organization.id, partner);
        return createDocumentVersions({ sql }).list(organization.id, one);
      });
      const text = versions.length === 0 ? 'There is none.' : versions.map(versionLine).join('\n');
      print(terminal, { json }, { organization: org, versions }, text);
    });

  documents
    .command('usage')
    .description("tell how often each of a partner's documents ran, how often in vain, when last and how fast")
    .requiredOption('--org <slug>', 'the organization')
    .requiredOption('--partner <name>', 'the partner')
    .addOption(new Option('--since <date>', 'only from that day on (UTC)').argParser(dateFrom))
    .option('--json', 'print JSON')
    .addHelpText('after', example('documents usage --org acme --partner Billing --since 2026-11-01'))
    .action(async ({ org, partner, since, json }: PartnerOptions & { readonly since?: Date }) => {
      const usage = await withDatabase(terminal, async ({ database: { sql }, organizations }) =>
        documentUsageOf(sql, await partnerOf({ sql, organizations }, org, partner), since ?? null),
      );
      const text = usage.length === 0 ? 'Nothing is published.' : usage.map(usageLine).join('\n');
      print(terminal, { json }, { organization: org, partner, documents: usage }, text);
    });
}

/** The options that name one publication. */
function ofVersion(command: Command): Command {
  return command
    .requiredOption('--org <slug>', 'the organization')
    .requiredOption('--partner <name>', 'the partner')
    .requiredOption('--version <version>', "the version of the partner's application")
    .option(
      '--application <name>',
      "which of the partner's applications (default: the one that the partner was made with)",
    )
    .option('--json', 'print JSON');
}

async function versionOf(opened: Opened, { org, partner, version, application }: VersionOptions): Promise<VersionName> {
  const found = await partnerOf(opened, org, partner);
  return { partner: found, application: application ?? found.application, version };
}

async function partnerOf(
  { sql, organizations }: Pick<Opened, 'sql' | 'organizations'>,
  org: string,
  name: string,
): Promise<Partner> {
  const organization = await organizations.findBySlug(org);
  if (organization === null) throw new Error(`There is no organization "${org}".`);
  return createPartners({ sql }).find(organization.id, name);
}

async function recordOf(
  { record }: Opened,
  action: string,
  { org, partner }: VersionOptions,
  { application, version }: VersionName,
  details: Readonly<Record<string, string | null>>,
): Promise<void> {
  await record({ organization: org, action, target: partner, details: { application, version, ...details } });
}

function dataOf({ ok, verdicts }: CheckedFile): object {
  return { ok, documents: verdicts.map(({ text: _text, ...verdict }) => verdict) };
}

const countOf = (count: number): string => (count === 1 ? '1 document' : `${count} documents`);

function versionLine(listed: ListedVersion): string {
  const { partner, application, version, status, documents, deprecatedAt, sunsetAt } = listed;
  const isEnding = status === 'DEPRECATED';
  const since = isEnding && deprecatedAt !== null ? [`since ${deprecatedAt.toISOString()}`] : [];
  const end = isEnding && sunsetAt !== null ? [`until ${sunsetAt.toISOString()}`] : [];
  return [partner, application, version, status, countOf(documents), ...since, ...end].join('  ');
}

function usageLine({ name, application, version, status, runs, errors, p95Ms, lastRunAt }: DocumentUsage): string {
  const speed = p95Ms === null ? [] : [`95 of 100 within ${p95Ms} ms`];
  const last = lastRunAt === null ? ['never run'] : [`last ${lastRunAt.toISOString()}`];
  return [name, `${application} ${version}`, status, `${runs} runs`, `${errors} failed`, ...speed, ...last].join('  ');
}

function dateFrom(text: string): Date {
  const date = new Date(text);
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError('It is a day such as 2027-03-31, or a time such as 2027-03-31T12:00:00Z.');
  }
  return date;
}
