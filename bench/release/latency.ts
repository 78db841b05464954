import { createHmac } from 'node:crypto';
import { now, until, within } from '../support/clock.js';
import { anyCore } from '../support/machine.js';
import type { Scope } from '../support/scope.js';
import { startWorker } from '../support/worker.js';
import { TEXT } from './conversations.js';
import type { Posts } from './poster.js';
import type { Arrival, Sample } from './provider.js';
import { APP_SECRET, NUMBER_ID, type ReleaseServer, type Scene } from './scene.js';

/** Contacts who accept in one round, one after the other. */
const CONTACTS = 60;
const PATIENCE_MS = 20_000;
const PREPARED_AT_ONCE = 16;

/** Milliseconds from the moment that the webhook is posted. */
export type Delays = {
  readonly answered: readonly number[];
  readonly confirmation: readonly number[];
  readonly held: readonly number[];
  /** Three commits and a post, one after the other: what a confirmation can't do without. */
  readonly bare: readonly number[];
};

type Waiting = { readonly phone: string; readonly requestId: string };

/** From the webhook that says yes to what it releases, with nothing else to do. */
export async function measureLatency(
  scope: Scope,
  scene: Scene,
  { rounds }: { readonly rounds: number },
): Promise<readonly Delays[]> {
  const server = await scene.startServer();
  const poster = await startWorker(scope, 'release/poster.ts', { cores: anyCore });
  const { database, provider, providerPort } = scene;
  await database.sql`create table bench_steps (id uuid primary key, body text)`;
  const arrivals = watchArrivals(scene);
  const measured: Delays[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const waiting = await prepareWaiting(scene, server, round);
    await provider.call('begin', true);
    const delays = {
      answered: [] as number[],
      confirmation: [] as number[],
      held: [] as number[],
      bare: [] as number[],
    };
    for (const contact of waiting) {
      const accepted = await accept(arrivals, server, contact);
      for (const kind of ['answered', 'confirmation', 'held'] as const) delays[kind].push(accepted[kind]);
      const sample = await provider.call<Sample>('sample');
      const posts: Posts = { ...sample, port: providerPort, count: 1, atOnce: 1 };
      delays.bare.push(await poster.call<number>('commitAndPost', { ...posts, databaseUrl: database.url }));
    }
    // The first round warms everything up.
    if (round > 0) measured.push(delays);
  }
  await Promise.all([server.stop(), poster.stop()]);
  return measured;
}

/** Contacts who have been asked, each with a message that is held until they say yes. */
async function prepareWaiting(scene: Scene, { mutate }: ReleaseServer, round: number): Promise<readonly Waiting[]> {
  const phones = Array.from({ length: CONTACTS }, (_, index) => `+1650300${String(round * CONTACTS + index + 1000)}`);
  const left = [...phones];
  const prepare = async (): Promise<void> => {
    for (let phone = left.pop(); phone; phone = left.pop()) {
      const contactId = await mutate('sendOptIn', { phone, name: 'Benchmark' });
      await mutate('queueMessage', { contactId, body: TEXT });
    }
  };
  await Promise.all(Array.from({ length: PREPARED_AT_ONCE }, prepare));
  const { sql } = scene.database;
  const accepted = async (): Promise<boolean> => {
    const [row] = await sql<{ left: boolean }[]>`
      select exists (select from messages where kind = 'OPT_IN_REQUEST' and status <> 'ACCEPTED')
        or exists (select from outbox) as left`;
    return row?.left === false;
  };
  await until(PATIENCE_MS, 'asking the contacts', accepted);
  return sql<Waiting[]>`
    select c.phone, r.id as "requestId" from opt_in_requests r
    join contacts c on c.organization_id = r.organization_id and c.id = r.contact_id
    where c.phone = any(${phones})`;
}

type Arrivals = (phone: string) => Promise<Readonly<Record<'CONFIRMATION' | 'HELD', number>>>;

/** Tells when both messages of a contact have arrived. */
function watchArrivals({ provider }: Scene): Arrivals {
  let expected: { readonly phone: string; readonly arrived: (kind: string, at: number) => void } | null = null;
  provider.onNews((news) => {
    const { to, kind, at } = news as Arrival;
    if (to === expected?.phone) expected.arrived(kind, at);
  });
  return (phone) =>
    new Promise((resolve) => {
      const times = new Map<string, number>();
      const arrived = (kind: string, at: number): void => {
        times.set(kind, at);
        const [confirmation, held] = [times.get('CONFIRMATION'), times.get('HELD')];
        if (confirmation !== undefined && held !== undefined) resolve({ CONFIRMATION: confirmation, HELD: held });
      };
      expected = { phone, arrived };
    });
}

/** Presses the button, and waits for what comes of it. */
async function accept(
  arrivals: Arrivals,
  { port }: ReleaseServer,
  { phone, requestId }: Waiting,
): Promise<Readonly<Record<'answered' | 'confirmation' | 'held', number>>> {
  const body = webhookOf(phone, requestId);
  const signature = `sha256=${createHmac('sha256', APP_SECRET).update(body).digest('hex')}`;
  const both = arrivals(phone);
  const begun = now();
  const answer = await fetch(`http://127.0.0.1:${port}/webhooks/whatsapp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature },
    body,
  });
  const answered = now() - begun;
  if (answer.status !== 200) throw new Error(`the webhook was answered with ${answer.status}`);
  const times = await within(PATIENCE_MS, 'releasing', both);
  return { answered, confirmation: times.CONFIRMATION - begun, held: times.HELD - begun };
}

let told = 0;

/** A press of the template's first button, in Meta's words. */
function webhookOf(phone: string, requestId: string): string {
  const message = {
    from: phone.slice(1),
    id: `wamid.bench.in.${(told += 1)}`,
    timestamp: String(Math.floor(Date.now() / 1000)),
    type: 'button',
    button: { payload: `optin:v1:accept:${requestId}`, text: 'Accept' },
  };
  const value = {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '16505550199', phone_number_id: NUMBER_ID },
    contacts: [{ profile: { name: 'Benchmark' }, wa_id: phone.slice(1) }],
    messages: [message],
  };
  return JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: 'bench', changes: [{ field: 'messages', value }] }],
  });
}
