import type { BenchDatabase } from './database.js';

/** As src/postgres/attestation-log.ts has it. */
const SIGNING_LOCK = 7_160_002;

/** Does a task while nothing of any organization is signed: it has the locks that whoever signs needs. */
export async function whileNobodySigns<Result>({ sql }: BenchDatabase, task: () => Promise<Result>): Promise<Result> {
  const connection = await sql.reserve();
  const organizations = await connection<{ id: string }[]>`select id from organizations order by id`;
  try {
    for (const { id } of organizations) {
      await connection`select pg_advisory_lock(${SIGNING_LOCK}::int, hashtext(${id}))`;
    }
    return await task();
  } finally {
    for (const { id } of organizations) {
      await connection`select pg_advisory_unlock(${SIGNING_LOCK}::int, hashtext(${id}))`;
    }
    connection.release();
  }
}
