import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { now } from '../support/clock.js';
import { serve, tell } from '../support/serve.js';

// A provider that takes every message and answers at once, as Meta does. What it was sent is looked at afterwards.

/** A message that arrived. `at` is on the machine's clock. */
export type Arrival = { readonly to: string; readonly kind: string; readonly at: number };
/** A request as the server made it, to be made again without the server. */
export type Sample = { readonly path: string; readonly authorization: string; readonly body: string };

let bodies: Buffer[] = [];
let sample: Sample | null = null;
let watching = false;
let taken = 0;

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const body = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
    take(request, body);
    const answer = `{"messaging_product":"whatsapp","contacts":[{"input":"+16505550100","wa_id":"16505550100"}],"messages":[{"id":"wamid.bench.${(taken += 1)}"}]}`;
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) });
    response.end(answer);
  });
});
server.keepAliveTimeout = 60_000;

function take({ url, headers }: IncomingMessage, body: Buffer): void {
  bodies.push(body);
  sample ??= { path: url ?? '/', authorization: headers.authorization ?? '', body: body.toString() };
  if (!watching) return;
  const at = now();
  const { to, type } = JSON.parse(body.toString());
  const isConfirmation = type === 'text' && !body.includes(HELD);
  tell({ to, kind: isConfirmation ? 'CONFIRMATION' : type === 'text' ? 'HELD' : 'REQUEST', at } satisfies Arrival);
}

/** What the texts of agents begin with; other texts are the system's. */
const HELD = 'Benchmark message';

serve({
  port: async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  },
  /** Forgets what came, and begins anew; told of each message by itself or not. */
  begin: (watch: boolean) => {
    bodies = [];
    watching = watch;
  },
  count: () => bodies.length,
  sample: () => sample,
  /** The names of what came, in the order in which it came. */
  names: () => bodies.map((body) => /"biz_opaque_callback_data":"([^"]*)"/.exec(body.toString())?.[1] ?? ''),
});
