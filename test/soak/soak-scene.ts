import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { migrate } from '../../src/postgres/migrate.js';
import { chanceOf } from '../support/chance.js';
import { assent } from '../support/command-line.js';
import { startOwnPostgres } from '../support/own-postgres.js';
import { bundleServer } from '../support/server-bundle.js';
import type { AtEnd } from '../support/server-process.js';
import { startPostOffice } from './post-office.js';
import { startSoakProvider, type Taken } from './soak-provider.js';
import { startSoakServer } from './soak-servers.js';

const SERVERS = 3;
const APP_SECRET = 'an-app-secret';

/** One leaves messages of unknown fate as they are, the other has them sent again. */
export const organizations = [
  { slug: 'parks', phoneNumberId: 'parks-number', unconfirmed: 'park' },
  { slug: 'resends', phoneNumberId: 'resends-number', unconfirmed: 'resend' },
] as const;
export type SoakOrganization = (typeof organizations)[number];

export type SoakScene = Awaited<ReturnType<typeof setSoakScene>>;

/** Three servers on one PostgreSQL of their own, before one provider. All is gone at the end of the test. */
export async function setSoakScene(atEnd: AtEnd, seed: number) {
  const [database, dataDir, program] = await Promise.all([
    startOwnPostgres(atEnd),
    mkdtemp(join(tmpdir(), 'assent-test-')),
    bundleServer(atEnd),
  ]);
  atEnd(() => rm(dataDir, { recursive: true, force: true }));
  const env = {
    PORT: '0',
    DATABASE_URL: database.url(),
    DATA_DIR: dataDir,
    AUTH_JWT_SECRET: 'a secret for soaking that is long enough',
    // What is cut off is given up soon, and what was left behind is found soon.
    WHATSAPP_TIMEOUT: 'PT2S',
    DELIVERY_LEASE: 'PT4S',
    DELIVERY_UNCONFIRMED_WAIT: 'PT4S',
    // How fast anybody may send is not what is tried out.
    DELIVERY_ORDER_WAIT: 'PT0S',
    WHATSAPP_MESSAGES_PER_SECOND: '100000',
    WHATSAPP_PAIR_INTERVAL: 'PT0S',
    LOG_LEVEL: 'error',
  };
  await migrate(database.url());
  const sql = postgres(database.url(), { max: 2, onnotice: () => undefined });
  atEnd(() => sql.end({ timeout: 1 }));

  async function operator(...args: readonly string[]): Promise<string> {
    const { code, out, err } = await assent(env, ...args);
    if (code !== 0) throw new Error(err);
    return out.trim();
  }
  const tokens = new Map<string, string>();
  for (const { slug, phoneNumberId, unconfirmed } of organizations) {
    await operator('org', 'create', '--slug', slug, '--name', 'Acme Ltd', '--locale', 'en');
    const secrets = ['--access-token', 'a-token', '--app-secret', APP_SECRET];
    await operator('channel', 'set', '--org', slug, '--phone-number-id', phoneNumberId, ...secrets);
    await operator('org', 'policy', '--org', slug, '--unconfirmed', unconfirmed);
    tokens.set(slug, await operator('token', '--org', slug, '--role', 'agent', '--sub', 'agent-1', '--ttl', 'P1D'));
  }

  let taken: (message: Taken) => void = () => undefined;
  const provider = await startSoakProvider({
    chance: chanceOf(seed, 'provider'),
    taken: (message) => taken(message),
    report: (phoneNumberId, item) => postOffice.post({ phoneNumberId, kind: 'statuses', item }),
  });
  atEnd(provider.close);
  const servers = await Promise.all(
    Array.from({ length: SERVERS }, () =>
      startSoakServer(atEnd, { program, database, providerPort: provider.port, env }),
    ),
  );
  atEnd(async () => void (await Promise.all(servers.map(({ close }) => close()))));

  /** Any of the servers, by a chance of whoever asks; null when it does not listen. */
  const anyUrl = (name: string) => {
    const chance = chanceOf(seed, name);
    return (): string | null => chance.oneOf(servers).url();
  };
  const postOffice = startPostOffice({
    chance: chanceOf(seed, 'post office'),
    appSecret: APP_SECRET,
    url: anyUrl('the servers of the post office'),
  });
  atEnd(postOffice.close);

  return {
    database,
    sql,
    provider,
    servers,
    postOffice,
    anyUrl,
    tokenOf: ({ slug }: SoakOrganization): string => tokens.get(slug) ?? '',
    /** Hears of each message that the provider takes. */
    onTaken: (listener: (message: Taken) => void): void => {
      taken = listener;
    },
  };
}
