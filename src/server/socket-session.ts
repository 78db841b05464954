import { CloseCode } from 'graphql-ws';
import { GraphQLError } from 'graphql';
import type { WebSocket } from 'ws';
import type { Clock } from '../domain/ports.js';
import type { Viewer } from '../domain/viewer.js';
import type { Contexts } from './contexts.js';
import type { RevocationWatch } from './revocation-watch.js';

/** A client is told so long before its token ends, or when half of a shorter life is over. */
const NOTICE_MS = 60_000;
/** The longest time that a timer can be set to. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What a client is told about a fresh token that it sent. */
export type Renewal =
  | { readonly accepted: true; readonly expiresInMs: number | null }
  | { readonly accepted: false; readonly code: string; readonly message: string };

/** What a caller may do on one socket, and until when. */
export type SocketSession = {
  /** Null once it is over: then nothing more is done for this socket. */
  readonly viewer: () => Viewer | null;
  /** Goes on with a fresh token of the same caller. Any other is refused, and all stays as it was. */
  readonly renew: (authorization: string) => Promise<Renewal>;
  /** The socket is gone. */
  readonly leave: () => void;
};

/** Begins with a caller who was let in; ends by itself when the token ends or is revoked, closing the socket with 4403. */
export function beginSession(options: {
  readonly socket: WebSocket;
  readonly viewer: Viewer;
  readonly acceptLanguage: string | undefined;
  /** Told that the caller is another one now: the same person or partner with another role, scope or name. */
  readonly changed: (viewer: Viewer) => void;
  readonly contexts: Contexts;
  readonly watch: RevocationWatch | null;
  readonly clock: Clock;
}): SocketSession {
  const { socket, acceptLanguage, changed, contexts, watch, clock } = options;
  let viewer: Viewer | null = options.viewer;
  let alarm: NodeJS.Timeout | undefined;
  let noticeAt = noticeFor(null, options.viewer);
  let renewing = false;

  function noticeFor(before: Date | null, { expiresAt }: Viewer): number {
    // A client that has nothing better sends the same token again, and need not be asked a second time.
    if (expiresAt === null || (before !== null && expiresAt <= before)) return Infinity;
    const now = clock.now().getTime();
    return Math.max(expiresAt.getTime() - NOTICE_MS, (now + expiresAt.getTime()) / 2);
  }

  function end(reason: string): void {
    if (viewer === null) return;
    leave();
    // Whatever a client sends before it answers the close comes too late.
    socket.removeAllListeners('message');
    socket.close(CloseCode.Forbidden, reason);
  }

  function leave(): void {
    viewer = null;
    clearTimeout(alarm);
    stopWatching();
  }

  function wait(): void {
    clearTimeout(alarm);
    const expiresAt = viewer?.expiresAt?.getTime();
    if (expiresAt === undefined) return;
    const now = clock.now().getTime();
    if (now >= expiresAt) return end('Token expired');
    if (now >= noticeAt) {
      noticeAt = Infinity;
      const payload = { type: 'reauth', expiresInMs: expiresAt - now };
      socket.send(JSON.stringify({ type: 'ping', payload }));
    }
    alarm = setTimeout(wait, Math.min(Math.min(noticeAt, expiresAt) - now, MAX_TIMER_MS));
  }

  async function renewed(authorization: string): Promise<Renewal> {
    const fresh = await contexts.authenticate({ authorization, acceptLanguage });
    if (viewer === null)
      throw new GraphQLError('The token came too late.', { extensions: { code: 'UNAUTHENTICATED' } });
    if (!isSameCaller(viewer, fresh)) {
      throw new GraphQLError('This token is of another caller: open another socket with it.', {
        extensions: { code: 'FORBIDDEN' },
      });
    }
    noticeAt = noticeFor(viewer.expiresAt, fresh);
    viewer = fresh;
    wait();
    changed(fresh);
    return { accepted: true, expiresInMs: fresh.expiresAt && fresh.expiresAt.getTime() - clock.now().getTime() };
  }

  const stopWatching = watch?.add({ viewer: () => viewer, end: () => end('Token revoked') }) ?? (() => undefined);
  wait();

  return {
    viewer: () => viewer,
    leave,
    renew: async (authorization) => {
      if (renewing) return refusal('RATE_LIMITED', 'Another token is looked at: wait for its answer.');
      renewing = true;
      try {
        return await renewed(authorization);
      } catch (error) {
        if (!(error instanceof GraphQLError)) throw error;
        return refusal(String(error.extensions['code']), error.message);
      } finally {
        renewing = false;
      }
    },
  };
}

function isSameCaller(one: Viewer, other: Viewer): boolean {
  return (
    one.organizationId === other.organizationId &&
    one.subject === other.subject &&
    one.partner?.partnerId === other.partner?.partnerId
  );
}

function refusal(code: string, message: string): Renewal {
  return { accepted: false, code, message };
}
