import { execute, GraphQLError, OperationTypeNode } from 'graphql';
import type { ExecutionArgs, ExecutionResult, GraphQLFormattedError, GraphQLSchema } from 'graphql';
import type { Admitted } from '../access/admission.js';
import type { PublishedDocument, PublishedDocuments } from '../domain/partner.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Logger } from '../domain/ports/logger.js';
import type { Context } from '../resolvers/context.js';
import type { ContextOptions, Contexts } from './contexts.js';
import { formatError } from './format-error.js';
import { observedStream, outcomeOf } from './observed-stream.js';
import type { ObservedOperation, OperationObserver, OperationOutcome } from './operation-observer.js';

/** What is known of an operation besides what was admitted. */
export type OperationGiven = Pick<ContextOptions, 'feed'> &
  Partial<Pick<ObservedOperation, 'transport' | 'traceparent'>>;

/** What a caller is answered, as it is written out. */
export type FormattedResult = {
  readonly data?: ExecutionResult['data'];
  readonly errors?: readonly GraphQLFormattedError[];
  readonly extensions?: Readonly<Record<string, unknown>>;
};

type Stream = AsyncGenerator<ExecutionResult>;

/** An operation that was admitted, with all that it needs. */
export type Operation = {
  readonly args: ExecutionArgs & { readonly contextValue: Context };
  readonly isSubscription: boolean;
  /** A query or a mutation, to its end or to the end of its time. Never rejects. */
  readonly run: () => Promise<{ readonly status: number; readonly result: FormattedResult }>;
  /** A subscription, as far as its beginning. */
  readonly subscribe: (
    how: (args: ExecutionArgs, context: Context) => Promise<Stream | ExecutionResult>,
  ) => Promise<Stream | ExecutionResult>;
  /** What its caller should know besides the results. */
  readonly notices: FormattedResult['extensions'];
  /** A result as its caller may see it. */
  readonly format: (result: ExecutionResult) => FormattedResult;
};

/** Where every operation begins and ends, whatever it came over. */
export function createOperations(dependencies: {
  readonly schema: GraphQLSchema;
  readonly contexts: Pick<Contexts, 'create' | 'readFeedHead'>;
  readonly publishedDocuments?: Pick<PublishedDocuments, 'ran'>;
  /** Queries and mutations are stopped after this. */
  readonly timeoutMs?: number;
  /** Is told of each, and does its work where it hangs in a trace. */
  readonly observer?: OperationObserver;
  readonly within?: <Result>(context: object, work: () => Result) => Result;
  readonly clock: Clock;
  readonly log: Logger;
}) {
  const { schema, contexts, publishedDocuments, timeoutMs = TIMEOUT_MS, clock, log } = dependencies;
  const { observer, within = (_context, work) => work() } = dependencies;

  function begin(
    admitted: Admitted,
    viewer: Context['viewer'],
    requestId: string,
    { transport = 'http', traceparent = null, ...given }: OperationGiven = {},
  ): Operation {
    const { document, operation, operationName, variables, published } = admitted;
    const begun = performance.now();
    const stop: Stop = { reason: null };
    const context = contexts.create(viewer, requestId, { stop, ...given });
    const args = { schema, document, operationName, variableValues: variables, contextValue: context };
    const notices = noticesOf(published);
    const format = (result: ExecutionResult): FormattedResult => formatResult(result, notices, requestId, log);

    /** What it returns is to be called when the operation has ended. */
    function watch(): (outcome: OperationOutcome) => void {
      const documentId = published?.hash ?? null;
      const type = operation.operation;
      return observer?.began({ transport, documentId, type, context, traceparent }) ?? (() => undefined);
    }

    function count(failed: boolean): void {
      const ms = performance.now() - begun;
      if (!published) return;
      const { partnerId, application, version, hash } = published;
      const { organizationId } = viewer;
      publishedDocuments?.ran({
        ...{ organizationId, partnerId, application, version, hash },
        ...{ at: clock.now(), ms, failed },
      });
    }

    async function executed(): Promise<ExecutionResult> {
      await contexts.readFeedHead(context, document, operationName);
      return execute(args);
    }

    return {
      args,
      isSubscription: operation.operation === OperationTypeNode.SUBSCRIPTION,
      notices,
      format,
      run: async () => {
        const ended = watch();
        const work = within(context, executed);
        const result = await inTime(work, timeoutMs, stop).catch((error: unknown) => failure(error));
        count(result.errors !== undefined);
        ended(outcomeOf(result.errors));
        return { status: stop.reason === null ? 200 : 503, result: format(result) };
      },
      subscribe: async (how) => {
        const ended = watch();
        const result = await within(context, () => how(args, context));
        const isStream = Symbol.asyncIterator in result;
        count(!isStream);
        if (isStream) return observedStream(result, ended);
        ended(outcomeOf(result.errors));
        return result;
      },
    };
  }

  return { begin };
}

/** A result as its caller may see it. */
export function formatResult(
  { data, errors }: ExecutionResult,
  notices: Operation['notices'],
  requestId: string,
  log: Logger,
): FormattedResult {
  return {
    ...(errors && { errors: errors.map((error) => formatError(error, requestId, log)) }),
    ...(data !== undefined && { data }),
    ...(notices && { extensions: notices }),
  };
}

export type Operations = ReturnType<typeof createOperations>;

/** How long a query or a mutation may take. */
const TIMEOUT_MS = 10_000;

/** Set when an operation may begin nothing more. */
export type Stop = { reason: GraphQLError | null };

/** What was begun ends by itself; nothing of the operation is begun after its time. */
async function inTime<Result>(work: Promise<Result>, timeoutMs: number, stop: Stop): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      stop.reason = timedOut(timeoutMs);
      reject(stop.reason);
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function timedOut(timeoutMs: number): GraphQLError {
  return new GraphQLError(
    `The operation took longer than ${timeoutMs / 1000} s and was stopped. What a mutation had begun may have been done: repeat it with the same idempotency key.`,
    { extensions: { code: 'OPERATION_TIMED_OUT', timeoutMs } },
  );
}

function failure(error: unknown): ExecutionResult {
  if (error instanceof GraphQLError) return { errors: [error] };
  const originalError = error instanceof Error ? error : new Error(String(error));
  return { errors: [new GraphQLError('the operation could not be executed', { originalError })] };
}

/** What the caller of a published document should know of it. */
function noticesOf(published: PublishedDocument | null): FormattedResult['extensions'] {
  if (published === null || published.deprecatedAt === null) return undefined;
  const { application, version, deprecatedAt, sunsetAt } = published;
  return {
    deprecation: {
      ...{ application, version },
      deprecatedAt: deprecatedAt.toISOString(),
      sunsetAt: sunsetAt?.toISOString() ?? null,
    },
  };
}

/** The same for whoever looks at the headers of an answer: Deprecation (RFC 9745) and Sunset (RFC 8594). */
export function noticeHeaders(published: PublishedDocument | null): Readonly<Record<string, string>> {
  if (published === null || published.deprecatedAt === null) return {};
  const { deprecatedAt, sunsetAt } = published;
  return {
    deprecation: `@${Math.floor(deprecatedAt.getTime() / 1_000)}`,
    ...(sunsetAt && { sunset: sunsetAt.toUTCString() }),
  };
}
