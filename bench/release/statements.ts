import type { Scene } from './scene.js';

/** Statements that the servers had PostgreSQL execute, of each message; by what they are for, and all in all. */
export type Statements = {
  readonly all: number;
  readonly kinds: readonly { readonly kind: Kind; readonly count: number; readonly ms: number }[];
};

/** How each statement is recognised. */
const texts = {
  'read conversations': /^with asked as/,
  'commit changes': /^with change as/,
  'claim conversations': /^with recursive .* update outbox/s,
  'end leases': /^update outbox/,
  'look what is due next': /^with recursive .* as due/s,
  'read texts': /^select m\.body/,
} as const;
type Kind = keyof typeof texts | 'hints to other servers' | 'everything else';

/** Begins to count; what is returned ends it, and divides by so many messages. */
export async function countStatements({
  database: { sql },
}: Pick<Scene, 'database'>): Promise<(messages: number) => Promise<Statements>> {
  await sql`select pg_stat_statements_reset()`;
  return async (messages) => {
    const rows = await sql<{ query: string; calls: number; ms: number }[]>`
      select query, calls::int, total_exec_time + total_plan_time as ms from pg_stat_statements
      where dbid = (select oid from pg_database where datname = current_database())`;
    const counts = new Map<Kind, { count: number; ms: number }>();
    // What the benchmark itself asks.
    const ours = rows.filter(
      ({ query }) => !/pg_stat_statements|exists \(select from outbox\) as left|^with due as/.test(query),
    );
    for (const { query, calls, ms } of ours) {
      const kind = kindOf(query.trim());
      const sum = counts.get(kind) ?? { count: 0, ms: 0 };
      counts.set(kind, { count: sum.count + calls / messages, ms: sum.ms + ms / messages });
    }
    const kinds = [...counts].map(([kind, sum]) => ({ kind, ...sum }));
    return { all: kinds.reduce((sum, { count }) => sum + count, 0), kinds };
  };
}

function kindOf(query: string): Kind {
  if (query.includes('pg_notify')) return 'hints to other servers';
  const known = Object.entries(texts).find(([, text]) => text.test(query));
  return known ? (known[0] as Kind) : 'everything else';
}
