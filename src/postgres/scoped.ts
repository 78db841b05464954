import type { PendingQuery, Row, RowList, Sql } from 'postgres';

/**
 * Runs one statement, or a few that give rows alike, in a transaction that sees and writes what is of these organizations,
 * and nothing else. Plans are kept, or made for the values of each time where the best way hangs on them.
 */
export type Scoped = <Rows extends readonly Row[]>(
  organizationIds: readonly string[],
  statement: (sql: Sql) => PendingQuery<Rows> | readonly PendingQuery<Rows>[],
  plan?: 'KEPT' | 'EACH_TIME',
) => Promise<readonly Rows[number][]>;

/** Each takes so many statements: the scope, what is asked, and the end of the transaction. */
export const statementsOfScope = 3;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * `lines` are clients of one connection each that see nothing by themselves, and keep their plans. A connection answers in the order in which
 * it was asked, so the scope, the statements and the end of their transaction are all sent at once: it takes one journey to
 * PostgreSQL, as the statement alone does. The scope ends with the transaction, whatever becomes of it.
 */
export function createScoped(lines: readonly Sql[]): Scoped {
  const free = lines.map((sql) => ({ sql, underWay: 0 }));

  return async (organizationIds, statement, plan = 'KEPT') => {
    const scope = settingOf(organizationIds);
    const planning = plan === 'KEPT' ? '' : '; set local plan_cache_mode = force_custom_plan';
    const line = free.reduce((least, one) => (one.underWay < least.underWay ? one : least));
    const { sql } = line;
    line.underWay += 1;
    try {
      // None of them is sent before all are made.
      const begin = sql.unsafe(`begin; set local assent.organizations = '${scope}'${planning}`);
      const asked = [statement(sql)].flat();
      const commit = sql.unsafe('commit');
      const [begun, ...answers] = await Promise.all([
        begin.execute().then(answeredBy),
        ...asked.map((one) => one.execute().then(answeredBy)),
        commit.execute().then(answeredBy),
      ]);
      // A connection that broke in between is followed by another, which was told no scope and sees nothing.
      if (answers.some(({ backend }) => backend !== begun.backend))
        throw new Error('the connection was lost within a transaction');
      return answers.slice(0, -1).flatMap(({ rows }) => rows);
    } finally {
      line.underWay -= 1;
    }
  };
}

/** Who answered. It has to be noted at once: postgres.js changes what it says of all answers when it connects again. */
function answeredBy<Rows extends readonly Row[]>(rows: RowList<Rows>) {
  return { rows, backend: `${rows.state.pid} ${rows.state.secret}` };
}

/** A list of ids as PostgreSQL writes one; nothing else may get into the statement. */
function settingOf(organizationIds: readonly string[]): string {
  const ids = [...new Set(organizationIds)];
  if (!ids.every((id) => uuid.test(id))) throw new TypeError('an organization is named by something that is no id');
  return `{${ids.join(',')}}`;
}
