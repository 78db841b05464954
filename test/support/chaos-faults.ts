import { vi } from 'vitest';
import type { Chance } from './chance.js';
import type { ChaosScene, ChaosServer } from './chaos-scene.js';
import type { NatsServer } from './nats-server.js';

/** How long it may take until another server gives positions. */
const TAKEOVER = { timeout: 30_000, interval: 10 };

export type Fault = 'FOLLOWER' | 'LEADER' | 'POSTGRES' | 'NATS';

/** What breaks in the middle of everything; each fault resolves when what it broke is back. */
export function createFaults({ scene, chance, nats }: { scene: ChaosScene; chance: Chance; nats: NatsServer | null }) {
  const { servers, database } = scene;
  const takeovers: number[] = [];
  let kills = 0;

  /** Asked until there is one: after a crash of PostgreSQL all seek the lead anew. */
  const leader = (): Promise<ChaosServer> => vi.waitUntil(() => scene.leader().catch(() => null), TAKEOVER);

  const faults: Readonly<Record<Fault, () => Promise<void>>> = {
    FOLLOWER: async () => {
      const leads = await leader();
      kills += 1;
      await chance.oneOf(servers.filter((server) => server !== leads)).kill();
    },
    LEADER: async () => {
      const victim = await leader();
      const from = performance.now();
      kills += 1;
      const back = victim.kill();
      await vi.waitUntil(async () => ![victim, null].includes(await scene.leader()), TAKEOVER);
      takeovers.push(performance.now() - from);
      await back;
    },
    POSTGRES: database.crash,
    NATS: async () => {
      await nats?.kill();
      await nats?.start();
    },
  };

  return {
    /** Each fault once, in an order of chance. */
    schedule: chance.shuffled<Fault>(['FOLLOWER', 'LEADER', 'POSTGRES', ...(nats ? ['NATS' as const] : [])]),
    strike: (fault: Fault): Promise<void> => faults[fault](),
    kills: () => kills,
    /** How long it took each time until another server led. */
    takeoversMs: (): readonly number[] => takeovers.map(Math.round),
  };
}
