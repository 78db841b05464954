import { randomUUID } from 'node:crypto';
import type { TransitionView } from '../../src/domain/ports/readers.js';
import { connectNats, type Nats } from '../../src/nats/nats.js';
import { serve, tell } from '../support/serve.js';

// One server's side of NATS, with its own messages and checks: what it publishes, and what it hears.
const fail = (fields: object, message: string): void => console.error('nats:', message, fields);
const log = { debug: (): void => undefined, info: (): void => undefined, warn: fail, error: fail };
const places = new Map<string, number>();
let nats: Nats | null = null;
let heard = 0;

function batchOf(organizationId: string, size: number): readonly TransitionView[] {
  const after = places.get(organizationId) ?? 0;
  places.set(organizationId, after + size);
  const at = new Date();
  return Array.from({ length: size }, (_, index) => ({
    ...{ organizationId, position: BigInt(after + index + 1), eventId: randomUUID(), contactId: randomUUID() },
    ...{ contactVersion: index + 1, from: 'OPTED_OUT', to: 'OPTED_IN', cause: 'RECORDED' },
    ...{ occurredAt: at, recordedAt: at },
  }));
}

serve(
  {
    connect: (options: { readonly url: string; readonly installation: string }) => {
      nats = connectNats({ ...options, received: () => undefined, log });
    },
    connected: () => nats?.connected() ?? false,
    listen: ({ organizations, until }: { readonly organizations: readonly string[]; readonly until: number }) => {
      for (const organizationId of organizations) {
        nats?.subscribe(organizationId, (transitions) => {
          heard += transitions.length;
          if (heard === until) tell({ heard });
        });
      }
    },
    /** One batch of each organization; the next as soon as the processor is free. */
    publish: ({ organizations, size }: { readonly organizations: readonly string[]; readonly size: number }) => {
      for (const organizationId of organizations) nats?.publishBatch(organizationId, batchOf(organizationId, size));
    },
  },
  async () => {
    await nats?.stop();
  },
);
