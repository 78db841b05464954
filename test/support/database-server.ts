/** Where test databases are made, and the migrated one that they are copies of. */
/** `role` is whom a server works as there. */
export type TestDatabaseServer = { readonly url: string; readonly template: string; readonly role: string | null };

declare module 'vitest' {
  interface ProvidedContext {
    databaseServer: TestDatabaseServer;
  }
}

/** The url of another database of the same server. */
export function databaseUrl(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}
