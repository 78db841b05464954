import { expect, vi } from 'vitest';
import type { TransitionView } from '../../src/domain/ports/readers.js';
import type { Wake } from '../../src/domain/ports/wakes.js';
import { connectNats } from '../../src/nats/nats.js';
import { recordingLog } from './channel-fakes.js';
import { startNatsServer } from './nats-server.js';
import type { AtEnd } from './server-process.js';

const INSTALLATION = '0123456789abcdef';
const patience = { timeout: 30_000, interval: 10 };

export const hintsSubject = `assent.${INSTALLATION}.hints`;
export const feedOf = (organizationId: string): string => `assent.${INSTALLATION}.feed.${organizationId}`;

/** Resolves when it is so. */
export const arrives = (check: () => void | Promise<void>): Promise<void> => vi.waitFor(check, patience);

/** A server as far as NATS knows it. */
export function joinNats(atEnd: AtEnd, url: string, installation = INSTALLATION) {
  const wakes: Wake[] = [];
  const log = recordingLog();
  const nats = connectNats({ url, installation, received: (news) => void wakes.push(...news), log });
  atEnd(nats.stop);
  return {
    ...nats,
    wakes,
    log,
    isConnected: () => vi.waitUntil(nats.connected, patience),
    /** Listens to an organization. */
    follow: (organizationId: string) => {
      const batches: (readonly TransitionView[])[] = [];
      const leave = nats.subscribe(organizationId, (transitions) => void batches.push(transitions));
      return { batches, leave };
    },
  };
}

/** Two servers of one installation, connected through a NATS with these settings. */
export async function twoServers(atEnd: AtEnd, settings?: string) {
  const server = await startNatsServer(atEnd, settings);
  const [one, another] = [joinNats(atEnd, server.url), joinNats(atEnd, server.url)];
  /** Resolves when so many clients are subscribed to the subject. */
  const heard = (subject: string, count = 1): Promise<void> =>
    arrives(async () => expect((await server.subjects()).filter((one) => one === subject)).toHaveLength(count));
  await heard(hintsSubject, 2);
  return { server, one, another, heard };
}
