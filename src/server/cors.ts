import type { FastifyInstance } from 'fastify';
import type { Origins } from './origins.js';

const PATHS = /^\/graphql(?:\/stream|\/d\/[^/?]*)?(?:\?|$)/;
/** Browsers ask again after so long. */
const MAX_AGE_S = 600;
const ALLOWED_HEADERS = [
  ...['authorization', 'content-type', 'accept', 'accept-language', 'last-event-id'],
  ...[
    'apollo-require-preflight',
    'x-apollo-operation-name',
    'apollographql-client-name',
    'apollographql-client-version',
  ],
].join(', ');
const EXPOSED_HEADERS = 'x-request-id, retry-after, deprecation, sunset';

/**
 * Lets pages of allowed origins call GraphQL over HTTP. Callers are known by their token alone, so no cookie and no other
 * credential of the browser is ever taken. The headers are set below Fastify: event streams answer there.
 */
export function registerCors(app: FastifyInstance, origins: Origins): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (!PATHS.test(request.url)) return done();
    const { origin } = request.headers;
    if (!origins.any) reply.raw.appendHeader('vary', 'Origin');
    if (origin === undefined || !origins.allows(origin)) return done();
    reply.raw.setHeader('access-control-allow-origin', origins.any ? '*' : origin);
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) {
      reply.raw.setHeader('access-control-expose-headers', EXPOSED_HEADERS);
      return done();
    }
    void reply
      .code(204)
      .header('access-control-allow-methods', 'GET, POST')
      .header('access-control-allow-headers', ALLOWED_HEADERS)
      .header('access-control-max-age', String(MAX_AGE_S))
      .send();
  });
}
