import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.js';
import { settingGroups, settings } from '../src/settings.js';

const told = settingGroups.flatMap((group) => group.settings);

describe('the settings', () => {
  it('are all told to operators, with what they mean', () => {
    expect(told.map(({ name }) => name).sort()).toEqual(Object.keys(settings.shape).sort());
    expect(told.filter(({ meaning }) => meaning === '')).toEqual([]);
  });

  it('have the defaults that operators read', () => {
    const written = told.flatMap(({ name, byDefault }) => (byDefault === null ? [] : [[name, byDefault]]));

    expect(readConfig(Object.fromEntries(written))).toEqual(readConfig({}));
  });

  it('have examples that would be understood', () => {
    const written = told.flatMap(({ name, example }) => (example === undefined ? [] : [[name, example]]));
    const sms = { SMS_ACCOUNT_SID: 'AC1', SMS_AUTH_TOKEN: 'token' };

    expect(() => readConfig({ ...Object.fromEntries(written), ...sms })).not.toThrow();
  });

  it('are all in .env.example, where none is set', async () => {
    const lines = (await readFile('.env.example', 'utf8')).split('\n').filter((line) => line !== '');

    expect(lines.filter((line) => !line.startsWith('#'))).toEqual([]);
    expect(lines.flatMap((line) => /^# ([A-Z_]+)=/.exec(line)?.[1] ?? [])).toEqual(told.map(({ name }) => name));
  });
});
