import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { SignJWT } from 'jose';
import { agentRoles, type AgentRole } from '../domain/viewer.js';
import { parseDuration } from '../config.js';
import { print } from './terminal.js';
import type { Terminal } from './terminal.js';

type TokenOptions = {
  readonly org: string;
  readonly role: AgentRole;
  readonly sub: string;
  readonly name?: string;
  readonly ttl: number;
  readonly json?: boolean;
};

/** `assent token`; it needs no database, so it does not notice an organization that doesn't exist. */
export function addTokenCommand(program: Command, terminal: Terminal): void {
  program
    .command('token')
    .description('sign a token for an agent or a dashboard, with AUTH_JWT_SECRET')
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
    .action(async (options: TokenOptions) => {
      const secret = terminal.readConfig().auth.jwtSecret;
      if (secret === null) throw new Error('AUTH_JWT_SECRET should be set: a token is signed with it.');
      const issuedAt = Math.floor(Date.now() / 1000);
      const expiresAt = issuedAt + Math.ceil(options.ttl / 1000);
      const { org, role, name } = options;
      const token = await new SignJWT({ org, role, ...(name === undefined ? {} : { name }) })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setSubject(options.sub)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(new TextEncoder().encode(secret));
      print(terminal, options, { token, expiresAt: new Date(expiresAt * 1000).toISOString() }, token);
    });
}

function lifetimeFrom(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms === 0) throw new InvalidArgumentError('It looks like PT1H, PT30M or P1D.');
  return ms;
}
