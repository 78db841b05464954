import { openDatabase, type Database } from './database.js';
import { migrate } from './migrate.js';
import { requireTenancy } from './tenancy.js';

/** A database that was brought to this program's tables, opened such that organizations are kept apart in it, or refused. */
export async function openProtectedDatabase(url: string, options: { readonly connections: number }): Promise<Database> {
  const database = openDatabase(url, { ...options, role: await migrate(url) });
  try {
    await requireTenancy(database.sql);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}
