import postgres from 'postgres';
import { WebSocket } from 'ws';
import { wallClock } from '../support/clock.js';
import { serve } from '../support/serve.js';

// Three ways to learn of transitions. Each notes when the id of an event was in its hands.
type Source = {
  readonly kind: 'SUBSCRIPTION' | 'POLLER' | 'LISTENER';
  readonly port: number;
  readonly databaseUrl: string;
  readonly pollMs: number;
};

let seen: [eventId: string, at: number][] = [];
let close: () => Promise<void> = () => Promise.resolve();
const note = (eventId: string): void => void seen.push([eventId, wallClock()]);

function subscribe(port: number): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws');
  const query = 'subscription { consentTransitions { __typename ... on ConsentTransition { eventId from to cause } } }';
  close = () =>
    new Promise((resolve) => {
      socket.once('close', () => resolve());
      socket.close(1000);
    });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('open', () => socket.send('{"type":"connection_init"}'));
    socket.on('message', (message: Buffer) => {
      const { type, payload } = JSON.parse(message.toString());
      if (type === 'connection_ack') socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
      if (type === 'error') reject(new Error(JSON.stringify(payload)));
      if (type !== 'next') return;
      const { __typename: kind, eventId } = payload.data.consentTransitions;
      if (kind === 'ConsentTransition') note(eventId);
      else resolve();
    });
  });
}

/** Reads what was given a position since the last look: a log that is complete in its order, as the subscription's is. */
async function poll(databaseUrl: string, everyMs: number): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1 });
  const [head] = await sql<{ position: string }[]>`select coalesce(max(position), 0) as position from feed`;
  let position = head?.position ?? '0';
  let running = true;
  const look = async (): Promise<void> => {
    const rows = await sql<{ position: string; id: string }[]>`
      select f.position, e.id from feed f
      join consent_events e on e.organization_id = f.organization_id and e.contact_id = f.contact_id
        and e.version = f.version
      where f.position > ${position} order by f.position`;
    for (const { id } of rows) note(id);
    position = rows.at(-1)?.position ?? position;
  };
  const loop = async (): Promise<void> => {
    while (running) {
      const begun = wallClock();
      await look();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, everyMs - (wallClock() - begun))));
    }
  };
  const looping = loop();
  close = async () => {
    running = false;
    await looping;
    await sql.end();
  };
}

async function listen(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1 });
  await sql.listen('bench_transition', note);
  close = () => sql.end();
}

serve({
  watch: async ({ kind, port, databaseUrl, pollMs }: Source) => {
    seen = [];
    if (kind === 'SUBSCRIPTION') await subscribe(port);
    else if (kind === 'POLLER') await poll(databaseUrl, pollMs);
    else await listen(databaseUrl);
  },
  count: () => seen.length,
  finish: async () => {
    await close();
    return seen;
  },
});
