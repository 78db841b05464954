import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Channels } from '../../src/domain/ports/channels.js';
import { createChannels } from '../../src/postgres/channels.js';
import { createOrganizations } from '../../src/postgres/organizations.js';
import type { Organizations } from '../../src/postgres/organizations.js';
import { createSecrets } from '../../src/postgres/secrets.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

const secrets = createSecrets([randomBytes(32)]);
const ignore = () => undefined;

let database: TestDatabase;
let organizations: Organizations;
let channels: Channels;
let now: number;
let errors: object[];
let acme: string;
let globex: string;

const setChannel = (slug: string, phoneNumberId: string, accessToken = `token of ${slug}`) =>
  organizations.setChannel(slug, {
    phoneNumberId,
    accessToken,
    appSecret: `secret of ${slug}`,
    templateName: 'opt_in',
    templateLocale: 'en_US',
    continueTemplate: null,
  });

beforeAll(async () => {
  database = await createTestDatabase();
  organizations = createOrganizations({ sql: database.sql, secrets });
  acme = (await organizations.create({ slug: 'acme', name: 'Acme', locale: 'en' })).id;
  globex = (await organizations.create({ slug: 'globex', name: 'Globex', locale: 'en' })).id;
});
afterAll(() => database.close());

beforeEach(async () => {
  await database.sql`delete from whatsapp_channels`;
  await setChannel('acme', '1');
  await setChannel('globex', '2');
  now = Date.parse('2026-11-22T12:00:00Z');
  errors = [];
  channels = createChannels({
    sql: database.sql,
    secrets,
    clock: { now: () => new Date(now) },
    log: { debug: ignore, info: ignore, warn: ignore, error: (fields) => errors.push(fields) },
  });
});

const idsOf = (found: readonly { organizationId: string }[]) =>
  new Set(found.map(({ organizationId }) => organizationId));

describe('channels', () => {
  it('are found by their organization and by their numbers', async () => {
    expect(await channels.byOrganization(acme)).toEqual({
      organizationId: acme,
      phoneNumberId: '1',
      accessToken: 'token of acme',
      appSecret: 'secret of acme',
      previousAppSecret: null,
      templateName: 'opt_in',
      templateLocale: 'en_US',
      number: null,
      templateCategory: null,
      templateVersion: null,
      continueTemplate: null,
      enabled: true,
      simulated: false,
    });
    expect(await channels.byOrganization('019ab000-0000-7000-8000-000000000000')).toBeNull();
    expect(idsOf(await channels.byPhoneNumberIds(['2', '1', '2', 'none']))).toEqual(new Set([acme, globex]));
    expect(await channels.byPhoneNumberIds(['none'])).toEqual([]);
    expect(await channels.byPhoneNumberIds([])).toEqual([]);
  });

  it('that are disabled are found, but not among the enabled', async () => {
    await organizations.disableChannel('acme');

    expect(await channels.byOrganization(acme)).toMatchObject({ enabled: false });
    expect(await channels.byPhoneNumberIds(['1'])).toMatchObject([{ enabled: false }]);
    expect(idsOf(await channels.enabled())).toEqual(new Set([globex]));
  });

  it('change for every process within a second', async () => {
    await channels.byOrganization(acme);
    await channels.byPhoneNumberIds(['1']);
    await setChannel('acme', '1', 'next token');
    now += 1000;

    expect(await channels.byPhoneNumberIds(['1'])).toMatchObject([{ accessToken: 'next token' }]);
    expect(await channels.byOrganization(acme)).toMatchObject({ accessToken: 'next token' });
  });

  it('that are new are found at once, though they were asked for in vain just before', async () => {
    await database.sql`delete from whatsapp_channels where organization_id = ${acme}`;
    expect(await channels.byOrganization(acme)).toBeNull();
    expect(await channels.byPhoneNumberIds(['9'])).toEqual([]);
    await setChannel('acme', '9');

    expect(await channels.byOrganization(acme)).toMatchObject({ phoneNumberId: '9' });
    expect(await channels.byPhoneNumberIds(['9'])).toHaveLength(1);
  });

  it('keep the problem that the provider has with them until it serves them again', async () => {
    const problem = () => database.sql`
      select problem, retry_at, template_problem from whatsapp_channels where organization_id = ${acme}`;

    await channels.noteRefused(acme, 'token expired', null);
    expect(await problem()).toMatchObject([{ problem: 'token expired', retry_at: expect.any(Date) }]);
    await channels.noteTemplateRefused(acme, 'paused');
    await channels.noteServed(acme, { template: false });
    expect(await problem()).toEqual([{ problem: null, retry_at: null, template_problem: 'paused' }]);
    await channels.noteServed(acme, { template: true });
    expect(await problem()).toEqual([{ problem: null, retry_at: null, template_problem: null }]);
  });

  it('whose secrets cannot be read are reported, and do not hide the others', async () => {
    await database.sql`
      update whatsapp_channels set app_secret = (select app_secret from whatsapp_channels where organization_id = ${globex})
      where organization_id = ${acme}`;

    expect(idsOf(await channels.enabled())).toEqual(new Set([globex]));
    expect(idsOf(await channels.byPhoneNumberIds(['1', '2']))).toEqual(new Set([globex]));
    expect(errors).toContainEqual({ organizationId: acme, reason: expect.stringContaining('moved') });
    await expect(channels.byOrganization(acme)).rejects.toThrow('moved');
  });
});
