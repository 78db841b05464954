import { performance } from 'node:perf_hooks';

/** Milliseconds since the machine started: the same in every process of it. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Milliseconds since 1970 with fractions, to compare with PostgreSQL's clock. */
export function wallClock(): number {
  return performance.timeOrigin + performance.now();
}

/** Rejects when the promise takes longer. */
export async function within<Value>(ms: number, what: string, promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves as soon as the condition holds; rejects when it does not within the time. */
export async function until(ms: number, what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = now() + ms;
  while (!(await holds())) {
    if (now() > deadline) throw new Error(`${what} took longer than ${ms / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
