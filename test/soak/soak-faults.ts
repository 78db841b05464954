import { vi } from 'vitest';
import { chanceOf, type Chance } from '../support/chance.js';
import type { Trouble } from '../support/bad-network.js';
import type { SoakScene } from './soak-scene.js';

type Kind =
  | 'KILL'
  /** Stopped as it stands for longer than a lease, and let go on. */
  | 'FREEZE'
  /** PostgreSQL stops without a checkpoint, and starts again. */
  | 'POSTGRES'
  /** All connections to one side are broken. */
  | 'RESET_DATABASE'
  | 'RESET_PROVIDER'
  /** All connections to one side carry nothing any more, for good; new ones do. */
  | 'LOSE_DATABASE'
  | 'LOSE_PROVIDER'
  /** What is sent to one side, or comes from there, is late or does not get through. */
  | 'TROUBLE_DATABASE'
  | 'TROUBLE_PROVIDER'
  /** A server's clock steps. */
  | 'CLOCK'
  /** The provider refuses the organizations' numbers altogether. */
  | 'CHANNEL';

/** How often each comes in one round of faults. */
const ROUND: readonly Kind[] = [
  'KILL',
  'KILL',
  'KILL',
  'FREEZE',
  'POSTGRES',
  'RESET_DATABASE',
  'RESET_DATABASE',
  'LOSE_DATABASE',
  'LOSE_DATABASE',
  'TROUBLE_DATABASE',
  'TROUBLE_DATABASE',
  'RESET_PROVIDER',
  'RESET_PROVIDER',
  'LOSE_PROVIDER',
  'TROUBLE_PROVIDER',
  'TROUBLE_PROVIDER',
  'CLOCK',
  'CLOCK',
  'CHANNEL',
];

/** One thing that breaks. */
export type Fault = {
  readonly kind: Kind;
  /** After so many messages. */
  readonly place: number;
  /** The server that it concerns. */
  readonly server: number;
  readonly trouble: Trouble;
  /** How long it lasts. */
  readonly ms: number;
  /** How far a clock is set ahead, or behind. */
  readonly aheadMs: number;
};

/** What breaks and when: the same for the same seed and numbers. */
export function scheduleFaults(options: {
  readonly seed: number;
  readonly messages: number;
  readonly rounds: number;
  readonly servers: number;
}): readonly Fault[] {
  const { seed, messages, rounds, servers } = options;
  const chance = chanceOf(seed, 'faults');
  const all = Array.from({ length: rounds }, () => chance.shuffled(ROUND)).flat();
  const step = messages / (all.length + 1);
  return all.map((kind, turn) => ({
    kind,
    place: Math.round(step * (turn + 1) + chance.from(-step / 4, step / 4)),
    server: chance.from(0, servers - 1),
    trouble: troubleOf(chance),
    ms: chance.from(500, 4_500),
    aheadMs: chance.from(-3_000, 3_000),
  }));
}

function troubleOf(chance: Chance): Trouble {
  const kind = chance.oneOf(['DEAF', 'MUTE', 'SLOW'] as const);
  return kind === 'SLOW' ? { kind, byMs: chance.from(20, 400) } : { kind };
}

/** Lets the faults strike, each in its place; `calm` ends all that lasts. */
export function createFaults(scene: SoakScene) {
  const { servers, database, provider } = scene;
  let kills = 0;
  let resets = 0;
  let losses = 0;

  const lasts = (ms: number): Promise<unknown> => {
    const end = performance.now() + ms;
    return vi.waitUntil(() => performance.now() >= end, { timeout: ms + 10_000, interval: 20 });
  };

  async function strike({ kind, server: number, trouble, ms, aheadMs }: Fault): Promise<void> {
    const server = servers[number];
    if (!server) throw new Error(`there is no server ${number}`);
    switch (kind) {
      case 'KILL':
        kills += 1;
        return server.kill();
      case 'FREEZE':
        server.freeze(true);
        // Longer than a lease.
        await lasts(ms + 3_000);
        return server.freeze(false);
      case 'POSTGRES':
        return database.crash();
      case 'RESET_DATABASE':
        resets += server.toDatabase.reset();
        return;
      case 'RESET_PROVIDER':
        resets += server.toProvider.reset();
        return;
      case 'LOSE_DATABASE':
        losses += server.toDatabase.lose();
        return;
      case 'LOSE_PROVIDER':
        losses += server.toProvider.lose();
        return;
      case 'TROUBLE_DATABASE':
      case 'TROUBLE_PROVIDER': {
        const network = kind === 'TROUBLE_DATABASE' ? server.toDatabase : server.toProvider;
        network.trouble(trouble);
        await lasts(ms);
        // What was kept back comes late, or never.
        if (aheadMs > 0) resets += network.reset();
        return network.trouble(null);
      }
      case 'CLOCK':
        return server.setAhead(aheadMs);
      case 'CHANNEL':
        provider.refuse(true);
        await lasts(ms);
        return provider.refuse(false);
    }
  }

  return {
    strike,
    nameOf: ({ kind, server, trouble, ms, aheadMs }: Fault): string => {
      if (kind === 'POSTGRES') return kind;
      if (kind === 'CHANNEL') return `${kind} for ${ms} ms`;
      if (kind === 'CLOCK') return `${kind} of server ${server}, by ${aheadMs} ms`;
      const lasts = kind.startsWith('TROUBLE') ? `, ${trouble.kind} for ${ms} ms` : '';
      return `${kind} of server ${server}${lasts}`;
    },
    counts: () => ({ kills, resets, losses }),
    calm: (): void => {
      for (const server of servers) server.setAhead(0);
    },
  };
}
