import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { OperationObserver } from './operation-observer.js';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** So many published documents are told apart; what comes after them is counted together. */
const MAX_DOCUMENTS = 200;
const AD_HOC = 'ad-hoc';
const OTHERS = 'others';

/** Codes are the server's own; whatever else an error may carry is counted together. */
const knownCodes = new Set([
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'FORBIDDEN',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'INTERNAL_SERVER_ERROR',
  'OPERATION_TIMED_OUT',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_REQUIRED',
  'QUERY_TOO_COMPLEX',
  'RATE_LIMITED',
  'UNAUTHENTICATED',
]);

export const knownCode = (code: unknown): string => (typeof code === 'string' && knownCodes.has(code) ? code : 'OTHER');

/** Counts the operations of this server, by the document that was published for them. */
export function createOperationMetrics(
  register: Registry,
  now: () => number = () => performance.now(),
): OperationObserver {
  const registers = [register];
  const total = new Counter({
    name: 'assent_operations_total',
    help: 'GraphQL operations that began, by published document; ad-hoc for text that came with the request.',
    labelNames: ['document', 'type', 'transport'],
    registers,
  });
  const errors = new Counter({
    name: 'assent_operation_errors_total',
    help: 'Operations that ended with errors, by document and by the code of the first error.',
    labelNames: ['document', 'transport', 'code'],
    registers,
  });
  const seconds = new Histogram({
    name: 'assent_operation_seconds',
    help: 'How long queries and mutations took.',
    labelNames: ['document', 'type', 'transport'],
    buckets: SECONDS,
    registers,
  });
  const underWay = new Gauge({
    name: 'assent_operations_under_way',
    help: 'Operations that have begun and not ended, subscriptions above all.',
    labelNames: ['type', 'transport'],
    registers,
  });

  const documents = new Set<string>();
  function documentOf(id: string | null): string {
    if (id === null) return AD_HOC;
    if (documents.size < MAX_DOCUMENTS) documents.add(id);
    return documents.has(id) ? id : OTHERS;
  }

  return {
    began: ({ transport, documentId, type }) => {
      const document = documentOf(documentId);
      const begun = now();
      total.inc({ document, type, transport });
      underWay.inc({ type, transport });
      return ({ failed, code }) => {
        underWay.dec({ type, transport });
        if (type !== 'subscription') seconds.observe({ document, type, transport }, (now() - begun) / 1_000);
        if (failed) errors.inc({ document, transport, code: knownCode(code) });
      };
    },
  };
}
