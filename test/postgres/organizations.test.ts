import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { render } from '../../src/domain/message/texts.js';
import { createChannels } from '../../src/postgres/channels.js';
import { createOrganizations } from '../../src/postgres/organizations.js';
import type { Organizations } from '../../src/postgres/organizations.js';
import { createSecrets } from '../../src/postgres/secrets.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

const secrets = createSecrets([randomBytes(32)]);
const ignore = () => undefined;
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
const channel = {
  phoneNumberId: '1065',
  accessToken: 'token of acme',
  appSecret: 'secret of acme',
  templateName: 'opt_in',
  templateLocale: null,
  number: '+14155550100',
  templateCategory: 'UTILITY',
  templateVersion: '3',
  continueTemplate: null,
};

let database: TestDatabase;
let organizations: Organizations;

beforeAll(async () => {
  database = await createTestDatabase();
  organizations = createOrganizations({ sql: database.sql, secrets });
});
afterAll(() => database.close());

const channelOf = (organizationId: string) =>
  createChannels({ sql: database.sql, secrets, clock: { now: () => new Date() }, log }).byOrganization(organizationId);

const refused = (part: string) =>
  expect.objectContaining({ name: 'SetupError', message: expect.stringContaining(part) });

describe('an organization', () => {
  it('is made with a slug that finds it', async () => {
    const acme = await organizations.create({ slug: 'acme', name: ' Acme ', locale: 'pt-BR' });

    expect(acme).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), slug: 'acme', name: 'Acme', locale: 'pt-BR' });
    expect(await organizations.findBySlug('acme')).toEqual(acme);
  });

  it('is not there under another slug', async () => {
    expect(await organizations.findBySlug('nobody')).toBeNull();
  });

  it('is refused with a slug that is taken', async () => {
    await organizations.create({ slug: 'taken', name: 'Taken', locale: 'en' });

    await expect(organizations.create({ slug: 'taken', name: 'Other', locale: 'en' })).rejects.toEqual(
      refused('already an organization "taken"'),
    );
  });

  it.each(['', 'Acme', '-acme', 'acme-', 'a b', 'é', 'a'.repeat(64)])('is refused with the slug "%s"', async (slug) => {
    await expect(organizations.create({ slug, name: 'N', locale: 'en' })).rejects.toEqual(refused('A slug is'));
  });

  it('needs a name and a locale that is one', async () => {
    await expect(organizations.create({ slug: 'x', name: ' ', locale: 'en' })).rejects.toEqual(refused('name'));
    await expect(organizations.create({ slug: 'x', name: 'X', locale: 'English' })).rejects.toEqual(
      refused('no locale'),
    );
  });
});

describe('the channel of an organization', () => {
  it('is set, kept unreadable, and replaced as a whole', async () => {
    const { id } = await organizations.create({ slug: 'set', name: 'Set', locale: 'es' });
    await organizations.setChannel('set', channel);
    expect(await channelOf(id)).toEqual({
      ...channel,
      organizationId: id,
      previousAppSecret: null,
      templateLocale: 'es',
      continueTemplate: null,
      enabled: true,
      simulated: false,
    });

    const [row] = await database.sql`select access_token, app_secret from whatsapp_channels`;
    expect(Buffer.concat([row?.access_token, row?.app_secret]).toString('latin1')).not.toContain('of acme');

    const next = {
      ...channel,
      accessToken: 'next',
      templateName: 'v2',
      templateLocale: 'es_MX',
      number: null,
      templateCategory: null,
      templateVersion: null,
      continueTemplate: null,
    };
    await organizations.setChannel('set', next);
    expect(await channelOf(id)).toMatchObject(next);
  });

  it('is disabled, and enabled with no problem noted when it is set again', async () => {
    const { id } = await organizations.create({ slug: 'again', name: 'Again', locale: 'en' });
    await organizations.setChannel('again', { ...channel, phoneNumberId: '2' });
    await database.sql`update whatsapp_channels set problem = 'token expired' where organization_id = ${id}`;

    await organizations.disableChannel('again');
    expect(await channelOf(id)).toMatchObject({ enabled: false });

    await organizations.setChannel('again', { ...channel, phoneNumberId: '2' });
    expect(await channelOf(id)).toMatchObject({ enabled: true });
    expect(await database.sql`select problem from whatsapp_channels where organization_id = ${id}`).toEqual([
      { problem: null },
    ]);
  });

  it('is refused when there is no organization or no channel, when the number is taken, and when a value is missing', async () => {
    await organizations.create({ slug: 'first', name: 'First', locale: 'en' });
    await organizations.create({ slug: 'second', name: 'Second', locale: 'en' });
    await organizations.setChannel('first', { ...channel, phoneNumberId: '3' });
    const set = (slug: string, change: object) =>
      organizations.setChannel(slug, { ...channel, phoneNumberId: '4', ...change });

    await expect(set('nobody', {})).rejects.toEqual(refused('no organization "nobody"'));
    await expect(organizations.disableChannel('nobody')).rejects.toEqual(refused('no organization "nobody"'));
    await expect(organizations.disableChannel('second')).rejects.toEqual(refused('no WhatsApp channel'));
    await expect(set('second', { phoneNumberId: '3' })).rejects.toEqual(refused('Another organization'));
    await expect(set('second', { phoneNumberId: '../4' })).rejects.toEqual(refused('phone number id'));
    await expect(set('second', { number: '4155' })).rejects.toEqual(refused('no number'));
    await expect(set('second', { appSecret: ' ' })).rejects.toEqual(refused('app secret'));
    await expect(set('second', { templateLocale: '?', continueTemplate: null })).rejects.toEqual(refused('no locale'));
  });
});

describe('the texts of an organization', () => {
  it('are set one by one, and the others stay', async () => {
    const { id } = await organizations.create({ slug: 'texts', name: 'Texts', locale: 'en' });
    await organizations.setText('texts', { locale: 'en', key: 'OPT_IN_REQUEST', text: 'May {business} write?' });
    await organizations.setText('texts', { locale: 'en', key: 'ACCEPT_BUTTON', text: 'OK' });
    await organizations.setText('texts', { locale: 'fr', key: 'ACCEPT_BUTTON', text: 'D’accord' });
    await organizations.setText('texts', { locale: 'en', key: 'ACCEPT_BUTTON', text: 'Sure' });

    const [row] = await database.sql`select texts from organizations where id = ${id}`;
    expect(row?.texts).toEqual({
      en: { OPT_IN_REQUEST: 'May {business} write?', ACCEPT_BUTTON: 'Sure' },
      fr: { ACCEPT_BUTTON: 'D’accord' },
    });
    expect(render(row?.texts, 'en', 'OPT_IN_REQUEST', { business: 'Texts' })).toBe('May Texts write?');
  });

  it('have names that are known, and words', async () => {
    const set = (change: object) =>
      organizations.setText('texts', { locale: 'en', key: 'PROMPT_UNCLEAR', text: 'What?', ...change });

    await expect(set({ key: 'GREETING' })).rejects.toEqual(refused('the texts are OPT_IN_REQUEST'));
    await expect(set({ text: ' ' })).rejects.toEqual(refused('needs words'));
    await expect(set({ locale: '' })).rejects.toEqual(refused('no locale'));
  });
});

describe('the demo', () => {
  it('is made once with a simulated number, whoever comes at the same time', async () => {
    const [demo, ...others] = await Promise.all(Array.from({ length: 4 }, () => organizations.ensureDemo()));
    const first = await channelOf(demo!.id);

    expect(others).toEqual(others.map(() => demo));
    expect(demo).toMatchObject({ slug: 'demo', name: 'Acme Wealth' });
    expect(first).toMatchObject({ simulated: true, enabled: true });
    await organizations.ensureDemo();
    expect(await channelOf(demo!.id)).toEqual(first);
  });

  it('keeps the number that someone has set', async () => {
    const { id } = await organizations.ensureDemo();
    await organizations.setChannel('demo', { ...channel, phoneNumberId: '5' });
    await organizations.ensureDemo();

    expect(await channelOf(id)).toMatchObject({ phoneNumberId: '5', simulated: false });
  });
});
