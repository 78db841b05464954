import { AsyncLocalStorage } from 'node:async_hooks';
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  isSpanContextValid,
  trace,
  type Context,
  type SpanContext,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-node';
import type { Logger } from '../domain/ports/logger.js';
import type { Place, Spans } from './spans.js';

const TRACEPARENT = /^(?!ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-|$)/;
/** Spans that the collector does not take in this time are lost, as are those that are more than the queue holds. */
const EXPORT_MS = 5_000;
const STOP_MS = 3_000;

/**
 * Spans of OpenTelemetry, sent as JSON to a collector that speaks OTLP over HTTP. A collector that is away costs spans
 * and nothing else; the log says so once until it is back.
 */
export function openSpans(options: {
  readonly endpoint: string;
  readonly service: string;
  readonly log: Logger;
}): Spans {
  const { endpoint, service, log } = options;
  const provider = new BasicTracerProvider({
    resource: defaultResource().merge(resourceFromAttributes({ 'service.name': service })),
    spanProcessors: [new BatchSpanProcessor(tellingExporter(`${endpoint}/v1/traces`, log))],
  });
  const tracer = provider.getTracer('assent');
  const current = new AsyncLocalStorage<Context | null>();
  const contextOf = (place: Place | null): Context => (place as Context | null) ?? ROOT_CONTEXT;

  return {
    here: () => current.getStore() ?? null,
    within: (place, work) => current.run(place as Context | null, work),
    placeOf: (traceparent) => {
      const found = spanContextIn(traceparent);
      return found && trace.setSpanContext(ROOT_CONTEXT, found);
    },
    begin: (name, { kind, parent, links = [], attributes }) => {
      const linked = links.flatMap((place) => trace.getSpanContext(contextOf(place)) ?? []);
      const span = tracer.startSpan(
        name,
        { kind: SpanKind[kind], attributes, links: linked.map((context) => ({ context })) },
        contextOf(parent),
      );
      return {
        place: trace.setSpan(ROOT_CONTEXT, span),
        set: (more) => void span.setAttributes(more),
        end: (failure) => {
          if (failure !== undefined) {
            span.setAttribute('error.type', failure).setStatus({ code: SpanStatusCode.ERROR, message: failure });
          }
          span.end();
        },
      };
    },
    stop: async () => {
      const impatience = new Promise<void>((resolve) => {
        setTimeout(resolve, STOP_MS).unref();
      });
      await Promise.race([provider.shutdown().catch(() => undefined), impatience]);
    },
  };
}

function spanContextIn(traceparent: unknown): SpanContext | null {
  const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(String(traceparent)) ?? [];
  const found = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(found) ? found : null;
}

function tellingExporter(url: string, log: Logger): SpanExporter {
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: EXPORT_MS });
  let away = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const failed = result.error !== undefined;
        if (failed && !away) log.warn({}, 'spans could not be sent to OTEL_EXPORTER_OTLP_ENDPOINT and are lost');
        if (!failed && away) log.info({}, 'spans are sent again');
        away = failed;
        done(result);
      }),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}
