import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { ApolloServer } from '@apollo/server';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger, NewId } from '../domain/ports.js';
import type { Context } from '../resolvers/context.js';
import type { Contexts } from './contexts.js';

const GRAPHQL_BODY_BYTES = 1024 * 1024;
const WEBHOOK_BODY_BYTES = 4 * 1024 * 1024;
const SMS_BODY_BYTES = 64 * 1024;

/** The provider's side, as HTTP sees it. */
export type WebhookEndpoint = {
  readonly challenge: (query: Readonly<Record<string, unknown>>) => { readonly status: number; readonly body: string };
  readonly receive: (body: Uint8Array, signature: string | undefined) => Promise<{ readonly status: number }>;
};

/** The SMS provider's side: what it posts is signed together with its path and query. */
export type SmsEndpoint = Readonly<
  Record<
    'inbound' | 'status',
    (request: {
      readonly path: string;
      readonly body: Uint8Array;
      readonly signature: string | undefined;
    }) => Promise<{ readonly status: number }>
  >
>;

const webhookAnswers: Readonly<Record<number, string>> = {
  200: 'stored',
  400: 'the body is not JSON',
  401: 'the signature is missing or not that of the channel',
};

/** The HTTP face: GraphQL, its schema as text, GraphiQL, and the provider's webhooks over raw bytes. */
export async function createHttp(options: {
  readonly apollo: ApolloServer<Context>;
  readonly contexts: Contexts;
  readonly stream: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  readonly sdl: string;
  readonly webhook: WebhookEndpoint;
  readonly smsWebhook: SmsEndpoint;
  readonly graphiql: boolean;
  readonly newId: NewId;
  readonly log: Logger;
}): Promise<FastifyInstance> {
  const { apollo, contexts, stream, sdl, webhook, smsWebhook, graphiql, newId, log } = options;
  const app = Fastify({ genReqId: newId, bodyLimit: GRAPHQL_BODY_BYTES, forceCloseConnections: 'idle' });

  app.addHook('onSend', (request, reply, _payload, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error, requestId: request.id }, 'a request failed');
    const { message, code } = explain(error, status);
    return reply
      .code(status)
      .send({ errors: [{ message, extensions: { code, ...(status >= 500 && { requestId: request.id }) } }] });
  });

  app.route({
    method: ['GET', 'POST', 'OPTIONS'],
    url: '/graphql',
    handler: fastifyApolloHandler(apollo, {
      context: async (request) => {
        const { authorization, 'accept-language': acceptLanguage } = request.headers;
        return contexts.create(await contexts.authenticate({ authorization, acceptLanguage }), request.id);
      },
    }),
  });
  app.route({ method: ['GET', 'POST'], url: '/graphql/stream', handler: stream });
  app.get('/graphql/schema.graphql', (_request, reply) => reply.type('text/plain; charset=utf-8').send(sdl));
  if (graphiql) {
    const page = renderGraphiQL({
      title: 'Assent',
      endpoint: '/graphql',
      subscriptionsProtocol: 'WS',
    });
    app.get('/graphiql', (_request, reply) => reply.type('text/html; charset=utf-8').send(page));
  }
  await app.register((provider, _options, done) => {
    registerWebhook(provider, webhook);
    registerSmsWebhook(provider, smsWebhook);
    done();
  });
  return app;
}

function registerWebhook(app: FastifyInstance, webhook: WebhookEndpoint): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: WEBHOOK_BODY_BYTES }, (_request, body, done) =>
    done(null, body),
  );
  app.get('/webhooks/whatsapp', (request, reply) => {
    const { status, body } = webhook.challenge(request.query as Record<string, unknown>);
    return reply.code(status).type('text/plain').send(body);
  });
  app.post('/webhooks/whatsapp', { bodyLimit: WEBHOOK_BODY_BYTES }, async (request, reply) => {
    const { status } = await webhook.receive(bodyOf(request), headerOf(request, 'x-hub-signature-256'));
    return reply
      .code(status)
      .type('text/plain')
      .send(webhookAnswers[status] ?? '');
  });
}

/** An answer in the provider's own language would be sent to the contact: there is nothing to say. */
function registerSmsWebhook(app: FastifyInstance, { inbound, status }: SmsEndpoint): void {
  const take = (request: FastifyRequest, how: SmsEndpoint['inbound']) =>
    how({ path: request.originalUrl, body: bodyOf(request), signature: headerOf(request, 'x-twilio-signature') });
  app.post('/webhooks/sms', { bodyLimit: SMS_BODY_BYTES }, async (request, reply) => {
    const taken = await take(request, inbound);
    if (taken.status === 200) return reply.type('text/xml').send('<Response/>');
    return reply.code(taken.status).type('text/plain').send('the signature is missing or not that of the account');
  });
  app.post('/webhooks/sms/status', { bodyLimit: SMS_BODY_BYTES }, async (request, reply) => {
    const taken = await take(request, status);
    const answer = taken.status === 200 ? '' : 'the signature is missing or not that of the account';
    return reply.code(taken.status).type('text/plain').send(answer);
  });
}

function bodyOf({ body }: FastifyRequest): Uint8Array {
  return body instanceof Uint8Array ? body : new Uint8Array();
}

function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const given = headers[name];
  return Array.isArray(given) ? given[0] : given;
}

function explain(error: FastifyError, status: number): { readonly message: string; readonly code: string } {
  if (status >= 500) return { message: 'Something went wrong on our side.', code: 'INTERNAL_SERVER_ERROR' };
  if (status === 413) return { message: 'The request body is too large.', code: 'PAYLOAD_TOO_LARGE' };
  if (status === 415) return { message: 'Send the request as application/json.', code: 'UNSUPPORTED_MEDIA_TYPE' };
  return { message: error.message, code: 'BAD_REQUEST' };
}
