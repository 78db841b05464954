import { readFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { settingGroups } from '../src/settings.js';

type Setting = (typeof settingGroups)[number]['settings'][number];

const OPERATIONS = 'docs/operations.md';

/** Every setting with what it means and its default, all of them commented out. */
export function environmentExample(): string {
  const groups = settingGroups.map(({ title, settings }) =>
    [`# ---- ${title}`, ...settings.map((setting) => `${commentOn(setting)}\n${lineOf(setting)}`)].join('\n\n'),
  );
  const head = [
    '# The settings of Assent. Copy this file to .env and uncomment what you decide otherwise. Values shown are the',
    '# defaults; where there is none, they are examples. docs/operations.md says more.',
  ].join('\n');
  return `${[head, ...groups].join('\n\n')}\n`;
}

/** The guide for operators with its tables of settings as the code has them now. */
export async function operationsGuide(): Promise<string> {
  const guide = settingGroups.reduce(withTable, await readFile(OPERATIONS, 'utf8'));
  return format(guide, { ...(await resolveConfig(OPERATIONS)), filepath: OPERATIONS });
}

function withTable(guide: string, { title, settings }: (typeof settingGroups)[number]): string {
  const [before, rest] = split(guide, `<!-- settings: ${title} -->`);
  const [, after] = split(rest, '<!-- end -->');
  const rows = settings.map((setting) => `| \`${setting.name}\` | ${defaultOf(setting)} | ${setting.meaning} |`);
  const table = ['| variable | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
  return `${before}<!-- settings: ${title} -->\n\n${table}\n\n<!-- end -->${after}`;
}

function split(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`${OPERATIONS} has no "${mark}"; a group of settings has its table there.`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}

function defaultOf({ byDefault, unset = 'none' }: Setting): string {
  return byDefault === null ? unset : `\`${byDefault}\``;
}

function lineOf({ name, byDefault, example = '' }: Setting): string {
  return `# ${name}=${byDefault ?? example}`;
}

function commentOn({ meaning, byDefault, unset = 'none' }: Setting): string {
  const plain = meaning.replace(/ See \[below\]\([^)]*\)\./, '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
  const text = byDefault === null ? `${plain} Not set: ${unset}.` : plain;
  return wrap(text.replaceAll('`', ''));
}

function wrap(text: string): string {
  return text
    .split(' ')
    .reduce<string[]>((lines, word) => {
      const last = lines.at(-1) ?? '';
      const isFull = last === '' || last.length + 1 + word.length > 118;
      return isFull ? [...lines, `# ${word}`] : [...lines.slice(0, -1), `${last} ${word}`];
    }, [])
    .join('\n');
}
