export type Verdict = 'PASSED' | 'FAILED' | 'NOT_PROVEN';

/** One thing that was looked at, and what came of it. */
export type Check = { readonly name: string; readonly verdict: Verdict; readonly detail: string };

export function checkOf(name: string, holds: boolean, detail: string): Check {
  return { name, verdict: holds ? 'PASSED' : 'FAILED', detail };
}

export function failed(name: string, detail: string): Check {
  return { name, verdict: 'FAILED', detail };
}

export function notProven(name: string, detail: string): Check {
  return { name, verdict: 'NOT_PROVEN', detail };
}
