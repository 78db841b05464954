import type { FastifyInstance } from 'fastify';
import type { Metrics } from './metrics.js';

/** Whether the process lives, whether it can serve, and its figures for Prometheus. */
export function registerHealth(
  app: FastifyInstance,
  options: {
    /** Rejects while requests can't be served. */
    readonly ready: () => Promise<void>;
    readonly metrics: Pick<Metrics, 'contentType' | 'text'>;
  },
): void {
  const { ready, metrics } = options;
  app.get('/livez', (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', async (_request, reply) => {
    try {
      await ready();
      return await reply.type('text/plain').send('ready\n');
    } catch {
      return reply.code(503).type('text/plain').send('not ready\n');
    }
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
}
