import { expect, inject, it, onTestFinished } from 'vitest';
import { flawless } from '../support/judge-sends.js';
import { soak, type SoakOptions, type SoakVerdict } from './soak.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A soak of another length than that of `npm test`. */
    soak: SoakOptions;
  }
}

const short: Omit<SoakOptions, 'seed'> = { messages: 3_000, contacts: 200, rounds: 1 };
const HOUR_MS = 3_600_000;
const nothingWrong: SoakVerdict = { ...flawless, lost: [], unheard: [], misunderstood: [], fallen: [] };

it(
  'loses nothing, sends nothing without consent and nothing twice unmarked while everything breaks',
  async ({ annotate }) => {
    const ends: (() => Promise<unknown>)[] = [];
    onTestFinished(async () => {
      for (const end of ends) await end();
    });
    const long = inject('soak');
    const options = long ?? { ...short, seed: Date.now() % 1_000_000 };
    const say = (line: string): void => void (long && process.stdout.write(`${line}\n`));
    process.stdout.write(`seed ${options.seed}\n`);
    const { verdict, summary } = await soak((end) => ends.unshift(end), options, say);
    process.stdout.write(`${summary}\n`);
    await annotate(summary);
    expect(verdict, `seed ${options.seed}`).toEqual(nothingWrong);
  },
  HOUR_MS,
);
