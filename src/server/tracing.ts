import type { FastifyInstance } from 'fastify';
import type { Logger } from '../domain/ports/logger.js';
import { createTracedParts, untracedParts, type TracedParts } from './traced-parts.js';
import { createTracedOperations, traceRequests, type TracedOperations } from './traced-requests.js';

export type Tracing = {
  readonly parts: TracedParts;
  readonly operations: TracedOperations;
  /** To be called before there are routes. */
  readonly requests: (app: FastifyInstance) => void;
  readonly stop: () => Promise<void>;
};

const untraced: Tracing = {
  parts: untracedParts,
  operations: { began: () => () => undefined, within: (_context, work) => work() },
  requests: () => undefined,
  stop: () => Promise.resolve(),
};

/** Traces, where a collector is configured. Otherwise every part stays as it is, and nothing of OpenTelemetry is loaded. */
export async function openTracing(options: {
  /** Where a collector speaks OTLP over HTTP, without a slash at its end; null for no traces. */
  readonly endpoint: string | null;
  readonly service: string;
  readonly log: Logger;
}): Promise<Tracing> {
  const { endpoint, ...rest } = options;
  if (endpoint === null) return untraced;
  const { openSpans } = await import('./otlp-spans.js');
  const spans = openSpans({ endpoint, ...rest });
  return {
    parts: createTracedParts(spans),
    operations: createTracedOperations(spans),
    requests: (app) => traceRequests(app, spans),
    stop: spans.stop,
  };
}
