import { createAgentOperations } from './agent-operations.js';
import type { Policy } from './conversation/agent-commands.js';
import type { DeliveryPolicy } from './conversation/delivery-facts.js';
import { createDeciding, type DecidingDependencies } from './deciding.js';
import { createDeliveryOperations } from './delivery-operations.js';
import type { Erasure } from './ports/deletion.js';
import { createProviderNews } from './provider-news.js';

export type CoreDependencies = DecidingDependencies & {
  readonly policy: Policy & DeliveryPolicy;
  readonly erasure: Pick<Erasure, 'purge'>;
};

export type Core = ReturnType<typeof createCore>;

/** The operations of Assent. Each reads, decides and appends. */
export function createCore(dependencies: CoreDependencies) {
  const parts = { ...dependencies, ...createDeciding(dependencies) };
  return {
    ...createAgentOperations(parts),
    /** What the provider told. */
    news: createProviderNews(parts),
    ...createDeliveryOperations(parts),
  };
}
