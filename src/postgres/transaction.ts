import type { ISql, Sql } from 'postgres';

/** Codes of postgres.js and of sockets for a connection that is gone. */
const goneCode = /^(CONNECTION_|E[A-Z]+$)/;

const never = <Result>(): Promise<Result> => new Promise(() => undefined);

/**
 * Several statements in one transaction: all of it is committed, or nothing. postgres.js's own `begin` ends a transaction
 * whose connection is gone by writing to it all the same, later, where nobody can catch what that throws; here nothing
 * is said any more, and the transaction has failed.
 */
export async function transaction<Result>(sql: Sql, use: (sql: ISql) => Promise<Result>): Promise<Result> {
  let gone = false;
  const done = sql.begin(async (begun) => {
    const guarded = new Proxy(begun, {
      apply: (target, self, args) => {
        if (gone) throw new Error('the connection of the transaction is gone');
        const asked: unknown = Reflect.apply(target, self, args);
        return asked;
      },
    });
    try {
      const result = await use(guarded);
      return gone ? await never<{ readonly result: Result }>() : { result };
    } catch (error) {
      if (gone || isGone(error)) return never<{ readonly result: Result }>();
      throw error;
    }
  });
  done.catch(() => {
    gone = true;
  });
  return (await done).result;
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && goneCode.test(error.code);
}
