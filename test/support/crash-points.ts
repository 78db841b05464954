import type { Step } from '../../src/start.js';

/** The provider has the request and has not answered it: the one point that the server itself can't tell. */
export const AT_PROVIDER = 'AT_PROVIDER';

const points = {
  COMMITTED: null,
  SEND_CLAIMED: 'SENDING',
  SEND_COMMITTED: 'SENDING',
  [AT_PROVIDER]: 'SENDING',
  SEND_ANSWERED: 'SENDING',
  SEND_SETTLED: 'SENDING',
  SEND_RELEASED: 'SENDING',
  WEBHOOK_VERIFIED: 'HEARING',
  WEBHOOK_STORED: 'HEARING',
  INBOX_CLAIMED: 'HEARING',
  INBOX_ITEM_RECORDED: 'HEARING',
  INBOX_RECORDED: 'HEARING',
  INBOX_DONE: 'HEARING',
  SWEPT: 'SWEEPING',
} as const satisfies Readonly<Record<Step | typeof AT_PROVIDER, Part | null>>;

/** Where a server may be killed. */
export type Point = keyof typeof points;

/** What an operation may be made of, beside commits of which everything is. */
export type Part = 'SENDING' | 'HEARING' | 'SWEEPING';

const whyLeftOut: Readonly<Record<Part, string>> = {
  SENDING: 'it hands nothing to a provider',
  HEARING: 'no webhook brings it about',
  SWEEPING: 'it does not come about by the passing of time',
};

export const everyPoint = Object.keys(points) as readonly Point[];

/** What of an operation a point belongs to; null for what is in everything. */
export const partOf = (point: Point): Part | null => points[point];

/** Why an operation of these parts never comes to a point; null where it does. */
export function whyNever(parts: readonly Part[], point: Point): string | null {
  const part = partOf(point);
  return part === null || parts.includes(part) ? null : whyLeftOut[part];
}

/** A few of the cells, in which each row and each point comes at least once. */
export function covering<Cell extends { readonly row: string; readonly point: Point }>(
  cells: readonly Cell[],
): readonly Cell[] {
  const chosen: Cell[] = [];
  const missing = new Set<string>(cells.flatMap(({ row, point }) => [row, point]));
  const worth = ({ row, point }: Cell): number => Number(missing.has(row)) + Number(missing.has(point));
  while (missing.size > 0) {
    const best = cells.reduce((one, other) => (worth(other) > worth(one) ? other : one));
    chosen.push(best);
    missing.delete(best.row);
    missing.delete(best.point);
  }
  return chosen;
}
