/** A flag that a loop waits on: raised any number of times before it is looked at, it wakes the loop once. */
export type Signal = {
  readonly raise: () => void;
  /** Resolves when raised, at the latest after `ms`; then it is down again. True when it was raised. */
  readonly wait: (ms: number) => Promise<boolean>;
};

export function createSignal(): Signal {
  let raised = false;
  let wake: ((raised: boolean) => void) | null = null;
  const lower = (): boolean => {
    const was = raised;
    raised = false;
    return was;
  };
  return {
    raise: () => {
      raised = true;
      wake?.(true);
    },
    wait: (ms) =>
      new Promise((resolve) => {
        if (raised) return resolve(lower());
        const timer = setTimeout(() => wake?.(false), Math.max(0, ms));
        wake = () => {
          clearTimeout(timer);
          wake = null;
          resolve(lower());
        };
      }),
  };
}
