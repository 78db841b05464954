import postgres, { type Sql } from 'postgres';
import type { Claim } from '../../src/domain/ports/outbox.js';
import { openDatabase } from '../../src/postgres/database.js';
import { migrate } from '../../src/postgres/migrate.js';
import { createOutbox } from '../../src/postgres/outbox.js';
import { now } from '../support/clock.js';
import type { BenchDatabase } from '../support/database.js';
import type { Scope } from '../support/scope.js';

const FEW = 1_000;
const CLAIMED = 64;
const CLAIMS = 60;
const WARM_UP = 20;
const LEASE_MS = 15_000;
/** What is measured is the statement, not the pace that it keeps. */
const RATES = { WHATSAPP: 100_000, SMS: 100_000 };

export const spreads = [1, 100] as const;
export type Spread = (typeof spreads)[number];

/** Times of single claims, in milliseconds, with few conversations waiting and with many. */
export type Growth = {
  readonly organizations: Spread;
  readonly few: readonly number[];
  readonly many: readonly number[];
};
export type Plan = { readonly title: string; readonly text: string };

type Size = { readonly waiting: number; readonly organizations: Spread };
type Queue = Size & { readonly url: string; readonly sql: Sql };

/** Claims in turn from queues that are short and long, of one organization and of a hundred. */
export async function measureGrowth(
  scope: Scope,
  database: BenchDatabase,
  { rounds, waiting }: { readonly rounds: number; readonly waiting: number },
): Promise<{ readonly growth: readonly Growth[]; readonly plans: readonly Plan[] }> {
  const growth: Growth[] = [];
  const plans: Plan[] = [];
  for (const organizations of spreads) {
    const few = await fill(scope, database, { organizations, waiting: FEW });
    const many = await fill(scope, database, { organizations, waiting });
    // The first round warms everything up.
    await claimInTurn([few, many], WARM_UP);
    for (let round = 0; round < rounds; round += 1) {
      const [ofFew = [], ofMany = []] = await claimInTurn([few, many], CLAIMS);
      growth.push({ organizations, few: ofFew, many: ofMany });
    }
    plans.push(await explain(few), await explain(many));
  }
  return { growth, plans };
}

/** Claims from one after the other, again and again; the times of each. */
async function claimInTurn(queues: readonly Queue[], claims: number): Promise<readonly (readonly number[])[]> {
  // As autovacuum does every minute, where a minute is more than a round.
  for (const { sql } of queues) await sql`vacuum outbox`;
  const times = queues.map((): number[] => []);
  for (let claim = 0; claim < claims; claim += 1) {
    for (const [index, { sql }] of queues.entries()) times[index]?.push(await timeClaim(sql));
  }
  return times;
}

/** A database with so many conversations that have something to send, in as many organizations, analyzed. */
async function fill(scope: Scope, database: BenchDatabase, { organizations, waiting }: Size): Promise<Queue> {
  const name = `bench_${organizations}_${waiting}`;
  await database.sql`create database ${database.sql(name)}`;
  const address = new URL(database.url);
  address.pathname = `/${name}`;
  const url = address.href;
  await migrate(url);
  const filling = postgres(url, { max: 1, onnotice: () => undefined });
  await filling`
    insert into organizations (id, slug, name, locale)
      select md5(n::text)::uuid, n::text, 'Benchmark', 'en' from generate_series(1, ${organizations}::int) as n`;
  await withoutContacts(filling);
  await filling`
    insert into outbox (organization_id, contact_id, channel, due_at, fence)
      select md5((n % ${organizations}::int + 1)::text)::uuid, gen_random_uuid(), 'WHATSAPP',
        now() - interval '1 hour' + n * interval '1 ms', 0
      from generate_series(1, ${waiting}::int) as n`;
  await filling`vacuum analyze outbox`;
  await filling.end();
  const { kept: sql, close } = openDatabase(url, { connections: 1, role: null });
  scope.atEnd(close);
  await withoutContacts(sql);
  // Makes the lanes.
  await claimFrom(sql);
  return { organizations, waiting, url, sql };
}

/** A claim looks at nothing of a contact, so there are none, and nobody checks that. */
const withoutContacts = (sql: Sql): Promise<unknown> => sql`set session_replication_role = replica`;

const claimFrom = (sql: Sql): Promise<readonly Claim[]> =>
  createOutbox(sql, RATES).claim({
    now: new Date(),
    leaseMs: LEASE_MS,
    limit: CLAIMED,
    laneLimit: CLAIMED,
    underWay: [],
  });

/** Times one claim; afterwards what was claimed is gone, as it is once it is sent, and as many have come in its place. */
async function timeClaim(sql: Sql): Promise<number> {
  const begun = now();
  const claims = await claimFrom(sql);
  const taken = now() - begun;
  if (claims.length !== CLAIMED) throw new Error(`${claims.length} conversations were claimed, not ${CLAIMED}`);
  await sql`
    with gone as (
      delete from outbox b
        using jsonb_to_recordset(${JSON.stringify(claims)}::text::jsonb)
          as c("organizationId" uuid, "contactId" uuid, channel text)
        where b.organization_id = c."organizationId" and b.contact_id = c."contactId" and b.channel = c.channel
        returning b.organization_id, b.channel
    )
    insert into outbox (organization_id, contact_id, channel, due_at, fence)
      select organization_id, gen_random_uuid(), channel, now(), 0 from gone`;
  return taken;
}

/** The plan of one more claim, on a connection that is set as a server's is and has claimed before. */
async function explain({ organizations, waiting, url, sql }: Queue): Promise<Plan> {
  const settings = await sql<{ name: string; setting: string }[]>`
    select name, setting from pg_settings where source = 'client' and (name like 'enable%' or name in ('jit', 'plan_cache_mode'))`;
  const lines: string[] = [];
  const watched = postgres(url, {
    max: 1,
    connection: Object.fromEntries(settings.map(({ name, setting }) => [name, setting])),
    onnotice: ({ message }) => lines.push(message ?? ''),
  });
  await withoutContacts(watched);
  for (let claims = 0; claims < WARM_UP; claims += 1) await timeClaim(watched);
  await watched`load 'auto_explain'`;
  await watched`
    select set_config('client_min_messages', 'log', false), set_config('auto_explain.log_analyze', 'on', false),
      set_config('auto_explain.log_buffers', 'on', false), set_config('auto_explain.log_min_duration', '0', false)`;
  lines.length = 0;
  await claimFrom(watched);
  await watched.end();
  const plan = lines.find((line) => line.includes('update outbox')) ?? '';
  const nodes = plan.slice(plan.lastIndexOf('b.fence') + 'b.fence'.length).split('\n');
  const text = nodes.filter((line) => /->|^\s*CTE |^Update|Cond:|Removed|Fetches/.test(line)).join('\n');
  return { title: `${waiting.toLocaleString('en')} waiting, organizations: ${organizations}`, text };
}
