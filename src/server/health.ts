import type { FastifyInstance } from 'fastify';
import type { Metrics } from './metrics.js';

/** One of the things that a server needs, or that is good to know of it. */
export type Check = {
  readonly name: string;
  /** Whether the server is not ready without it. */
  readonly required: boolean;
  /** Tells what it found, which anybody may read; rejects when it is not as it should be. */
  readonly look: () => Promise<string>;
};

type Found = Pick<Check, 'name' | 'required'> & { readonly ok: boolean; readonly said: string };

/** Whether the process lives, whether it can serve, and its figures for Prometheus. */
export function registerHealth(
  app: FastifyInstance,
  options: { readonly checks: readonly Check[]; readonly metrics: Pick<Metrics, 'contentType' | 'text'> },
): void {
  const { checks, metrics } = options;
  const required = checks.filter((check) => check.required);

  app.get('/livez', (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get<{ Querystring: { verbose?: string } }>('/readyz', async (request, reply) => {
    const isVerbose = request.query.verbose !== undefined;
    const found = await Promise.all((isVerbose ? checks : required).map(lookAt));
    const ready = found.every(({ ok, required: isRequired }) => ok || !isRequired);
    const lines = isVerbose ? found.map(lineOf) : [];
    return reply
      .code(ready ? 200 : 503)
      .type('text/plain')
      .send(`${[...lines, ready ? 'ready' : 'not ready'].join('\n')}\n`);
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
}

/** Why something failed is for the log of whoever owns it, and not for everybody. */
async function lookAt({ name, required, look }: Check): Promise<Found> {
  try {
    return { name, required, ok: true, said: await look() };
  } catch {
    return { name, required, ok: false, said: '' };
  }
}

function lineOf({ name, ok, said }: Found): string {
  return `${ok ? '[+]' : '[-]'} ${name}: ${ok ? 'ok' : 'failed'}${said === '' ? '' : `, ${said}`}`;
}
