import type { Wake, Wakes } from '../domain/ports/wakes.js';

/** Hints within one process. */
export function createWakes(): Wakes {
  const listeners = new Map<string, Set<(wake: Wake) => void>>();
  return {
    publish: (wakes) => {
      for (const wake of wakes) {
        for (const listener of listeners.get(wake.organizationId) ?? []) listener(wake);
      }
    },
    subscribe: (organizationId, listener) => {
      const own = listeners.get(organizationId) ?? new Set();
      listeners.set(organizationId, own.add(listener));
      return () => {
        own.delete(listener);
        if (own.size === 0 && listeners.get(organizationId) === own) listeners.delete(organizationId);
      };
    },
  };
}
