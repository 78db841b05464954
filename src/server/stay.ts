import { GraphQLError } from 'graphql';
import type { Clock } from '../domain/ports/clock.js';
import type { Viewer } from '../domain/viewer.js';
import type { RevocationWatch } from './revocation-watch.js';

/** The longest time that a timer can be set to. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A stream may go on as long as its caller's token is good; then `end` is called, once, with what to tell the caller. */
export function stayWhileGood(options: {
  readonly viewer: Viewer;
  readonly watch: RevocationWatch | null;
  readonly clock: Clock;
  readonly end: () => void;
}) {
  const { viewer, watch, clock, end } = options;
  let alarm: NodeJS.Timeout | undefined;
  let ended: GraphQLError | null = null;

  function leave(): void {
    clearTimeout(alarm);
    watch?.remove(stay);
  }

  function endBecause(reason: 'EXPIRED' | 'REVOKED', message: string): void {
    leave();
    ended = new GraphQLError(message, { extensions: { code: 'UNAUTHENTICATED', reason } });
    end();
  }

  function wait(): void {
    if (viewer.expiresAt === null) return;
    const left = viewer.expiresAt.getTime() - clock.now().getTime();
    if (left <= 0) return endBecause('EXPIRED', 'The token has expired. Come back with a fresh one.');
    alarm = setTimeout(wait, Math.min(left, MAX_TIMER_MS));
  }

  const stay = { viewer: () => viewer, end: () => endBecause('REVOKED', 'The token was revoked.') };
  watch?.add(stay);
  wait();

  return {
    /** Why it may not go on; null as long as it may. */
    ended: (): GraphQLError | null => ended,
    /** It is over anyway. */
    leave,
  };
}
