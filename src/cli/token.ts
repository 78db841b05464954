import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { SignJWT } from 'jose';
import { agentRoles, type AgentRole } from '../domain/viewer.js';
import { parseDuration } from '../config.js';
import { createTokenSetup } from '../postgres/revocations.js';
import { example } from './arguments.js';
import { print } from './terminal.js';
import type { Terminal } from './terminal.js';
import { withAct } from './with-database.js';

type SignOptions = {
  readonly org: string;
  readonly role: AgentRole;
  readonly sub: string;
  readonly name?: string;
  readonly ttl: number;
  readonly json?: boolean;
};

type RevokeOptions = Pick<SignOptions, 'org' | 'sub' | 'json'>;

/** `assent token …`; without a word more it signs one. */
export function addTokenCommand(program: Command, terminal: Terminal): void {
  const token = program.command('token').description('tokens of agents and dashboards');

  // Signing needs no database, so it does not notice an organization that doesn't exist.
  token
    .command('sign', { isDefault: true })
    .description('sign one with AUTH_JWT_SECRET; "token" alone does the same')
    .requiredOption('--org <slug>', 'the organization')
    .addOption(new Option('--role <role>', 'what its bearer may do').choices(agentRoles).makeOptionMandatory())
    .requiredOption('--sub <id>', 'who its bearer is')
    .option('--name <name>', "its bearer's name, as colleagues read it")
    .addOption(
      new Option('--ttl <duration>', 'how long it is good, as an ISO 8601 duration')
        .argParser(lifetimeFrom)
        .default(3_600_000, 'PT1H'),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', example('token --org acme --role agent --sub alice --ttl PT8H'))
    .action(async (options: SignOptions) => {
      const signed = await sign(terminal.readConfig().auth, options);
      print(terminal, options, signed, signed.token);
    });

  token
    .command('revoke')
    .description('take back all tokens of somebody that were made until now, also those signed elsewhere')
    .requiredOption('--org <slug>', 'the organization')
    .requiredOption('--sub <id>', 'whose tokens: the `sub` that they name')
    .option('--json', 'print JSON')
    .addHelpText('after', example('token revoke --org acme --sub alice'))
    .action(async (options: RevokeOptions) => {
      const { org: organization, sub: subject } = options;
      const notBefore = await withAct(terminal, async ({ sql, organizations, record }) => {
        const from = (await createTokenSetup({ sql, organizations }).revoke(organization, subject)).toISOString();
        await record({ organization, action: 'token.revoke', target: subject, details: { notBefore: from } });
        return from;
      });
      const text = `Tokens of "${subject}" made before ${notBefore} are refused; open sockets close within 10 seconds.`;
      print(terminal, options, { organization, subject, notBefore }, text);
    });
}

async function sign(
  auth: ReturnType<Terminal['readConfig']>['auth'],
  { org, role, sub, name, ttl }: SignOptions,
): Promise<{ readonly token: string; readonly expiresAt: string }> {
  const { jwtSecret: secret, audience, issuer } = auth;
  if (secret === null) throw new Error('AUTH_JWT_SECRET should be set: a token is signed with it.');
  const issuedAt = Math.floor(Date.now() / 1000);
  const expiresAt = issuedAt + Math.ceil(ttl / 1000);
  const jwt = new SignJWT({ org, role, ...(name === undefined ? {} : { name }) })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(sub)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt);
  if (audience !== null) jwt.setAudience(audience);
  if (issuer !== null) jwt.setIssuer(issuer);
  const token = await jwt.sign(new TextEncoder().encode(secret));
  return { token, expiresAt: new Date(expiresAt * 1000).toISOString() };
}

function lifetimeFrom(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms === 0) throw new InvalidArgumentError('It looks like PT1H, PT30M or P1D.');
  return ms;
}
