import postgres, { type Sql } from 'postgres';
import { v7 as newId } from 'uuid';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createCore } from '../../src/domain/core.js';
import { parsePhoneNumber } from '../../src/domain/phone-number.js';
import { createConsentStore } from '../../src/postgres/consent-store.js';
import { openDatabase, type Database } from '../../src/postgres/database.js';
import { createErasure } from '../../src/postgres/erasure.js';
import { createFeedLog } from '../../src/postgres/feed-log.js';
import { migrate } from '../../src/postgres/migrate.js';
import { openProtectedDatabase } from '../../src/postgres/protected-database.js';
import { createReaders } from '../../src/postgres/readers.js';
import type { Scoped } from '../../src/postgres/scoped.js';
import { requireTenancy } from '../../src/postgres/tenancy.js';
import { startBadNetwork } from '../support/bad-network.js';
import { assent } from '../support/command-line.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { ordinaryOwnerOf } from '../support/ordinary-owner.js';
import { testPolicy } from '../support/policy.js';
import { insertInto, tenantTables, type TenantTable } from '../support/rows-of-every-table.js';

const REFUSED_BY_POLICY = { code: '42501', message: expect.stringContaining('row-level security policy') };
const acme = newId();
const globex = newId();

let database: TestDatabase;
let opened: Database;
let tables: readonly TenantTable[];

beforeAll(async () => {
  database = await createTestDatabase();
  opened = openDatabase(database.url, { connections: 4, role: database.role });
  tables = await tenantTables(database.sql);
  await database.sql.begin(async (sql) => {
    // Rows of tables that refer to others stand alone here.
    await sql`set local session_replication_role = replica`;
    for (const organization of [acme, globex]) {
      for (const table of tables) await sql.unsafe(await insertInto(database.sql, table, organization));
    }
  });
});
afterAll(async () => {
  await opened.close();
  await database.close();
});

/** As the server connects, with what it is told at its start. */
function asServer(scope: string | null): Sql {
  const role = database.role ?? '';
  const connection = scope === null ? { role } : { role, 'assent.organizations': scope };
  const sql = postgres(database.url, { max: 1, onnotice: () => undefined, connection });
  onTestFinished(() => sql.end({ timeout: 1 }));
  return sql;
}

async function seen(sql: Sql, { name, organization }: TenantTable): Promise<readonly unknown[]> {
  const rows = await sql.unsafe<{ of: string }[]>(
    `select distinct "${organization}"::text as of from "${name}" order by 1`,
  );
  return rows.map((row) => row.of);
}

describe('a statement that names no organization', () => {
  it.each([
    ['nothing, where nothing was said', null, []],
    ['nothing, where the scope is empty', '', []],
    ['nothing, for no organization', '{}', []],
    ['nothing, for an organization that is not there', `{${newId()}}`, []],
    ['what is of one organization, for that', `{${acme}}`, [acme]],
    ['what is of the other, for the other', `{${globex}}`, [globex]],
    ['what is of both, for both', `{${acme},${globex}}`, [acme, globex]],
    ['all, for the system', '*', [acme, globex]],
  ])('sees %s, in every table', async (_, scope, expected) => {
    const sql = asServer(scope);
    for (const table of tables) expect([table.name, await seen(sql, table)]).toEqual([table.name, expected]);
  });

  it('changes and deletes nothing of another organization, and moves nothing there', async () => {
    const sql = asServer(`{${acme}}`);
    for (const { name, organization, isRecord } of tables) {
      if (isRecord) continue;
      const counts = await sql
        .begin(async (inside) => {
          const updated = await inside.unsafe(`update "${name}" set "${organization}" = "${organization}"`);
          // What other rows refer to can't be deleted, be they seen or not.
          const deleted = ['organizations', 'contacts'].includes(name)
            ? { count: 1 }
            : await inside.unsafe(`delete from "${name}"`);
          throw new Undone([name, updated.count, deleted.count]);
        })
        .catch(undone);
      expect(counts).toEqual([name, 1, 1]);
      await expect(sql.unsafe(`update "${name}" set "${organization}" = '${globex}'`)).rejects.toMatchObject({
        code: '42501',
      });
    }
  });

  it('adds nothing to another organization', async () => {
    const sql = asServer(`{${acme}}`);
    const nobody = asServer(null);
    for (const table of tables) {
      const insert = await insertInto(database.sql, table, globex);
      await expect(sql.unsafe(insert), table.name).rejects.toMatchObject(REFUSED_BY_POLICY);
      await expect(nobody.unsafe(insert), table.name).rejects.toMatchObject(REFUSED_BY_POLICY);
    }
  });

  it('can neither empty a table nor change what was recorded, whatever the scope', async () => {
    const sql = asServer('*');
    for (const { name, organization, isRecord } of tables) {
      await expect(sql.unsafe(`truncate "${name}"`)).rejects.toMatchObject({ code: '42501' });
      if (!isRecord) continue;
      const change = sql.unsafe(`update "${name}" set "${organization}" = "${organization}"`);
      await expect(change).rejects.toMatchObject({ code: '42501', message: `permission denied for table ${name}` });
      await expect(sql.unsafe(`delete from "${name}"`)).rejects.toMatchObject({ code: '42501' });
    }
  });
});

describe('what is done for an organization', () => {
  const namesOf = (scoped: Scoped, ids: readonly string[]) =>
    scoped(ids, (sql) => sql<{ of: string }[]>`select organization_id as of from contacts order by 1`);

  it('keeps to it, whatever else is done on the same connections and however that ends', async () => {
    const { scoped } = opened;
    const scopes = [[acme], [globex], [], [acme, globex]];
    const rounds = await Promise.all(
      Array.from({ length: 400 }, async (_, n) => {
        const ids = scopes[n % scopes.length] ?? [];
        if (n % 7 === 0) {
          await expect(scoped(ids, (sql) => sql`select 1 / ${0}::int`)).rejects.toMatchObject({ code: '22012' });
        }
        const rows = await namesOf(scoped, ids);
        return [ids, rows.map((row) => row.of)];
      }),
    );
    for (const [ids, organizations] of rounds) expect(organizations).toEqual(ids);
  });

  it('is answered wholly or not at all, also while connections break under it', async () => {
    const network = await startBadNetwork(Number(new URL(database.url).port));
    const url = new URL(database.url);
    url.port = String(network.port);
    const shaken = openDatabase(url.href, { connections: 4, role: database.role });
    onTestFinished(async () => {
      await shaken.close();
      await network.close();
    });
    const answers: unknown[] = [];
    let asking = true;
    const ask = async (): Promise<void> => {
      while (asking) {
        const rows = await shaken
          .scoped([acme], (sql) => sql`select id from organizations where id = ${acme}`)
          .catch(() => null);
        if (rows) answers.push([...rows]);
      }
    };
    const asked = Array.from({ length: 16 }, ask);
    for (let round = 1; round <= 12; round += 1) {
      const enough = answers.length + 60;
      await expect.poll(() => answers.length, { timeout: 30_000, interval: 1 }).toBeGreaterThan(enough);
      network.reset();
    }
    asking = false;
    await Promise.all(asked);
    expect(answers.filter((rows) => JSON.stringify(rows) !== JSON.stringify([{ id: acme }]))).toEqual([]);
  }, 120_000);

  it('is not asked for by anything but the ids of organizations', async () => {
    for (const id of ['*', `${acme}}'; select 1; --`, '']) {
      await expect(namesOf(opened.scoped, [id])).rejects.toThrow('no id');
    }
  });

  it('finds nothing where another organization is meant, and writes nothing there', async () => {
    const forGlobex: Scoped = (_ids, statement) => opened.scoped([globex], statement);
    const store = (scoped: Scoped) => createConsentStore({ scoped, smsForAll: true, committed: () => undefined });
    const coreOn = (scoped: Scoped) =>
      createCore({
        store: store(scoped),
        clock: { now: () => new Date() },
        newId,
        digest: (text) => text,
        policy: testPolicy,
        erasure: createErasure(opened.sql),
      });
    const phone = parsePhoneNumber('+14155550100');
    if (!phone) throw new Error('this is a number');
    const operator = { organizationId: acme, id: 'agent', name: 'Ada' };
    const created = await coreOn(opened.scoped).createContact(operator, { phone, name: 'Clara', locale: null });
    if (created.refusal !== null) throw new Error('this is no reason to refuse');
    const id = created.contactId;

    const readers = createReaders(forGlobex, true);
    expect(await readers.organization(acme)).toBeNull();
    expect(await readers.contacts(acme, [id])).toEqual([null]);
    expect(await readers.searchContacts(acme, { search: null, statuses: null, first: 9, after: null })).toEqual({
      items: [],
      hasNextPage: false,
    });
    expect(await createFeedLog(forGlobex, () => Promise.resolve()).head(acme)).toBe(0n);
    const [loaded] = await store(forGlobex).load([
      { organizationId: acme, target: { contactId: id }, messageIds: [], providerMessageIds: [], idempotencyKey: null },
    ]);
    expect(loaded).toMatchObject({ organization: null, conversation: null });

    // It is decided upon what is seen, and may still not be written.
    const split = { load: store(opened.scoped).load, append: store(forGlobex).append };
    const core = createCore({
      store: split,
      clock: { now: () => new Date() },
      newId,
      digest: (text) => text,
      policy: testPolicy,
      erasure: createErasure(opened.sql),
    });
    const other = parsePhoneNumber('+14155550101');
    if (!other) throw new Error('this is a number');
    await expect(core.createContact(operator, { phone: other, name: 'Carl', locale: null })).rejects.toMatchObject(
      REFUSED_BY_POLICY,
    );
  });
});

describe('a server', () => {
  const url = (): Promise<TestDatabase> => createTestDatabase();

  async function own(): Promise<TestDatabase> {
    const fresh = await url();
    onTestFinished(fresh.close);
    return fresh;
  }

  async function start(at: string): Promise<void> {
    await (await openProtectedDatabase(at, { connections: 1 })).close();
  }

  it('does not start as a superuser', async () => {
    const asItself = openDatabase(database.url, { connections: 1, role: null });
    onTestFinished(asItself.close);
    await expect(requireTenancy(asItself.sql)).rejects.toThrow('row-level security does not hold for');
    await expect(requireTenancy(opened.sql)).resolves.toBeUndefined();
  });

  it.each([
    ['has no policy', 'create table strays (organization_id uuid, note text)', 'strays'],
    ['has another policy', 'create policy open on contacts using (true)', 'contacts'],
    ['has another policy in the place of its own', 'alter policy tenancy on messages using (true)', 'messages'],
    ['has no policy any more', 'drop policy tenancy on organizations', 'organizations'],
    ['is not protected', 'alter table feed disable row level security', 'feed'],
    ['is not protected from its owner', 'alter table feed no force row level security', 'feed'],
  ])('does not start where a table %s', async (_, change, table) => {
    const fresh = await own();
    await start(fresh.url);
    await fresh.sql.unsafe(change);
    await expect(start(fresh.url)).rejects.toThrow(`"${table}"`);
    const command = await assent({ DATABASE_URL: fresh.url }, 'org', 'create', '--slug', 'acme', '--name', 'Acme');
    expect(command).toMatchObject({ code: 1, err: expect.stringContaining(`"${table}"`) });
  });

  it('starts where a migration protected its new table', async () => {
    const fresh = await own();
    await fresh.sql`create table strays (organization_id uuid, note text)`;
    await fresh.sql`select assent_protect_tables()`;
    await start(fresh.url);
  });

  it('works as the user of the url where policies hold for that, also though it owns the tables', async () => {
    const fresh = await createTestDatabase({ migrated: false });
    const { name, url, drop } = await ordinaryOwnerOf(fresh);
    onTestFinished(async () => {
      await drop();
      await fresh.close();
    });

    expect(await migrate(url)).toBeNull();
    const ordinary = await openProtectedDatabase(url, { connections: 2 });
    onTestFinished(ordinary.close);
    const here = newId();
    await ordinary.sql`insert into organizations (id, slug, name, locale) values (${here}, 'acme', 'Acme', 'en')`;
    const ask = (ids: readonly string[]) =>
      ordinary.scoped(ids, (sql) => sql`select id, current_user as by from organizations`);
    expect(await ask([here])).toEqual([{ id: here, by: name }]);
    expect(await ask([newId()])).toEqual([]);
  });

  it('and many others that start at once in databases of their own share one role', async () => {
    const fresh = await Promise.all([1, 2, 3].map(() => createTestDatabase({ migrated: false })));
    onTestFinished(async () => void (await Promise.all(fresh.map((one) => one.close()))));
    const roles = await Promise.all(fresh.flatMap((one) => [migrate(one.url), migrate(one.url)]));
    expect(new Set(roles)).toEqual(new Set([database.role]));
  });
});

class Undone extends Error {
  constructor(readonly result: unknown) {
    super('undone');
  }
}

function undone(error: unknown): unknown {
  if (error instanceof Undone) return error.result;
  throw error;
}
