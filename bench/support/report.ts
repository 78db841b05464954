/** A ratio that a benchmark promises, with what it came to in each round. */
export type Goal = {
  readonly what: string;
  readonly ratios: readonly number[];
  /** With neither, it is there to be seen and promises nothing. */
  readonly atLeast?: number;
  readonly atMost?: number;
};

/** Prints rows of text under a title, numbers to the right. */
export function printTable(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  console.log(`\n${title}\n${line(head)}\n${widths.map((width) => '-'.repeat(width)).join('  ')}`);
  for (const row of rows) console.log(line(row));
}

/** Prints each goal with its ratio: the median of the ratios of the rounds, and between what they lay. */
export function printGoals(goals: readonly Goal[], median: (values: readonly number[]) => number): void {
  const rows = goals.map(({ what, ratios, atLeast, atMost }) => {
    const ratio = median(ratios);
    const bounds = [atLeast === undefined ? '' : `>= ${atLeast}`, atMost === undefined ? '' : `<= ${atMost}`];
    const goal = bounds.filter(Boolean).join(' ');
    if (ratios.length === 0) return [what, '-', '-', goal, 'not measured'];
    const spread = `${factor(Math.min(...ratios))} to ${factor(Math.max(...ratios))}`;
    const met = ratio >= (atLeast ?? -Infinity) && ratio <= (atMost ?? Infinity);
    return [what, factor(ratio), spread, goal, goal === '' ? '' : met ? 'met' : 'NOT MET'];
  });
  printTable('Goals', ['ratio', 'median', 'rounds', 'goal', ''], rows);
}

export const factor = (ratio: number): string => ratio.toFixed(Math.abs(ratio) >= 10 ? 1 : 2);
export const whole = (value: number): string => (Number.isFinite(value) ? Math.round(value).toLocaleString('en') : '-');
export const ms = (value: number): string => (Number.isFinite(value) ? value.toFixed(1) : '-');
