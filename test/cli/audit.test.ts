import { userInfo } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assent } from '../support/command-line.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const SECRETS = ['EAAB-hunter2', 'app-hunter3', 'sms-hunter4'] as const;
const [ACCESS_TOKEN, APP_SECRET, AUTH_TOKEN] = SECRETS;
const FROM = '+15005550006';
const WORDS = 'Words that nobody else should read';

let database: TestDatabase;
let env: Readonly<Record<string, string>>;

type Printed = {
  readonly acts: readonly { readonly at: string; readonly actor: string; readonly action: string }[];
  readonly more: boolean;
};

beforeAll(async () => {
  database = await createTestDatabase();
  env = { DATABASE_URL: database.url, ASSENT_OPERATOR: 'deploy' };
  await assent(env, 'org', 'create', '--slug', 'globex', '--name', 'Globex');
  await assent(env, 'org', 'create', '--slug', 'acme', '--name', 'Acme');
});
afterAll(() => database.close());

async function audit(...args: readonly string[]): Promise<Printed> {
  const { code, out, err } = await assent(env, 'audit', ...args, '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

describe('the audit trail', () => {
  it('holds every change of the settings of an organization, the newest first, and nothing secret', async () => {
    const channel = ['--phone-number-id', '1065', '--access-token', ACCESS_TOKEN, '--app-secret', APP_SECRET];
    const sms = ['--account-sid', 'AC1', '--auth-token', AUTH_TOKEN, '--from', FROM];
    const commands = [
      ['channel', 'set', '--org', 'acme', ...channel, '--template', 'opt_in_v2'],
      ['channel', 'disable', '--org', 'acme'],
      ['sms', 'set', '--org', 'acme', ...sms],
      ['sms', 'disable', '--org', 'acme'],
      ['org', 'policy', '--org', 'acme', '--unconfirmed', 'resend'],
      ['texts', 'set', '--org', 'acme', '--locale', 'es', '--key', 'ACCEPT_BUTTON', WORDS],
    ];
    for (const command of commands) expect(await assent(env, ...command)).toMatchObject({ code: 0, err: '' });

    const { acts, more } = await audit('--org', 'acme');
    expect(more).toBe(false);
    expect(acts).toMatchObject([
      { action: 'texts.set', target: 'ACCEPT_BUTTON', details: { locale: 'es' } },
      { action: 'org.policy', target: null, details: { unconfirmed: 'RESEND' } },
      { action: 'sms.disable', target: null },
      { action: 'sms.set', target: 'AC1' },
      { action: 'channel.disable', target: null },
      { action: 'channel.set', target: '1065', details: { template: 'opt_in_v2' } },
      { action: 'org.create', target: null, details: { name: 'Acme', locale: 'en' } },
    ]);
    expect(acts.map(({ actor }) => actor)).toEqual(acts.map(() => 'deploy'));

    const stored = JSON.stringify(await database.sql`select * from audit_events`);
    for (const never of [...SECRETS, FROM, WORDS]) expect(stored).not.toContain(never);
  });

  it('shows an organization only its own', async () => {
    expect(await audit('--org', 'globex')).toMatchObject({ acts: [{ action: 'org.create' }], more: false });
    expect(await audit()).toMatchObject({ acts: [], more: false });
    expect(await assent(env, 'audit', '--org', 'nobody')).toEqual({
      code: 1,
      out: '',
      err: 'assent: There is no organization "nobody".',
    });
  });

  it('names who says who they are, or the account', async () => {
    const park = ['org', 'policy', '--org', 'globex', '--unconfirmed', 'park'];
    await assent(env, '--as', 'Dana, ticket 4711', ...park);
    await assent(env, ...park, '--as', 'Eve');
    await assent({ DATABASE_URL: database.url }, ...park);

    const { acts } = await audit('--org', 'globex', '--limit', '3');
    expect(acts.map(({ actor }) => actor)).toEqual([`operator:${userInfo().username}`, 'Eve', 'Dana, ticket 4711']);
    expect(await assent(env, ...park, '--as', ' ')).toMatchObject({ code: 2, out: '' });
  });

  it('holds nothing of what was refused', async () => {
    const before = await audit('--org', 'acme');
    expect(await assent(env, 'org', 'create', '--slug', 'acme', '--name', 'Again')).toMatchObject({ code: 1 });
    expect(await assent(env, 'texts', 'set', '--org', 'acme', '--locale', 'x', '--key', 'ACCEPT_BUTTON', 'No'))
      .toMatchObject({ code: 1 }); // prettier-ignore
    expect(await audit('--org', 'acme')).toEqual(before);
  });

  it('keeps a change out that can not be recorded', async () => {
    await database.sql`alter table audit_events add constraint full_up check (action <> 'org.policy') not valid`;
    const policies = () => database.sql`select slug, unconfirmed from organizations order by slug`;
    const before = await policies();
    const refused = await assent(env, 'org', 'policy', '--org', 'acme', '--unconfirmed', 'park');
    await database.sql`alter table audit_events drop constraint full_up`;

    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(await policies()).toEqual(before);
  });

  it('is told in part: since a time, and so many', async () => {
    const { acts } = await audit('--org', 'acme');
    const since = acts[1]?.at ?? '';

    expect((await audit('--org', 'acme', '--since', since)).acts).toEqual(acts.slice(0, 2));
    expect((await audit('--org', 'acme', '--since', 'PT1H')).acts).toEqual(acts);
    expect(await audit('--org', 'acme', '--limit', '1')).toMatchObject({ acts: acts.slice(0, 1), more: true });
    expect(await assent(env, 'audit', '--org', 'acme', '--since', 'yesterday')).toMatchObject({ code: 2, out: '' });
    expect(await assent(env, 'audit', '--org', 'acme', '--limit', '0')).toMatchObject({ code: 2, out: '' });
  });

  it('can be read by people', async () => {
    const { out } = await assent(env, 'audit', '--org', 'acme', '--limit', '1');

    expect(out).toMatch(/^\S+Z {2}texts\.set {2}ACCEPT_BUTTON {2}by deploy {2}locale="es"\nThere are more\.$/);
    expect((await assent(env, 'audit')).out).toBe('There is none.');
  });

  it('is never changed', async () => {
    await expect(database.sql`update audit_events set actor = 'nobody'`).rejects.toThrow('append-only');
    await expect(database.sql`delete from audit_events`).rejects.toThrow('append-only');
    await expect(database.sql`truncate audit_events`).rejects.toThrow('append-only');
  });
});
