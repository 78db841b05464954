import {
  createSourceEventStream,
  execute,
  getOperationAST,
  GraphQLError,
  Kind,
  visit,
  type ExecutionArgs,
  type ExecutionResult,
} from 'graphql';
import type { WebSocket } from 'ws';
import { leavable } from '../domain/leavable.js';
import type {
  Clock,
  Cursors,
  Feed,
  FeedItem,
  FeedLog,
  FeedTail,
  Logger,
  TransitionFilter,
  TransitionView,
} from '../domain/ports.js';
import type { Context } from '../resolvers/context.js';
import { formatError, isFault } from './format-error.js';
import { addressOf, framesOf, type Address } from './frames.js';

const PAGE = 200;
/** A checkpoint after this much silence. */
const SILENCE_MS = 15_000;
/** More than this unsent, and a subscriber is taken off the live stream until it has read. */
const HIGH_WATER_BYTES = 256 * 1024;
/** A subscriber that reads nothing for so long is let go. */
const PATIENCE_MS = 30_000;
const LOOK_AGAIN_MS = 100;
const RETRY_MS = 500;

/** Where an operation's results go. */
export type Delivery = { readonly socket: WebSocket; readonly operationId: string };

type Query = { readonly after: string | null; readonly filter: TransitionFilter };

type Member = Address & {
  position: bigint;
  /** Ends the live phase: the subscriber left, or fell behind. */
  interrupt: ((why: 'LEFT' | 'BEHIND') => void) | null;
};

/**
 * Delivers `consentTransitions` to many: operations that are alike (document, variables, organization, role, language)
 * form a group; each event is executed once for the group and its payload is sent to all. Catching up goes through
 * GraphQL one by one, at the pace of the reader.
 */
export function createSharedFeed(options: {
  readonly feed: Feed;
  readonly log: FeedLog;
  readonly cursors: Cursors;
  readonly clock: Clock;
  readonly logger: Logger;
}) {
  const { feed, log, cursors, clock, logger } = options;
  const groups = new Map<string, { users: number; readonly opened: Promise<Group> }>();

  /** A feed that, asked for transitions, only takes note of what was asked. */
  const noting: Feed = { ...feed, transitions: (organizationId, query) => new Noted(organizationId, query) };

  async function subscribe(
    args: ExecutionArgs,
    context: Context,
    delivery: Delivery,
  ): Promise<AsyncGenerator<ExecutionResult> | ExecutionResult> {
    const asking: Context = Object.assign(Object.create(context) as Context, { feed: noting });
    const source = await createSourceEventStream({ ...args, contextValue: asking });
    if (!(source instanceof Noted)) return source as ExecutionResult;
    const { organizationId, query } = source;
    const key = JSON.stringify([
      organizationId,
      context.viewer.role,
      context.viewer.locale,
      args.operationName ?? null,
      withoutAfter(args),
      args.document.loc?.source.body,
    ]);
    const member: Member = { ...addressOf(delivery.socket, delivery.operationId), position: 0n, interrupt: null };
    const entry = groups.get(key) ?? {
      users: 0,
      opened: open(organizationId, query.filter, { ...args, contextValue: context }),
    };
    groups.set(key, entry);
    entry.users += 1;
    const leave = (): void => {
      member.interrupt?.('LEFT');
      entry.users -= 1;
      if (entry.users > 0) return;
      if (groups.get(key) === entry) groups.delete(key);
      void entry.opened.then((group) => group.close()).catch(() => undefined);
    };
    return leavable(({ left }) => run(entry.opened, member, query, left), leave);
  }

  async function* run(
    opened: Promise<Group>,
    member: Member,
    query: Query,
    left: () => boolean,
  ): AsyncGenerator<ExecutionResult> {
    const group = await opened;
    const head = query.after === null ? group.position : await log.head(group.organizationId);
    const start = query.after === null ? group.position : cursors.decode(group.organizationId, query.after);
    if (start === null || start > head) {
      const { organizationId } = group;
      yield group.execute({ type: 'RESET', organizationId, reason: 'CURSOR_INVALID', oldest: 0n });
      return;
    }
    member.position = start;
    let caughtUp = false;
    while (!left()) {
      while (member.position < group.position && !left()) {
        const page = await group.read(member.position, PAGE);
        for (const transition of page.transitions) {
          if (transition.position > group.position) break;
          yield group.execute({ type: 'TRANSITION', transition, replayed: transition.position <= head });
          member.position = transition.position;
        }
        if (page.through <= group.position) member.position = page.through;
        else if (page.transitions.every(({ position }) => position > group.position)) member.position = group.position;
      }
      if (!caughtUp) {
        caughtUp = true;
        yield group.execute(group.checkpoint(member.position));
        continue;
      }
      if (left() || (await live(group, member)) === 'LEFT') return;
      if (!(await drained(member.socket, left))) {
        yield { errors: [tooSlow(cursors.encode(group.organizationId, member.position))] };
        member.socket.close(1013, 'Too slow');
        return;
      }
    }
  }

  /** Joins the group; no event can come between the last look at its position and this. */
  function live(group: Group, member: Member): Promise<'LEFT' | 'BEHIND'> {
    return new Promise((resolve) => {
      member.interrupt = (why) => {
        member.interrupt = null;
        group.members.delete(member);
        resolve(why);
      };
      group.members.add(member);
    });
  }

  async function open(organizationId: string, filter: TransitionFilter, args: ExecutionArgs): Promise<Group> {
    const tail = await feed.tail(organizationId);
    return createGroup({ organizationId, filter, args, tail, log, clock, logger });
  }

  return { subscribe };
}

export type SharedFeed = ReturnType<typeof createSharedFeed>;

type Group = ReturnType<typeof createGroup>;

function createGroup(options: {
  readonly organizationId: string;
  readonly filter: TransitionFilter;
  readonly args: ExecutionArgs;
  readonly tail: FeedTail;
  readonly log: FeedLog;
  readonly clock: Clock;
  readonly logger: Logger;
}) {
  const { organizationId, filter, args, tail, log, clock, logger } = options;
  const members = new Set<Member>();
  let delivering = false;
  let closed = false;
  let quietSince = clock.now().getTime();

  const group = {
    organizationId,
    members,
    /** Every live member has what came up to here. */
    position: tail.position(),
    /** An event is never told as an error because the database was away for a moment. */
    execute: (item: FeedItem): Promise<ExecutionResult> =>
      patiently(async (): Promise<ExecutionResult> => {
        const result = await execute({ ...args, rootValue: item });
        const fault = result.errors?.find(isFault);
        if (fault) throw fault;
        return result;
      }),
    checkpoint: (position: bigint): FeedItem => ({
      type: 'CHECKPOINT',
      organizationId,
      position,
      caughtUp: true,
      lagMs: 0,
      at: clock.now(),
    }),
    read: async (position: bigint, limit: number) => {
      const recent = tail.after(position, limit);
      if (!recent) return patiently(() => log.after(organizationId, position, filter, limit));
      return { transitions: recent.filter(matches), through: recent.at(-1)?.position ?? position };
    },
    close: () => {
      closed = true;
      ignore();
      clearInterval(silence);
      tail.close();
    },
  };

  /** Tries again until it succeeds or nobody waits for it any more. */
  async function patiently<Result>(attempt: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (closed) throw error;
        logger.warn({ err: error }, 'the feed could not be read and is read again');
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  function matches({ contactId, to }: TransitionView): boolean {
    return (filter.contactId === null || filter.contactId === contactId) && (filter.statuses?.includes(to) ?? true);
  }

  async function deliver(): Promise<void> {
    if (delivering) return;
    delivering = true;
    try {
      while (group.position < tail.position()) {
        const { transitions, through } = await group.read(group.position, PAGE);
        const items = transitions.map((transition): FeedItem => ({ type: 'TRANSITION', transition, replayed: false }));
        await send(
          items,
          transitions.map(({ position }) => position),
          through,
        );
      }
    } catch (error) {
      // Only a group that was closed meanwhile gives up.
      if (!closed) logger.error({ err: error }, 'transitions could not be delivered');
    } finally {
      delivering = false;
    }
  }

  /** One execution for each item, one write for each member; a member that is ahead gets what it lacks. */
  async function send(items: readonly FeedItem[], positions: readonly bigint[], through: bigint): Promise<void> {
    const results = await Promise.all(items.map(group.execute));
    const payloads = results.map((result) => JSON.stringify(masked(result)));
    const before = group.position;
    const frames = framesOf(payloads);
    group.position = through;
    if (payloads.length > 0) quietSince = clock.now().getTime();
    for (const member of members) {
      if (payloads.length > 0) {
        const lacking =
          member.position <= before
            ? frames
            : framesOf(payloads.filter((_, n) => (positions[n] ?? 0n) > member.position));
        lacking.sendTo(member);
      }
      if (member.position < through) member.position = through;
      if (member.socket.bufferedAmount > HIGH_WATER_BYTES) member.interrupt?.('BEHIND');
    }
  }

  function masked(result: ExecutionResult): object {
    if (!result.errors) return result;
    const { requestId } = args.contextValue as Context;
    return { ...result, errors: result.errors.map((error) => formatError(error, requestId, logger)) };
  }

  const ignore = tail.onNews(() => void deliver());
  /** A checkpoint is a delivery too: no other may come between its making and its sending. */
  async function breakSilence(): Promise<void> {
    delivering = true;
    try {
      await send([group.checkpoint(group.position)], [group.position + 1n], group.position);
    } catch (error) {
      if (!closed) logger.error({ err: error }, 'a checkpoint could not be delivered');
    } finally {
      delivering = false;
    }
    await deliver();
  }

  const silence = setInterval(() => {
    if (delivering || members.size === 0 || clock.now().getTime() - quietSince < SILENCE_MS) return;
    void breakSilence();
  }, 1_000);
  return group;
}

/** Whether the operation is one that is delivered to many: `consentTransitions`, plainly selected. */
export function isShareable({ document, operationName }: ExecutionArgs): boolean {
  const [selection, ...others] = getOperationAST(document, operationName)?.selectionSet.selections ?? [];
  if (selection?.kind !== Kind.FIELD || others.length > 0) return false;
  return selection.name.value === 'consentTransitions' && (selection.directives ?? []).length === 0;
}

/** What an operation asked of the feed. Nobody reads from it. */
class Noted implements AsyncIterableIterator<FeedItem> {
  constructor(
    readonly organizationId: string,
    readonly query: Query,
  ) {}
  [Symbol.asyncIterator](): this {
    return this;
  }
  next(): Promise<IteratorResult<FeedItem>> {
    return Promise.resolve({ done: true, value: undefined });
  }
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

function tooSlow(cursor: string): GraphQLError {
  return new GraphQLError('This subscriber reads too slowly. Subscribe again after the cursor.', {
    extensions: { code: 'SLOW_CONSUMER', cursor },
  });
}

/** Waits until the socket has sent what it holds; false when it doesn't within our patience. */
async function drained(socket: WebSocket, left: () => boolean): Promise<boolean> {
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_AGAIN_MS) {
    if (left() || socket.bufferedAmount < HIGH_WATER_BYTES / 4) return true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  return false;
}
