import type { ExecutionResult } from 'graphql';
import type { OperationOutcome } from './operation-observer.js';

type Stream = AsyncGenerator<ExecutionResult>;

/** The code of the first error, as its caller is told it. */
export function outcomeOf(errors: ExecutionResult['errors']): OperationOutcome {
  if (!errors) return { failed: false, code: null };
  const code = errors[0]?.extensions['code'];
  return { failed: true, code: typeof code === 'string' ? code : 'INTERNAL_SERVER_ERROR' };
}

/** The same stream, which tells once how it ended: with the first errors that it brought, or without any. */
export function observedStream(stream: Stream, ended: (outcome: OperationOutcome) => void): Stream {
  const next = stream.next.bind(stream);
  const leave = stream.return.bind(stream);
  let outcome: OperationOutcome = { failed: false, code: null };
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
        outcome = { failed: true, code: 'INTERNAL_SERVER_ERROR' };
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
