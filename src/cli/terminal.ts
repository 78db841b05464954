import type { Config } from '../config.js';

/** Where a command is run from: its settings, which may turn out to be wrong, who runs it, and where it writes lines. */
export type Terminal = {
  readonly readConfig: () => Config;
  /** Who is named in the audit trail. */
  readonly actor: () => string;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
};

/** Prints data: as one line of JSON for programs, or as text for people. */
export function print(
  terminal: Pick<Terminal, 'out'>,
  options: { readonly json?: boolean },
  data: object,
  text: string,
): void {
  terminal.out(options.json ? JSON.stringify(data) : text);
}
