import {
  createSourceEventStream,
  getOperationAST,
  GraphQLError,
  Kind,
  visit,
  type ExecutionArgs,
  type ExecutionResult,
} from 'graphql';
import type { WebSocket } from 'ws';
import { leavable } from '../domain/leavable.js';
import type { Clock, Cursors, FeedStream, Logger } from '../domain/ports.js';
import { createLendable } from '../domain/lendable.js';
import type { Context } from '../resolvers/context.js';
import { createFeedGroup, HIGH_WATER_BYTES, type FeedGroup, type Member } from './feed-group.js';
import { addressOf } from './frames.js';

const PAGE = 200;
/** A subscriber that reads nothing for so long is told, and let go; before the next ping would find it gone. */
const PATIENCE_MS = 10_000;
const LOOK_AGAIN_MS = 100;

/** Where an operation's results go. */
export type Delivery = { readonly socket: WebSocket; readonly operationId: string };

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

  const groups = createLendable({
    nameOf: ({ subject, args, context: { viewer } }: Asked) =>
      JSON.stringify([
        subject.organizationId,
        viewer.role,
        viewer.locale,
        args.operationName ?? null,
        withoutAfter(args),
        args.document.loc?.source.body,
      ]),
    open: async ({ subject, args }) => createFeedGroup({ source: await subject.open(), args, clock, log }),
  });

  async function subscribe(
    args: ExecutionArgs,
    context: Context,
    delivery: Delivery,
  ): Promise<AsyncGenerator<ExecutionResult> | ExecutionResult> {
    const stream = await createSourceEventStream(args);
    if (!isFeedStream(stream)) return stream as ExecutionResult;
    const { subject } = stream;
    const { opened, release } = groups.borrow({ subject, args, context });
    const member: Member = { ...addressOf(delivery.socket, delivery.operationId), position: 0n, interrupt: null };
    return leavable(
      ({ left }) => run(opened, member, subject, left),
      () => {
        member.interrupt?.('LEFT');
        release();
      },
    );
  }

  async function* run(
    opened: Promise<FeedGroup>,
    member: Member,
    { organizationId, after }: Asked['subject'],
    left: () => boolean,
  ): AsyncGenerator<ExecutionResult> {
    const group = await opened;
    const beginning = await group.source.begin(after);
    if ('reset' in beginning) {
      yield group.execute(beginning.reset);
      return;
    }
    const { from, head } = beginning;
    member.position = from;
    let caughtUp = false;
    while (!left()) {
      while ((member.position < group.position() || member.position < head) && !left()) {
        const { entries, through } = await group.read(member.position, PAGE, head);
        for (const { position, item } of entries) {
          yield group.execute(item);
          member.position = position;
        }
        member.position = through;
      }
      if (!caughtUp && group.source.checkpoint) {
        caughtUp = true;
        yield group.execute(await group.source.checkpoint(member.position));
        continue;
      }
      // No item can come between the last look at the group's position and joining it.
      if (left() || (await group.join(member)) === 'LEFT') return;
      if (!(await drained(member.socket, patienceMs, left))) {
        yield { errors: [tooSlow(group.source.checkpoint && cursors.encode(organizationId, member.position))] };
        member.socket.close(1013, 'Too slow');
        return;
      }
    }
  }

  return { subscribe };
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

/** With the cursor to subscribe after, where the stream has cursors. */
function tooSlow(cursor: string | null): GraphQLError {
  const advice = cursor === null ? 'Read the present state and subscribe again.' : 'Subscribe again after the cursor.';
  return new GraphQLError(`This subscriber reads too slowly. ${advice}`, {
    extensions: { code: 'SLOW_CONSUMER', ...(cursor !== null && { cursor }) },
  });
}

/** Waits until the socket has sent what it holds; false when it doesn't within our patience. */
async function drained(socket: WebSocket, patienceMs: number, left: () => boolean): Promise<boolean> {
  for (let waited = 0; waited < patienceMs; waited += LOOK_AGAIN_MS) {
    if (left() || socket.bufferedAmount < HIGH_WATER_BYTES / 4) return true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  return false;
}
