import {
  createSourceEventStream,
  getOperationAST,
  Kind,
  visit,
  type ExecutionArgs,
  type ExecutionResult,
} from 'graphql';
import type { Clock } from '../domain/ports/clock.js';
import type { Cursors, FeedStream } from '../domain/ports/feed.js';
import type { Logger } from '../domain/ports/logger.js';
import { createLendable } from '../domain/lendable.js';
import type { Context } from '../resolvers/context.js';
import { createFeedGroup } from './feed-group.js';
import type { Peer } from './peer.js';
import { Subscriber } from './subscriber.js';

/** A subscriber that reads nothing for so long is told, and let go; before the next ping would find it gone. */
const PATIENCE_MS = 10_000;

/** Where an operation's results go. */
export type Delivery = { readonly socket: Peer; readonly operationId: string };

type Asked = {
  readonly subject: FeedStream<unknown>['subject'];
  readonly args: ExecutionArgs;
  readonly context: Context;
};

/**
 * Delivers subscriptions to many: operations that are alike (document, variables, organization, role, language) form a
 * group; each item is executed once for the group and its payload is sent to all. Catching up goes through GraphQL one
 * by one, at the pace of the reader.
 */
export function createSharedFeed(options: {
  readonly cursors: Cursors;
  readonly clock: Clock;
  readonly log: Logger;
  readonly patienceMs?: number;
}) {
  const { cursors, clock, log, patienceMs = PATIENCE_MS } = options;
  const rules = { cursors, patienceMs };

  const groups = createLendable({
    nameOf: ({ subject, args, context: { viewer } }: Asked) =>
      JSON.stringify([
        subject.organizationId,
        viewer.role,
        viewer.partner && [viewer.partner.partnerId, ...viewer.partner.scopes],
        viewer.locale,
        args.operationName ?? null,
        withoutAfter(args),
        args.document.loc?.source.body,
      ]),
    open: async ({ subject, args }) => createFeedGroup({ source: await subject.open(), args, clock, log }),
  });

  return {
    subscribe: async (
      args: ExecutionArgs,
      context: Context,
      delivery: Delivery,
    ): Promise<AsyncGenerator<ExecutionResult> | ExecutionResult> => {
      const stream = await createSourceEventStream(args);
      if (!isFeedStream(stream)) return stream as ExecutionResult;
      const { subject } = stream;
      return new Subscriber(rules, delivery, { ...subject, ...groups.borrow({ subject, args, context }) });
    },
  };
}

export type SharedFeed = ReturnType<typeof createSharedFeed>;

/** Whether an operation may be one that is delivered to many: one subscription field, plainly selected. */
export function isShareable({ document, operationName }: ExecutionArgs): boolean {
  const [selection, ...others] = getOperationAST(document, operationName)?.selectionSet.selections ?? [];
  return selection?.kind === Kind.FIELD && others.length === 0 && (selection.directives ?? []).length === 0;
}

function isFeedStream(stream: object): stream is FeedStream<unknown> {
  return 'subject' in stream;
}

/** The variables without the one that only says where to begin; all of them where it is used for more than that. */
function withoutAfter({ document, variableValues }: ExecutionArgs): object {
  let beginning: string | null = null;
  let uses = 0;
  visit(document, {
    Field: (field) => {
      if (field.name.value !== 'consentTransitions') return;
      const value = field.arguments?.find(({ name }) => name.value === 'after')?.value;
      if (value?.kind === Kind.VARIABLE) beginning = value.name.value;
    },
  });
  visit(document, {
    Variable: (variable, _key, parent) => {
      const declares = parent && 'kind' in parent && parent.kind === Kind.VARIABLE_DEFINITION;
      if (!declares && variable.name.value === beginning) uses += 1;
    },
  });
  const variables = Object.entries(variableValues ?? {});
  return Object.fromEntries(variables.filter(([name]) => name !== beginning || uses > 1));
}
