import { expect, inject, it, onTestFinished } from 'vitest';
import { flawless } from '../support/judge-sends.js';
import { soak, type SoakOptions, type SoakVerdict } from './soak.js';

declare module 'vitest' {
  interface ProvidedContext {
    soak: SoakOptions;
  }
}

const HOUR_MS = 3_600_000;
const nothingWrong: SoakVerdict = { ...flawless, lost: [], unheard: [], misunderstood: [], fallen: [] };

it(
  'loses nothing, sends nothing without consent and nothing twice unmarked while everything breaks',
  async ({ annotate }) => {
    const ends: (() => Promise<unknown>)[] = [];
    onTestFinished(async () => {
      for (const end of ends) await end();
    });
    const options = inject('soak');
    const say = (line: string): void => void process.stdout.write(`${line}\n`);
    say(`seed ${options.seed}`);
    const { verdict, summary } = await soak((end) => ends.unshift(end), options, say);
    say(summary);
    await annotate(summary);
    expect(verdict, `seed ${options.seed}`).toEqual(nothingWrong);
  },
  HOUR_MS,
);
