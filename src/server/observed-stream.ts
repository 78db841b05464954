import type { ExecutionResult } from 'graphql';
import type { OperationOutcome } from './operation-observer.js';

type Stream = AsyncGenerator<ExecutionResult>;

/** A stream that tells by itself how it ended. */
export type TellingStream = Stream & {
  /** Calls `ended` once: with the first errors that it brought, or without any. */
  readonly onEnd: (ended: (outcome: OperationOutcome) => void) => void;
};

/** The code of the first error, as its caller is told it. */
export function outcomeOf(errors: ExecutionResult['errors']): OperationOutcome {
  if (!errors) return succeeded;
  const code = errors[0]?.extensions['code'];
  return { failed: true, code: typeof code === 'string' ? code : 'INTERNAL_SERVER_ERROR' };
}

export const succeeded: OperationOutcome = { failed: false, code: null };
export const brokeOff: OperationOutcome = { failed: true, code: 'INTERNAL_SERVER_ERROR' };

/** The same stream, which tells once how it ended: with the first errors that it brought, or without any. */
export function observedStream(stream: Stream, ended: (outcome: OperationOutcome) => void): Stream {
  if (isTelling(stream)) {
    stream.onEnd(ended);
    return stream;
  }
  const next = stream.next.bind(stream);
  const leave = stream.return.bind(stream);
  let outcome: OperationOutcome = succeeded;
  let isOver = false;

  function end(): void {
    if (!isOver) ended(outcome);
    isOver = true;
  }

  return Object.assign(stream, {
    next: async () => {
      try {
        const result = await next();
        if (result.done) end();
        else if (!outcome.failed) outcome = outcomeOf(result.value.errors);
        return result;
      } catch (error) {
        outcome = brokeOff;
        end();
        throw error;
      }
    },
    return: (value: unknown) => {
      end();
      return leave(value);
    },
  });
}

function isTelling(stream: Stream): stream is TellingStream {
  return 'onEnd' in stream;
}
