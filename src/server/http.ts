import { HeaderMap, type ApolloServer } from '@apollo/server';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import type { Admission, Way } from '../access/admission.js';
import type { NewId } from '../domain/ports/clock.js';
import type { Logger } from '../domain/ports/logger.js';
import type { Contexts } from './contexts.js';
import { registerCors } from './cors.js';
import type { HttpContext } from './graphql.js';
import type { Origins } from './origins.js';

const GRAPHQL_BODY_BYTES = 1024 * 1024;
const WEBHOOK_BODY_BYTES = 4 * 1024 * 1024;
const SMS_BODY_BYTES = 64 * 1024;

/** How long a client may take to send what it asks; a slower one is answered with 408 and let go. */
export type Patience = {
  readonly headersMs: number;
  /** Headers and body together. */
  readonly requestMs: number;
  /** How often connections are looked at. */
  readonly everyMs: number;
};

export const PATIENCE: Patience = { headersMs: 10_000, requestMs: 30_000, everyMs: 2_000 };

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
  readonly apollo: ApolloServer<HttpContext>;
  readonly contexts: Pick<Contexts, 'authenticate'>;
  readonly admit: Admission['admit'];
  readonly stream: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  readonly sdl: string;
  /** Whether the schema is shown to callers that say who they are alone. */
  readonly sdlNeedsCaller: boolean;
  readonly webhook: WebhookEndpoint;
  readonly smsWebhook: SmsEndpoint;
  readonly graphiql: boolean;
  /** For those who watch requests: called before there are routes. */
  readonly watched?: (app: FastifyInstance) => void;
  /** Whose pages may call; only our own unless it is given. */
  readonly origins?: Origins;
  readonly patience?: Patience;
  readonly newId: NewId;
  readonly log: Logger;
}): Promise<FastifyInstance> {
  const { apollo, contexts, admit, stream, sdl, sdlNeedsCaller, webhook, smsWebhook, graphiql, newId, log } = options;
  const { headersMs, requestMs, everyMs } = options.patience ?? PATIENCE;
  const app = Fastify({
    genReqId: newId,
    bodyLimit: GRAPHQL_BODY_BYTES,
    forceCloseConnections: 'idle',
    requestTimeout: requestMs,
    http: { headersTimeout: headersMs, connectionsCheckingInterval: everyMs },
  });
  options.watched?.(app);

  app.addHook('onSend', (request, reply, _payload, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
  app.setErrorHandler((error: FastifyError | GraphQLError, request, reply) => {
    if (error instanceof GraphQLError) {
      const { http, ...extensions } = error.extensions;
      const { status } = (http ?? {}) as { readonly status?: number };
      return reply.code(status ?? 400).send({ errors: [{ message: error.message, extensions }] });
    }
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error, requestId: request.id }, 'a request failed');
    const { message, code } = explain(error, status);
    return reply
      .code(status)
      .send({ errors: [{ message, extensions: { code, ...(status >= 500 && { requestId: request.id }) } }] });
  });

  if (options.origins) registerCors(app, options.origins);
  const answer = createAnswer({ apollo, contexts, admit });
  const mayAsk = options.origins?.mayAsk ?? (() => true);
  app.route({
    method: ['GET', 'POST', 'OPTIONS'],
    url: '/graphql',
    handler: (request, reply) =>
      answer(request, reply, {
        given: parametersOf(request),
        way: request.method === 'GET' ? 'HTTP_GET' : 'HTTP_POST',
        isHarmless: request.method === 'GET' && mayAsk(request.headers),
      }),
  });
  // A published document at an address of its own. Other pages can't ask for it with a caller's key, which is a header.
  app.get<{ Params: { id: string } }>('/graphql/d/:id', (request, reply) => {
    const { variables, operationName } = request.query as Record<string, unknown>;
    const given = { documentId: request.params.id, variables, operationName };
    return answer(request, reply, { given, way: 'HTTP_GET', isHarmless: true });
  });
  app.route({ method: ['GET', 'POST'], url: '/graphql/stream', handler: stream });
  app.get('/graphql/schema.graphql', async (request, reply) => {
    if (sdlNeedsCaller) await contexts.authenticate(callerHeaders(request));
    return reply.type('text/plain; charset=utf-8').send(sdl);
  });
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

type Ask = {
  /** Null for a request that has no operation. */
  readonly given: Readonly<Record<string, unknown>> | null;
  readonly way: Way;
  /** Whether it can't be what a browser sends for another's page without asking: Apollo looks for that by headers alone. */
  readonly isHarmless: boolean;
};

/** Admits the operation of a request and has Apollo answer it. */
function createAnswer(options: {
  readonly apollo: ApolloServer<HttpContext>;
  readonly contexts: Pick<Contexts, 'authenticate'>;
  readonly admit: Admission['admit'];
}) {
  const { apollo, contexts, admit } = options;

  return async (request: FastifyRequest, reply: FastifyReply, { given, way, isHarmless }: Ask) => {
    const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method,
        headers: headersOf(request, isHarmless),
        search: new URL(request.url, 'http://localhost').search,
        body: request.body,
      },
      context: async () => {
        const viewer = await contexts.authenticate(callerHeaders(request));
        return { requestId: request.id, viewer, admission: given && (await admit(viewer, given, way)) };
      },
    });
    if (body.kind !== 'complete') throw new Error('an answer in parts');
    void reply.code(status ?? 200);
    for (const [name, value] of headers) void reply.header(name, value);
    if (request.method === 'GET' && given) void reply.header('cache-control', 'private, no-store').header('vary', VARY);
    return reply.send(body.string);
  };
}

const VARY = 'authorization, accept, accept-language';

function headersOf({ headers }: FastifyRequest, isHarmless: boolean): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  if (isHarmless) {
    map.set('apollo-require-preflight', 'true');
    map.delete('content-type');
  }
  return map;
}

function callerHeaders({ headers }: FastifyRequest) {
  return { authorization: headers.authorization, acceptLanguage: headers['accept-language'] };
}

function parametersOf({ method, query, body }: FastifyRequest): Ask['given'] {
  const given = method === 'GET' ? query : body;
  return typeof given === 'object' && given !== null && !Array.isArray(given) ? (given as Ask['given']) : null;
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
