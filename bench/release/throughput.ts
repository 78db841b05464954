import { now, until } from '../support/clock.js';
import { anyCore } from '../support/machine.js';
import type { Scope } from '../support/scope.js';
import { startWorker, type Worker } from '../support/worker.js';
import {
  isSettled,
  prepareConversations,
  releaseConversations,
  verifyHandedOver,
  type Prepared,
} from './conversations.js';
import type { Posts } from './poster.js';
import type { Sample } from './provider.js';
import type { ReleaseServer, Scene } from './scene.js';
import { countStatements, type Statements } from './statements.js';

/** Messages of each conversation. */
const EACH = 4;
/** Messages of one organization's channel that one server hands over at a time. */
const AT_ONCE = 256;
const STALLED_MS = 120_000;

export const sizes = [1, 2, 4] as const;
export type Size = (typeof sizes)[number];

/** One release of all messages by so many servers, beside as many bare posts by so many processes. */
export type Handover = {
  readonly size: Size;
  /** Per second. */
  readonly messages: number;
  readonly posts: number;
  readonly fetches: number;
  /** Milliseconds of the servers' processor time, of each message. */
  readonly processor: number;
  readonly statements: Statements;
};

/** Hands over with more and more servers; each number of them warms up once and is then measured in every round. */
export async function measureThroughput(
  scope: Scope,
  scene: Scene,
  { rounds, messages }: { readonly rounds: number; readonly messages: number },
): Promise<readonly Handover[]> {
  const count = Math.ceil(messages / EACH) * EACH;
  const servers: ReleaseServer[] = [];
  const posters: Worker[] = [];
  const measured: Handover[] = [];
  for (const size of sizes) {
    while (servers.length < size) {
      servers.push(await scene.startServer());
      posters.push(await startWorker(scope, 'release/poster.ts', { cores: anyCore }));
    }
    await handOver(scene, servers, count);
    await post(scene, posters, { how: 'post', count });
    await post(scene, posters, { how: 'postByFetch', count });
    for (let round = 0; round < rounds; round += 1) {
      console.log(`${size} ${size === 1 ? 'server' : 'servers'}, round ${round + 1} of ${rounds}`);
      // The bare posts lie around the release, half before and half after it, so that neither has the better minute.
      const before = await post(scene, posters, { how: 'post', count });
      const handed = await handOver(scene, servers, count);
      const after = await post(scene, posters, { how: 'post', count });
      const fetches = await post(scene, posters, { how: 'postByFetch', count });
      measured.push({ size, ...handed, posts: (before + after) / 2, fetches });
      console.log(`  ${Math.round(handed.messages)} messages/s, ${Math.round((before + after) / 2)} bare posts/s`);
    }
  }
  await Promise.all([...servers, ...posters].map(({ stop }) => stop()));
  return measured;
}

async function handOver(
  scene: Scene,
  servers: readonly ReleaseServer[],
  count: number,
): Promise<Pick<Handover, 'messages' | 'processor' | 'statements'>> {
  const prepared: Prepared = await prepareConversations(scene, { contacts: count / EACH, each: EACH });
  const { provider } = scene;
  await provider.call('begin', false);
  const counted = await countStatements(scene);
  const spent = await usageOf(servers);
  const begun = await releaseConversations(scene, prepared);
  const isThere = async (): Promise<boolean> => (await provider.call<number>('count')) >= count;
  await until(STALLED_MS, 'handing over', isThere);
  await until(STALLED_MS, 'settling', () => isSettled(scene));
  const taken = now() - begun;
  const processor = ((await usageOf(servers)) - spent) / count;
  const statements = await counted(count);
  await verifyHandedOver(scene, prepared);
  return { messages: (count * 1000) / taken, processor, statements };
}

async function usageOf(servers: readonly ReleaseServer[]): Promise<number> {
  const spent = await Promise.all(servers.map(({ usage }) => usage()));
  return spent.reduce((sum, one) => sum + one, 0);
}

/** The same number of the same message, by as many processes with as many requests at once each; per second. */
async function post(
  scene: Scene,
  posters: readonly Worker[],
  { how, count }: { readonly how: 'post' | 'postByFetch'; readonly count: number },
): Promise<number> {
  const { provider, providerPort } = scene;
  const sample = await provider.call<Sample | null>('sample');
  if (!sample) throw new Error('the provider was sent nothing yet');
  await provider.call('begin', false);
  const each = Math.ceil(count / posters.length);
  const begun = now();
  const posts: Posts = { ...sample, port: providerPort, count: each, atOnce: AT_ONCE };
  await Promise.all(posters.map(({ call }) => call(how, posts)));
  return (each * posters.length * 1000) / (now() - begun);
}
