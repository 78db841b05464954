import { randomBytes } from 'node:crypto';
import type { TestDatabase } from './database.js';

/** The url of an empty database for a user who will own its tables and for whom policies hold. */
export async function ordinaryOwnerOf(database: TestDatabase) {
  const name = `ordinary_${randomBytes(6).toString('hex')}`;
  const url = new URL(database.url);
  await database.sql.unsafe(`create role ${name} login password 'ordinary'`);
  await database.sql.unsafe(`grant create on database "${url.pathname.slice(1)}" to ${name}`);
  await database.sql.unsafe(`grant create on schema public to ${name}`);
  url.username = name;
  url.password = 'ordinary';
  return {
    name,
    url: url.href,
    /** Drops the user with all that it owns. */
    drop: async (): Promise<void> => {
      await database.sql.unsafe(`drop owned by ${name} cascade`);
      await database.sql.unsafe(`drop role ${name}`);
    },
  };
}
