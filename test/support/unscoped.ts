import type { Sql } from 'postgres';
import type { Scoped } from '../../src/postgres/scoped.js';

/** Statements on connections of one's own, as these are: for tests that keep a transaction of their own. */
export function unscoped(sql: Sql): Scoped {
  return async (_organizationIds, statement) => (await Promise.all([statement(sql)].flat())).flat();
}
