import { GraphQLError, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { Cursors } from '../domain/ports/feed.js';
import { HIGH_WATER_BYTES, type FeedGroup, type Member } from './feed-group.js';
import { addressOf, type Address } from './frames.js';
import { brokeOff, outcomeOf, succeeded, type TellingStream } from './observed-stream.js';
import type { OperationOutcome } from './operation-observer.js';
import type { Peer } from './peer.js';

const PAGE = 200;
const LOOK_AGAIN_MS = 100;
const TRY_AGAIN_LATER = 1013;

type Result = IteratorResult<ExecutionResult, undefined>;
type Ended = (outcome: OperationOutcome) => void;
/** Hands the next result to whoever waits for it. */
type Waiting = (result: Result | Promise<never>) => void;

/** What subscribers of one server have in common. */
export type SubscriberRules = { readonly cursors: Cursors; readonly patienceMs: number };

/** Where a subscriber begins, and where it belongs. */
export type Beginning = {
  readonly organizationId: string;
  readonly after: string | null;
  readonly opened: Promise<FeedGroup>;
  readonly release: () => void;
};

const over: Result = { done: true, value: undefined };

/**
 * One operation that is delivered to by a group. As a stream it brings what the subscriber has to catch up with, at the
 * pace of the subscriber; while it is live, the group writes to the socket, and the stream waits. A class, and without
 * anything that waits while it is live, for the sake of memory.
 */
export class Subscriber implements Member, TellingStream {
  readonly socket: Peer;
  readonly operationId: string;
  readonly raw: Address['raw'];
  position = 0n;

  private catchingUp: AsyncGenerator<ExecutionResult, 'LIVE' | 'OVER'> | null;
  private group: FeedGroup | null = null;
  private waiting: Waiting | null = null;
  private hasLeft = false;
  private isLive = false;
  private readonly organizationId: string;
  private readonly release: () => void;
  private ended: Ended | null = null;
  private outcome = succeeded;
  /** What was asked, as whoever runs it notes it. */
  asked: ExecutionArgs | null = null;

  constructor(
    private readonly rules: SubscriberRules,
    { socket, operationId }: { readonly socket: Peer; readonly operationId: string },
    { organizationId, after, opened, release }: Beginning,
  ) {
    this.socket = socket;
    this.operationId = operationId;
    this.raw = addressOf(socket, operationId).raw;
    this.organizationId = organizationId;
    this.release = release;
    this.catchingUp = this.begin(opened, after);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    if (this.hasLeft) return Promise.resolve(over);
    return new Promise((resolve) => {
      this.waiting = resolve;
      void this.advance();
    });
  }

  return(): Promise<Result> {
    this.leave();
    return Promise.resolve(over);
  }

  throw(error: unknown): Promise<Result> {
    this.outcome = brokeOff;
    this.leave();
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  onEnd(ended: Ended): void {
    this.ended = ended;
  }

  fellBehind(): void {
    this.goLive(false);
    if (this.group) this.catchingUp = this.comeBack(this.group);
    void this.advance();
  }

  /** Brings the next result to whoever waits for it, or goes live. */
  private async advance(): Promise<void> {
    try {
      while (this.catchingUp) {
        const { done, value } = await this.catchingUp.next();
        if (this.hasLeft) return;
        if (!done) return this.bringResult(value);
        if (value === 'OVER' || this.group === null) return this.leave();
        // No item can come between this last look at the group's position and joining it.
        const isBehind: boolean = this.position < this.group.position();
        this.catchingUp = isBehind ? this.catchUp(this.group, 0n) : null;
        if (isBehind) continue;
        this.group.join(this);
        this.goLive(true);
      }
    } catch (error) {
      this.outcome = brokeOff;
      if (this.waiting) this.bring(Promise.reject(error instanceof Error ? error : new Error(String(error))));
      this.leave();
    }
  }

  private goLive(isLive: boolean): void {
    if (this.isLive !== isLive) this.socket.live += isLive ? 1 : -1;
    this.isLive = isLive;
  }

  private bringResult(value: ExecutionResult): void {
    if (!this.outcome.failed) this.outcome = outcomeOf(value.errors);
    this.bring({ done: false, value });
  }

  private bring(result: Result | Promise<never>): void {
    this.waiting?.(result);
    this.waiting = null;
  }

  private leave(): void {
    if (this.hasLeft) return;
    this.hasLeft = true;
    this.group?.leave(this);
    this.goLive(false);
    this.catchingUp = null;
    this.release();
    this.ended?.(this.outcome);
    this.bring(over);
  }

  private async *begin(opened: Promise<FeedGroup>, after: string | null) {
    const group = await opened;
    const beginning = await group.source.begin(after);
    if ('reset' in beginning) {
      yield group.execute(beginning.reset);
      return 'OVER';
    }
    this.group = group;
    this.position = beginning.from;
    yield* this.catchUp(group, beginning.head);
    if (group.source.checkpoint) yield group.execute(await group.source.checkpoint(this.position));
    return 'LIVE';
  }

  private async *catchUp({ position, execute, read }: FeedGroup, head: bigint) {
    while ((this.position < position() || this.position < head) && !this.hasLeft) {
      const { entries, through } = await read(this.position, PAGE, head);
      for (const { position: place, item } of entries) {
        yield execute(item);
        this.position = place;
      }
      this.position = through;
    }
    return 'LIVE' as const;
  }

  private async *comeBack(group: FeedGroup): AsyncGenerator<ExecutionResult, 'LIVE' | 'OVER'> {
    if (await this.isDrained()) {
      yield* this.catchUp(group, 0n);
      return 'LIVE';
    }
    yield {
      errors: [tooSlow(group.source.checkpoint && this.rules.cursors.encode(this.organizationId, this.position))],
    };
    this.socket.close(TRY_AGAIN_LATER, 'Too slow');
    return 'OVER';
  }

  /** Waits until the socket has sent what it holds; false when it doesn't within our patience. */
  private async isDrained(): Promise<boolean> {
    for (let waited = 0; waited < this.rules.patienceMs; waited += LOOK_AGAIN_MS) {
      if (this.hasLeft || this.socket.bufferedAmount < HIGH_WATER_BYTES / 4) return true;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
    return false;
  }
}

/** With the cursor to subscribe after, where the stream has cursors. */
function tooSlow(cursor: string | null): GraphQLError {
  const advice = cursor === null ? 'Read the present state and subscribe again.' : 'Subscribe again after the cursor.';
  return new GraphQLError(`This subscriber reads too slowly. ${advice}`, {
    extensions: { code: 'SLOW_CONSUMER', ...(cursor !== null && { cursor }) },
  });
}
