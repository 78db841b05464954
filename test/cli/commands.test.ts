import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/run.js';
import { readCommandConfig } from '../../src/config.js';
import { assent } from '../support/command-line.js';

/** What it prints is a file of JSON as it is. */
const withoutJson: readonly string[] = ['attest export'];

const program = buildProgram({
  readConfig: () => readCommandConfig({}),
  out: () => undefined,
  err: () => undefined,
});

function leavesOf(command: Command, path: readonly string[] = []): readonly (readonly [string, Command])[] {
  if (command.commands.length === 0) return [[path.join(' '), command]];
  return command.commands.flatMap((child) => leavesOf(child, [...path, child.name()]));
}

const leaves = leavesOf(program);

describe('the commands', () => {
  it('are those that operators were promised', () => {
    expect(leaves.map(([path]) => path)).toEqual(
      expect.arrayContaining([
        'org create',
        'org policy',
        'org retention',
        'channel set',
        'channel disable',
        'sms set',
        'sms disable',
        'texts set',
        'outbox list',
        'outbox park',
        'outbox retry',
        'token sign',
        'partner create',
        'partner revoke',
        'documents check',
        'documents publish',
        'documents deprecate',
        'documents retire',
        'documents usage',
        'attest verify',
        'erase',
        'hold',
        'compact',
        'feed check',
        'audit',
        'migrate',
      ]),
    );
  });

  it.each(leaves)('%s says what it does and what each of its options means', (_path, command) => {
    expect(command.description()).not.toBe('');
    expect(command.options.filter(({ description }) => description === '').map(({ flags }) => flags)).toEqual([]);
    expect(
      command.registeredArguments.filter(({ description }) => description === '').map((argument) => argument.name()),
    ).toEqual([]);
  });

  it.each(leaves.filter(([path]) => !withoutJson.includes(path)))('%s prints JSON for programs', (_path, command) => {
    expect(command.options.map(({ long }) => long)).toContain('--json');
  });

  it.each(leaves)('%s shows an example and the exit codes in its help', async (path) => {
    const { code, out } = await assent({}, ...path.split(' '), '--help');

    expect(code).toBe(0);
    // `token` alone signs one.
    expect(out).toMatch(new RegExp(`^ {2}\\$ (\\w+=\\S+ )?assent ${path.replace(/ sign$/, '')}`, 'm'));
    expect(out).toContain('0 done, 1 refused or failed, 2 not understood');
    expect(out).toContain('--as <name>');
  });

  it.each(leaves.filter(([, command]) => command.options.some(({ mandatory }) => mandatory)))(
    '%s exits with 2 and names what is missing',
    async (path) => {
      const { code, out, err } = await assent({}, ...path.split(' '));

      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toMatch(/required (option|argument)|missing required argument/);
    },
  );
});
