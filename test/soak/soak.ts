import { vi } from 'vitest';
import { readGlobalId } from '../../src/schema/global-id.js';
import { judgeSends, readEvidence, type Evidence, type Judgement } from '../support/judge-sends.js';
import type { AtEnd } from '../support/server-process.js';
import { startAgents, type Agents } from './soak-agents.js';
import { createFaults, scheduleFaults } from './soak-faults.js';
import { gatherPeople, type Person } from './soak-people.js';
import { setSoakScene, type SoakScene } from './soak-scene.js';

export type SoakOptions = {
  readonly seed: number;
  /** Messages that agents write, at least. */
  readonly messages: number;
  readonly contacts: number;
  /** How often everything breaks that can. */
  readonly rounds: number;
};

/** How a message may be in the end. */
const FINAL = ['DELIVERED', 'READ', 'FAILED', 'CANCELLED', 'HELD', 'UNCONFIRMED', 'EXPIRED'];
const AGENTS = 24;
/** A contact does something about so often: once for so many messages. */
const MESSAGES_PER_ACT = 6;
const patience = { timeout: 30 * 60_000, interval: 20 };
/** How long it may take until all has found its end, once nothing breaks any more. */
const SETTLING = { timeout: 180_000, interval: 200 };

export type SoakVerdict = Judgement & {
  /** Acknowledged and not there, there and not acknowledged, or without an end. */
  readonly lost: readonly string[];
  /** The provider reported on it, and it is not known. */
  readonly unheard: readonly string[];
  /** Contacts whose consent is not what they last said. */
  readonly misunderstood: readonly string[];
  /** Servers that ended by themselves. */
  readonly fallen: readonly string[];
};

/** Agents write, contacts accept and stop and come back, everything breaks; then it is judged what came of it. */
export async function soak(
  atEnd: AtEnd,
  { seed, messages, contacts, rounds }: SoakOptions,
  say: (line: string) => void,
): Promise<{ readonly verdict: SoakVerdict; readonly summary: string }> {
  const scene = await setSoakScene(atEnd, seed);
  const { servers, postOffice } = scene;
  const schedule = scheduleFaults({ seed, messages, rounds, servers: servers.length });
  const faults = createFaults(scene);
  const crowd = gatherPeople(scene, { seed, contacts });
  const begun = performance.now();
  const agents = startAgents(scene, { seed, agents: AGENTS, people: crowd.people });
  atEnd(agents.stop);

  const seconds = (): string => ((performance.now() - begun) / 1000).toFixed(1);
  const until = (isTrue: () => boolean): Promise<unknown> =>
    vi.waitUntil(() => {
      const [fall] = servers.flatMap(({ falls }) => falls);
      if (fall !== undefined) throw new Error(`seed ${seed}: a server fell: ${fall}`);
      if (agents.failure() !== null) throw new Error(`seed ${seed}: an agent gave up`, { cause: agents.failure() });
      while (crowd.acts() < agents.written.length / MESSAGES_PER_ACT) crowd.act();
      return isTrue();
    }, patience);

  for (const fault of schedule) {
    await until(() => agents.written.length >= fault.place);
    say(`${seconds()} s, ${agents.written.length} messages: ${faults.nameOf(fault)}`);
    await Promise.all([faults.strike(fault), until(() => true)]);
  }
  await until(() => agents.written.length >= messages);
  await agents.stop();
  const tookMs = performance.now() - begun;
  faults.calm();
  await settled(scene, (waiting) => say(`${seconds()} s: ${waiting}`));
  const settledMs = performance.now() - begun - tookMs;

  const evidence = await readEvidence(scene.sql, scene.provider.sends);
  const verdict: SoakVerdict = {
    ...judgeSends(evidence),
    lost: await findLost(scene, evidence, agents),
    unheard: findUnheard(evidence),
    misunderstood: await findMisunderstood(scene, crowd.people),
    fallen: servers.flatMap(({ falls }) => falls),
  };
  const { refused, repeats } = agents.counts();
  const { told, repeated } = postOffice.counts();
  const { kills, resets, losses } = faults.counts();
  const count = (isSo: (message: Evidence['messages'][number]) => boolean) => evidence.messages.filter(isSo).length;
  const summary = [
    `seed ${seed}: ${agents.written.length} messages to ${contacts} contacts, ${refused} refused, ${repeats} requests repeated`,
    `${evidence.sends.length} sends, ${count(({ steps }) => steps.some(({ status }) => status === 'UNCONFIRMED'))} unconfirmed at some time, ${count(({ status }) => status === 'UNCONFIRMED')} in the end, ${count(({ possibleDuplicate }) => possibleDuplicate)} marked as possible duplicates`,
    `${crowd.acts()} acts of contacts, ${evidence.transitions} transitions, ${told} items of webhooks, ${repeated} of them again`,
    `${schedule.length} faults: ${kills} kills, ${schedule.filter(({ kind }) => kind === 'POSTGRES').length} restarts of PostgreSQL, ${resets} connections reset, ${losses} lost without a word, ${servers.reduce((sum, { failedStarts }) => sum + failedStarts(), 0)} starts that failed`,
    `${Math.round(tookMs / 1000)} s, ${Math.round((agents.written.length / tookMs) * 1000)} messages/s, settled after ${Math.round(settledMs / 1000)} s more`,
  ].join('\n  ');
  return { verdict, summary };
}

/** All was posted, all that was stored has taken effect, and nothing can leave any more. */
async function settled({ sql, postOffice }: SoakScene, say: (waiting: string) => void): Promise<void> {
  await vi.waitUntil(() => postOffice.isEmpty(), SETTLING);
  let said = '';
  await vi.waitFor(async () => {
    const [row] = await sql`
      select (select count(*) from webhook_inbox where processed_at is null) as inbox,
        (select count(*) from messages where status in ('QUEUED', 'SENDING')) as sending,
        (select count(*) from messages where held_reason = 'CHANNEL_DOWN') as down,
        (select count(*) from messages m join organizations o on o.id = m.organization_id
          where o.unconfirmed = 'RESEND' and m.status = 'UNCONFIRMED' and m.kind = 'TEXT' and m.attempts < 4) as unconfirmed,
        (select count(*) from outbox) as outbox, (select count(*) from feed_pending) as feed`;
    const waiting = Object.entries(row ?? {}).filter(([, count]) => Number(count) > 0);
    const told = waiting.map(([what, count]) => `${what} ${count}`).join(', ');
    if (told !== said) say(`waits for ${told}`);
    said = told;
    if (told !== '' || !postOffice.isEmpty()) throw new Error(`not settled: ${told}`);
  }, SETTLING);
}

async function findLost({ sql }: SoakScene, { messages }: Evidence, agents: Agents): Promise<readonly string[]> {
  const texts = messages.filter(({ kind }) => kind === 'TEXT');
  const known = new Set(texts.map(({ id }) => id));
  const acknowledged = new Set(agents.written.map((id) => readGlobalId(id)?.id));
  const more = [...known].filter((id) => !acknowledged.has(id));
  const bodies = await sql<
    { id: string; body: string }[]
  >`select id, body from messages where id = any(${more}::uuid[])`;
  const twice = await sql<{ body: string }[]>`
    select body from messages where kind = 'TEXT' and direction = 'OUTBOUND' group by body having count(*) > 1`;
  return [
    ...[...acknowledged].filter((id) => id === undefined || !known.has(id)).map((id) => `${id} is not there`),
    ...bodies.filter(({ body }) => !agents.doubtful.has(body)).map(({ id }) => `${id} was not acknowledged`),
    ...twice.map(({ body }) => `"${body}" is there more than once`),
    ...texts.filter(({ status }) => !FINAL.includes(status)).map(({ id, status }) => `${id} is ${status}`),
  ];
}

/** A message that the provider took is reported on; nobody may still wonder whether it left. */
function findUnheard({ messages, sends }: Evidence): readonly string[] {
  const taken = new Set(sends.filter((send) => send.taken).map(({ messageId }) => messageId));
  return messages
    .filter(({ id, status }) => taken.has(id) && status === 'UNCONFIRMED')
    .map(({ id, kind }) => `${kind} ${id}`);
}

async function findMisunderstood({ sql }: SoakScene, people: readonly Person[]): Promise<readonly string[]> {
  const rows = await sql<{ phone: string; status: string }[]>`select phone, status from contacts`;
  const statuses = new Map(rows.map(({ phone, status }) => [phone, status]));
  // A request that was refused after its fate had become unknown takes the status back.
  const expected = { SILENT: ['PENDING', 'NOT_ASKED'], YES: ['OPTED_IN'], STOP: ['OPTED_OUT'] };
  return people
    .filter(({ id }) => id !== null)
    .filter(({ phone, opinion }) => !expected[opinion].includes(statuses.get(phone) ?? ''))
    .map(({ phone, opinion }) => `${phone} last said ${opinion} and is ${statuses.get(phone)}`);
}
