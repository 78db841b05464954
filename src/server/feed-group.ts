import { execute, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { Clock } from '../domain/ports/clock.js';
import type { Entry, Source } from '../domain/ports/feed.js';
import type { Logger } from '../domain/ports/logger.js';
import type { Context } from '../resolvers/context.js';
import { formatError, isFault } from './format-error.js';
import { framesOf, type Address } from './frames.js';

const PAGE = 200;
/** A checkpoint after this much silence. */
const SILENCE_MS = 15_000;
const TICK_MS = 1_000;
/** More than this unsent, and a subscriber is taken off the live stream until it has read. */
export const HIGH_WATER_BYTES = 256 * 1024;
const RETRY_MS = 500;

/** An operation that a group delivers to while it is live. */
export type Member = Address & {
  position: bigint;
  /** It reads too slowly and is no longer delivered to. */
  readonly fellBehind: () => void;
};

/** Operations that are alike: what one of them is told all are told, so it is executed and written out once. */
export type FeedGroup = {
  readonly source: Source<unknown>;
  /** Every live member has what came up to here. */
  readonly position: () => bigint;
  /** An item as the operation's result. An item is never told as an error because the database was away for a moment. */
  readonly execute: (item: unknown) => Promise<ExecutionResult>;
  readonly read: Source<unknown>['read'];
  /** Delivers to a member that has all up to the group's position, until it leaves or falls behind. */
  readonly join: (member: Member) => void;
  readonly leave: (member: Member) => void;
  readonly close: () => void;
};

/** Executes as `args` says, with the organization, role and language of its context. */
export function createFeedGroup(options: {
  readonly source: Source<unknown>;
  readonly args: ExecutionArgs;
  readonly clock: Clock;
  readonly log: Logger;
}): FeedGroup {
  const { source, args, clock, log } = options;
  const members = new Set<Member>();
  let position = source.position();
  let delivering = false;
  let closed = false;
  let quietSince = clock.now().getTime();

  const executed = (item: unknown): Promise<ExecutionResult> =>
    patiently(async () => {
      const result = await execute({ ...args, rootValue: item });
      const fault = result.errors?.find(isFault);
      if (fault) throw fault;
      return result;
    });

  /** Tries again until it succeeds or nobody waits for it any more. */
  async function patiently<Result>(attempt: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (closed) throw error;
        log.warn({ err: error }, 'the feed could not be read and is read again');
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** Runs one delivery at a time: between what a delivery reads and what it sends, no other may come. */
  async function alone(delivery: () => Promise<void>): Promise<void> {
    if (delivering) return;
    delivering = true;
    try {
      await delivery();
      while (position < source.position() && !closed) {
        const { entries, through } = await patiently(() => source.read(position, PAGE));
        await send(entries, through);
      }
    } catch (error) {
      // Only a group that was closed meanwhile gives up.
      if (!closed) log.error({ err: error }, 'subscribers could not be told');
    } finally {
      delivering = false;
    }
  }

  /** One execution for each item, one write for each member; a member that is ahead gets what it lacks. */
  async function send(entries: readonly Entry<unknown>[], through: bigint): Promise<void> {
    const results = await Promise.all(entries.map(({ item }) => executed(item)));
    const payloads = results.map((result) => JSON.stringify(masked(result)));
    const frames = framesOf(payloads);
    const before = position;
    position = through;
    if (payloads.length > 0) quietSince = clock.now().getTime();
    for (const member of members) {
      if (payloads.length > 0) {
        const lacks = (_: string, index: number): boolean => (entries[index]?.position ?? 0n) > member.position;
        (member.position <= before ? frames : framesOf(payloads.filter(lacks))).sendTo(member);
      }
      if (member.position < through) member.position = through;
      if (member.socket.bufferedAmount > HIGH_WATER_BYTES) {
        members.delete(member);
        member.fellBehind();
      }
    }
  }

  function masked(result: ExecutionResult): object {
    if (!result.errors) return result;
    const { requestId } = args.contextValue as Context;
    return { ...result, errors: result.errors.map((error) => formatError(error, requestId, log)) };
  }

  /** A checkpoint stands after all that came before it, and takes no place of its own. */
  async function breakSilence(): Promise<void> {
    if (!source.checkpoint || members.size === 0 || clock.now().getTime() - quietSince < SILENCE_MS) return;
    const item = await source.checkpoint(position);
    await send([{ position: position + 1n, item }], position);
  }

  const ignore = source.onNews(() => void alone(() => Promise.resolve()));
  const silence = setInterval(() => void alone(breakSilence), TICK_MS);

  return {
    source,
    position: () => position,
    execute: executed,
    read: (...range) => patiently(() => source.read(...range)),
    join: (member) => void members.add(member),
    leave: (member) => void members.delete(member),
    close: () => {
      closed = true;
      ignore();
      clearInterval(silence);
      source.close();
    },
  };
}
