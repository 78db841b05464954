import { createServer, connect, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

const STARTUP = -1;

/** Stands between a server and its database and notes the text of every statement that is executed. */
export async function startStatementCounter(databaseUrl: string) {
  const target = new URL(databaseUrl);
  const executed: string[] = [];
  const lines: string[][] = [];

  /** Reads one connection's messages to the database: a byte of type, four of length, then the contents. */
  function reader(): (chunk: Buffer) => void {
    const line: string[] = [];
    lines.push(line);
    const note = (text: string): void => void [executed.push(text), line.push(text)];
    const texts = new Map<string, string>();
    let bound = '';
    let left = Buffer.alloc(0);
    let type = STARTUP;

    function take(kind: string, contents: Buffer): void {
      const text = (from: number): string => contents.toString('utf8', from, contents.indexOf(0, from));
      if (kind === 'P') texts.set(text(0), text(text(0).length + 1));
      if (kind === 'B') bound = text(text(0).length + 1);
      if (kind === 'E') note(texts.get(bound) ?? '');
      if (kind === 'Q') note(text(0));
    }

    return (chunk) => {
      left = Buffer.concat([left, chunk]);
      for (;;) {
        const header = type === STARTUP ? 0 : 1;
        if (left.length < header + 4) return;
        const length = header + left.readUInt32BE(header);
        if (left.length < length) return;
        if (header === 1) take(left.toString('latin1', 0, 1), left.subarray(5, length));
        type = 0;
        left = left.subarray(length);
      }
    };
  }

  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const database = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [client, database],
      [database, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', reader());
    client.pipe(database).pipe(client);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    /** The database, seen through the counter. */
    url: url.href,
    /** Every statement, in the order in which they were executed. */
    executed,
    /** The same of each connection by itself. */
    lines,
    async close(): Promise<void> {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
