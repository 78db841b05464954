import type { Config } from '../config.js';

/** Where a command is run from: its settings, which may turn out to be wrong, and where it writes lines. */
export type Terminal = {
  readonly readConfig: () => Config;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
};

/** Prints data: as one line of JSON for programs, or as text for people. */
export function print(terminal: Terminal, options: { readonly json?: boolean }, data: object, text: string): void {
  terminal.out(options.json ? JSON.stringify(data) : text);
}
