import type { OperationTypeNode } from 'graphql';

/** An operation that is about to be executed: its document was read, and its caller is known. */
export type ObservedOperation = {
  readonly transport: 'http' | 'ws' | 'sse';
  /** The hash of a published document; null for text that came with the request. */
  readonly documentId: string | null;
  readonly type: `${OperationTypeNode}`;
  /** The context value that it is executed with. */
  readonly context?: object;
  /** The W3C trace context that came with the operation itself, as over a socket. */
  readonly traceparent?: unknown;
};

/** How it ended: `failed` when the answer, or any item of a subscription, had errors; `code` is that of the first. */
export type OperationOutcome = { readonly failed: boolean; readonly code: string | null };

/** Is told of each operation on every transport. What it returns is called once, when the operation has ended. */
export type OperationObserver = {
  readonly began: (operation: ObservedOperation) => (outcome: OperationOutcome) => void;
};

/** Tells all of them. */
export function observeAll(observers: readonly OperationObserver[]): OperationObserver {
  return {
    began: (operation) => {
      const ended = observers.map(({ began }) => began(operation));
      return (outcome) => {
        for (const end of ended) end(outcome);
      };
    },
  };
}
