import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { OperationObserver } from './operation-observer.js';
import type { Place, Spans } from './spans.js';

/** What is asked every few seconds by machines that watch. */
const unwatched: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);

/** Each request as a span, under the trace that its `traceparent` names. To be called before there are routes. */
export function traceRequests(app: FastifyInstance, spans: Spans): void {
  const places = new WeakMap<FastifyRequest, Place>();

  app.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url;
    if (route !== undefined && unwatched.has(route)) return done();
    const { method } = request;
    const span = spans.begin(route === undefined ? method : `${method} ${route}`, {
      kind: 'SERVER',
      parent: spans.placeOf(request.headers['traceparent']),
      attributes: {
        'http.request.method': method,
        ...(route !== undefined && { 'http.route': route }),
        'assent.request_id': request.id,
      },
    });
    places.set(request, span.place);
    reply.raw.once('close', () => {
      const { statusCode } = reply.raw;
      span.set({ 'http.response.status_code': statusCode });
      span.end(statusCode >= 500 ? String(statusCode) : undefined);
    });
    spans.within(span.place, done);
  });
  // The body came in by events of the socket, which belong to no request.
  app.addHook('preValidation', (request, _reply, done) => {
    const place = places.get(request);
    if (place) spans.within(place, done);
    else done();
  });
}

/** Operations as spans; `within` does work that hangs on the operation with this context value. */
export type TracedOperations = OperationObserver & {
  readonly within: <Result>(context: object, work: () => Result) => Result;
};

export function createTracedOperations(spans: Spans): TracedOperations {
  const places = new WeakMap<object, Place>();
  return {
    began: ({ transport, documentId, type, context, traceparent }) => {
      const span = spans.begin(`graphql ${type}`, {
        kind: transport === 'ws' ? 'SERVER' : 'INTERNAL',
        parent: spans.placeOf(traceparent) ?? spans.here(),
        attributes: {
          'graphql.operation.type': type,
          ...(documentId !== null && { 'graphql.document.id': documentId }),
          'assent.transport': transport,
        },
      });
      if (context) places.set(context, span.place);
      return ({ failed, code }) => span.end(failed ? (code ?? 'ERROR') : undefined);
    },
    within: (context, work) => {
      const place = places.get(context);
      return place ? spans.within(place, work) : work();
    },
  };
}
