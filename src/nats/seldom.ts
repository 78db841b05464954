/** Does something at most once in so many milliseconds: for lines of the log that would come in floods. */
export function seldom<Arguments extends readonly unknown[]>(
  ms: number,
  act: (...given: Arguments) => void,
): (...given: Arguments) => void {
  let last = -Infinity;
  return (...given) => {
    const now = performance.now();
    if (now - last < ms) return;
    last = now;
    act(...given);
  };
}
