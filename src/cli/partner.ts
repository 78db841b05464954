import { randomBytes } from 'node:crypto';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { makePartnerKey, readPartnerKey } from '../access/partner-keys.js';
import { parseDuration } from '../config.js';
import { enforcements, partnerScopes, type Enforcement, type PartnerScope } from '../domain/partner.js';
import { createPartners, type ListedKey } from '../postgres/partners.js';
import { example } from './arguments.js';
import { print } from './terminal.js';
import type { Terminal } from './terminal.js';
import { withAct, withDatabase } from './with-database.js';

const A_YEAR_MS = 365 * 86_400_000;
const A_WEEK_MS = 7 * 86_400_000;

type Json = { readonly json?: boolean };
type CreateOptions = Json & {
  readonly org: string;
  readonly name: string;
  readonly application?: string;
  readonly scopes: readonly PartnerScope[];
  readonly enforcement: Enforcement;
  readonly expiresIn: number;
};
type RotateOptions = Json & { readonly key: string; readonly overlap: number; readonly expiresIn: number };

/** `assent partner …` */
export function addPartnerCommand(program: Command, terminal: Terminal): void {
  const partner = program.command('partner').description('partners: systems that run what was published for them');

  partner
    .command('create')
    .description('make a partner, or a further key of one, and print the key: it is shown this once')
    .requiredOption('--org <slug>', 'the organization that it acts for')
    .requiredOption('--name <name>', 'its name')
    .option('--application <name>', 'what its documents are published for (default: main)')
    .addOption(
      new Option('--scopes <scopes>', 'what its documents may do')
        .argParser(scopesFrom)
        .default(partnerScopes, partnerScopes.join(',')),
    )
    .addOption(
      new Option('--enforcement <mode>', 'what the key may run; ID_ONLY: published documents, by hash alone')
        .choices(enforcements)
        .default('ID_ONLY'),
    )
    .addOption(expiry())
    .option('--json', 'print JSON')
    .addHelpText('after', example('partner create --org acme --name "Billing system" --scopes read'))
    .action(async ({ org, name, application, scopes, enforcement, json, ...options }: CreateOptions) => {
      const { key, keyId, hash } = makePartnerKey(randomBytes);
      const expiresAt = new Date(Date.now() + options.expiresIn);
      const created = await withAct(terminal, async ({ sql, organizations, record }) => {
        const organization = await organizations.findBySlug(org);
        if (organization === null) throw new Error(`There is no organization "${org}".`);
        const made = await createPartners({ sql }).create(
          { organizationId: organization.id, name, application: application ?? null },
          { keyId, hash, enforcement, scopes, expiresAt },
        );
        const details = { key: keyId, scopes, enforcement, expiresAt: expiresAt.toISOString() };
        await record({ organization: org, action: 'partner.create', target: name, details });
        return made;
      });
      const data = { partner: name, application: created.application, key, keyId, scopes, enforcement, expiresAt };
      print(terminal, { json }, { organization: org, ...data }, key);
      if (!json) terminal.err(`The key ${keyId} of "${name}" is good until ${expiresAt.toISOString()}. Keep it now.`);
    });

  partner
    .command('rotate')
    .description('print a key that may do the same as an old one, which ends after a while')
    .addOption(keyOption('the old key'))
    .addOption(
      new Option('--overlap <duration>', 'how long the old key is still good, as an ISO 8601 duration')
        .argParser((text) => durationFrom(text, 0))
        .default(A_WEEK_MS, 'P7D'),
    )
    .addOption(expiry())
    .option('--json', 'print JSON')
    .addHelpText('after', example('partner rotate --key 4fTz09QqLm2X --overlap P2D'))
    .action(async ({ key: oldKeyId, overlap, expiresIn, json }: RotateOptions) => {
      const { key, keyId, hash } = makePartnerKey(randomBytes);
      const now = Date.now();
      const expiresAt = new Date(now + expiresIn);
      const until = new Date(now + overlap);
      const old = await withAct(terminal, async ({ sql, record }) => {
        const partners = createPartners({ sql });
        await partners.rotate(oldKeyId, { keyId, hash, expiresAt }, until);
        const ending = await partners.findKey(oldKeyId);
        const details = { key: keyId, endsAt: ending.expiresAt?.toISOString() ?? null };
        await record({ organization: ending.organization, action: 'partner.rotate', target: oldKeyId, details });
        return ending;
      });
      const ending = { keyId: oldKeyId, expiresAt: old.expiresAt };
      print(terminal, { json }, { partner: old.partner, key, keyId, expiresAt, old: ending }, key);
      if (!json)
        terminal.err(
          `The key ${keyId} is good at once; ${oldKeyId} ends at ${(old.expiresAt ?? until).toISOString()}.`,
        );
    });

  partner
    .command('revoke')
    .description('end a key now, on every server within a second')
    .addOption(keyOption('the key'))
    .option('--json', 'print JSON')
    .addHelpText('after', example('partner revoke --key 4fTz09QqLm2X'))
    .action(async ({ key: keyId, json }: Json & { readonly key: string }) => {
      const { revokedAt, partner: name } = await withAct(terminal, async ({ sql, record }) => {
        const partners = createPartners({ sql });
        const at = await partners.revoke(keyId);
        const key = await partners.findKey(keyId);
        await record({ organization: key.organization, action: 'partner.revoke', target: keyId, details: {} });
        return { ...key, revokedAt: at };
      });
      print(terminal, { json }, { keyId, partner: name, revokedAt }, `The key ${keyId} of "${name}" is revoked.`);
    });

  partner
    .command('list')
    .description('list the keys of all partners, never the keys themselves')
    .requiredOption('--org <slug>', 'the organization')
    .option('--json', 'print JSON')
    .addHelpText('after', example('partner list --org acme'))
    .action(async ({ org, json }: Json & { readonly org: string }) => {
      const keys = await withDatabase(terminal, async ({ database, organizations }) => {
        const organization = await organizations.findBySlug(org);
        if (organization === null) throw new Error(`There is no organization "${org}".`);
        return createPartners({ sql: database.sql }).list(organization.id);
      });
      const text = keys.length === 0 ? 'There is none.' : keys.map(lineOf).join('\n');
      print(terminal, { json }, { organization: org, keys }, text);
    });
}

function lineOf({ keyId, partner, enforcement, scopes, expiresAt, revokedAt, lastUsedAt }: ListedKey): string {
  const end =
    revokedAt === null ? `until ${expiresAt?.toISOString() ?? 'it is revoked'}` : `revoked ${revokedAt.toISOString()}`;
  return [
    keyId,
    partner,
    enforcement,
    scopes.join(','),
    end,
    lastUsedAt === null ? 'never used' : `last used ${lastUsedAt.toISOString()}`,
  ].join('  ');
}

/** Whoever found a key somewhere need not take it apart. */
function keyOption(what: string): Option {
  return new Option('--key <id>', `the id of ${what}, or that key itself`)
    .argParser((text) => readPartnerKey(text)?.keyId ?? text)
    .makeOptionMandatory();
}

function expiry(): Option {
  return new Option('--expires-in <duration>', 'how long the key is good, as an ISO 8601 duration')
    .argParser((text) => durationFrom(text, 1))
    .default(A_YEAR_MS, 'P365D');
}

function durationFrom(text: string, least: number): number {
  const ms = parseDuration(text);
  if (ms === null || ms < least || ms > 100 * A_YEAR_MS)
    throw new InvalidArgumentError('It looks like P365D, P7D or PT12H.');
  return ms;
}

/** Reads `read`, `write` or both. */
export function scopesFrom(text: string): readonly PartnerScope[] {
  const named = text.split(',').map((scope) => scope.trim());
  const known = partnerScopes.filter((scope) => named.includes(scope));
  if (known.length === 0 || known.length < new Set(named).size) {
    throw new InvalidArgumentError(`It is one or several of ${partnerScopes.join(', ')}, with commas between.`);
  }
  return known;
}
