import { InvalidArgumentError } from 'commander';

/** Reads an argument that is a whole number from 1 to `most`. */
export function wholeNumberUpTo(most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    if (number >= 1 && number <= most) return number;
    throw new InvalidArgumentError(`It is a whole number from 1 to ${most}.`);
  };
}

/** What the help of a command shows at its end. */
export const example = (...lines: readonly string[]): string =>
  ['', lines.length > 1 ? 'Examples:' : 'Example:', ...lines.map((line) => `  $ assent ${line}`)].join('\n');
