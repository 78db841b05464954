import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** Whether the process lives, whether it can serve, and its figures for Prometheus. */
export function registerHealth(
  app: FastifyInstance,
  options: {
    /** Rejects while requests can't be served. */
    readonly ready: () => Promise<void>;
    readonly sockets: () => number;
  },
): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'assent_sockets',
    help: 'Open WebSocket connections.',
    registers: [registry],
    collect() {
      this.set(options.sockets());
    },
  });

  app.get('/livez', (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', async (_request, reply) => {
    try {
      await options.ready();
      return await reply.type('text/plain').send('ready\n');
    } catch {
      return reply.code(503).type('text/plain').send('not ready\n');
    }
  });
  app.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
}
