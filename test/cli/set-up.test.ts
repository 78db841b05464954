import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { assent } from '../support/command-line.js';

let database: TestDatabase;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
  env = { DATABASE_URL: database.url };
});
afterAll(() => database.close());

describe('an operator who sets up an organization', () => {
  it('migrates the database', async () => {
    expect(await assent(env, 'migrate')).toEqual({ code: 0, out: 'The database is up to date.', err: '' });
    expect(JSON.parse((await assent(env, 'migrate', '--json')).out)).toEqual({ migrated: true });
  });

  it('makes the organization, once', async () => {
    const create = ['org', 'create', '--slug', 'acme', '--name', 'Acme', '--locale', 'es'];
    const first = await assent(env, ...create);
    const second = await assent(env, ...create, '--json');

    expect(first).toMatchObject({ code: 0, err: '', out: expect.stringContaining('"acme"') });
    expect(second).toEqual({ code: 1, out: '', err: 'assent: There is already an organization "acme".' });
    expect(await database.sql`select slug, name, locale from organizations`).toEqual([
      { slug: 'acme', name: 'Acme', locale: 'es' },
    ]);
  });

  it('sets its channel, without repeating what is secret, and disables it', async () => {
    const secret = ['--access-token', 'hunter2', '--app-secret', 'hunter3'];
    const set = ['channel', 'set', '--org', 'acme', '--phone-number-id', '1065', ...secret, '--json'];
    const { code, out, err } = await assent(env, ...set);

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toEqual({
      organization: 'acme',
      phoneNumberId: '1065',
      template: 'opt_in_request',
      enabled: true,
    });
    const channel = () =>
      database.sql`select phone_number_id, template_name, template_locale, enabled from whatsapp_channels`;
    const expected = { phone_number_id: '1065', template_name: 'opt_in_request', template_locale: 'es' };
    expect(await channel()).toEqual([{ ...expected, enabled: true }]);

    expect(await assent(env, 'channel', 'disable', '--org', 'acme')).toMatchObject({ code: 0, err: '' });
    expect(await channel()).toEqual([{ ...expected, enabled: false }]);

    await assent(env, ...set, '--template', 'v2', '--locale', 'es_MX');
    expect(await channel()).toEqual([{ ...expected, template_name: 'v2', template_locale: 'es_MX', enabled: true }]);
  });

  it('gives it a sender of its own for SMS, without repeating what is secret, and disables it', async () => {
    const set = ['sms', 'set', '--org', 'acme', '--account-sid', 'AC1', '--auth-token', 'hunter2', '--from'];
    const { code, out, err } = await assent(env, ...set, '+1 500 555 0006', '--json');

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toEqual({ organization: 'acme', accountSid: 'AC1', from: '+15005550006', enabled: true });
    const sender = () => database.sql`select account_sid, from_number, enabled from sms_senders`;
    const expected = { account_sid: 'AC1', from_number: '+15005550006' };
    expect(await sender()).toEqual([{ ...expected, enabled: true }]);

    const disabled = await assent(env, 'sms', 'disable', '--org', 'acme', '--json');
    expect(JSON.parse(disabled.out)).toEqual({ organization: 'acme', enabled: false });
    expect(await sender()).toEqual([{ ...expected, enabled: false }]);

    expect(await assent(env, ...set, '+15005550006')).toEqual({
      code: 0,
      out: '"acme" sends SMS from +15005550006.',
      err: '',
    });
    expect(await assent(env, ...set, 'Acme')).toMatchObject({ code: 1, err: expect.stringContaining('E.164') });
    expect(await assent(env, 'sms', 'set', '--org', 'acme')).toMatchObject({ code: 2 });
    expect((await assent(env, 'sms', '--help')).out).toContain('disable');
  });

  it('names the template that asks a contact to write again, and takes it away', async () => {
    const secret = ['--access-token', 'hunter2', '--app-secret', 'hunter3'];
    const set = ['channel', 'set', '--org', 'acme', '--phone-number-id', '1065', ...secret];
    const template = () => database.sql`select continue_template from whatsapp_channels`;

    expect(await assent(env, ...set, '--continue-template', 'write_again')).toMatchObject({ code: 0, err: '' });
    expect(await template()).toEqual([{ continue_template: 'write_again' }]);
    expect(await assent(env, ...set)).toMatchObject({ code: 0, err: '' });
    expect(await template()).toEqual([{ continue_template: null }]);
  });

  it('decides what becomes of messages of unknown fate', async () => {
    const set = ['org', 'policy', '--org', 'acme', '--unconfirmed'];
    const policy = () => database.sql`select unconfirmed from organizations`;

    expect(await policy()).toEqual([{ unconfirmed: 'PARK' }]);
    const { code, out } = await assent(env, ...set, 'resend', '--json');
    expect({ code, data: JSON.parse(out) }).toEqual({
      code: 0,
      data: { organization: 'acme', unconfirmed: 'RESEND' },
    });
    expect(await policy()).toEqual([{ unconfirmed: 'RESEND' }]);
    expect(await assent(env, ...set, 'park')).toEqual({
      code: 0,
      out: '"acme" leaves messages of unknown fate as they are.',
      err: '',
    });
    expect(await policy()).toEqual([{ unconfirmed: 'PARK' }]);
    expect(await assent(env, ...set, 'drop')).toMatchObject({ code: 2, out: '' });
  });

  it('gives it its own words', async () => {
    const set = ['texts', 'set', '--org', 'acme', '--locale', 'es'];

    expect(await assent(env, ...set, '--key', 'ACCEPT_BUTTON', 'Vale')).toMatchObject({ code: 0, err: '' });
    expect(await assent(env, ...set, '--key', 'GREETING', 'Hola')).toMatchObject({ code: 2 });
    expect(await database.sql`select texts from organizations`).toEqual([{ texts: { es: { ACCEPT_BUTTON: 'Vale' } } }]);
  });

  it('is told that an organization does not exist', async () => {
    const refused = { code: 1, out: '', err: 'assent: There is no organization "nobody".' };

    expect(await assent(env, 'channel', 'disable', '--org', 'nobody')).toEqual(refused);
    expect(await assent(env, 'org', 'policy', '--org', 'nobody', '--unconfirmed', 'park')).toEqual(refused);
    expect(await assent(env, 'sms', 'disable', '--org', 'nobody')).toEqual(refused);
    expect(
      await assent(env, 'texts', 'set', '--org', 'nobody', '--locale', 'en', '--key', 'ACCEPT_BUTTON', 'OK'),
    ).toEqual(refused);
  });
});
