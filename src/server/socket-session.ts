import { CloseCode } from 'graphql-ws';
import { GraphQLError } from 'graphql';
import type { WebSocket } from 'ws';
import type { Clock } from '../domain/ports/clock.js';
import type { Viewer } from '../domain/viewer.js';
import type { Alarms, Sleeper } from './alarms.js';
import type { Contexts } from './contexts.js';
import type { RevocationWatch, Stay } from './revocation-watch.js';

/** A client is told so long before its token ends, or when half of a shorter life is over. */
const NOTICE_MS = 60_000;

/** What a client is told about a fresh token that it sent. */
export type Renewal =
  | { readonly accepted: true; readonly expiresInMs: number | null }
  | { readonly accepted: false; readonly code: string; readonly message: string };

/** What sessions of one server have in common. */
export type SessionRules<Socket> = {
  /** Told that the caller is another one now: the same person or partner with another role, scope or name. */
  readonly changed: (socket: Socket, viewer: Viewer) => void;
  readonly contexts: Pick<Contexts, 'authenticate'>;
  readonly watch: RevocationWatch | null;
  readonly alarms: Alarms;
  readonly clock: Clock;
};

/** A socket that can be told, and closed; what its client sends can be left aside. */
type Closable = Pick<WebSocket, 'send' | 'close'> & { readonly ignore: () => void };

/** What a caller may do on one socket, and until when. */
export type SocketSession = Stay & {
  /** Goes on with a fresh token of the same caller. Any other is refused, and all stays as it was. */
  readonly renew: (authorization: string) => Promise<Renewal>;
  /** The socket is gone. */
  readonly leave: () => void;
};

/** Begins with a caller who was let in; ends by itself when the token ends or is revoked, closing the socket with 4403. */
export function beginSession<Socket extends Closable>(
  rules: SessionRules<Socket>,
  socket: Socket,
  viewer: Viewer,
  acceptLanguage: string | undefined,
): SocketSession {
  return new Session(rules, socket, viewer, acceptLanguage);
}

/** A class for the sake of memory, as `Peer` is. */
class Session<Socket extends Closable> implements SocketSession, Sleeper {
  private current: Viewer | null;
  /** When it is woken; null when it is not. */
  private wakesAt: number | null = null;
  private noticeAt: number;
  private isRenewing = false;

  constructor(
    private readonly rules: SessionRules<Socket>,
    private readonly socket: Socket,
    viewer: Viewer,
    private readonly acceptLanguage: string | undefined,
  ) {
    this.current = viewer;
    this.noticeAt = this.noticeFor(null, viewer);
    rules.watch?.add(this);
    this.wake();
  }

  /** Null once it is over: then nothing more is done for this socket. */
  viewer(): Viewer | null {
    return this.current;
  }

  /** The permission was taken back. */
  end(): void {
    this.close('Token revoked');
  }

  leave(): void {
    this.current = null;
    this.sleep(null);
    this.rules.watch?.remove(this);
  }

  async renew(authorization: string): Promise<Renewal> {
    if (this.isRenewing) return refusal('RATE_LIMITED', 'Another token is looked at: wait for its answer.');
    this.isRenewing = true;
    try {
      return await this.renewed(authorization);
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      return refusal(String(error.extensions['code']), error.message);
    } finally {
      this.isRenewing = false;
    }
  }

  private async renewed(authorization: string): Promise<Renewal> {
    const { rules, acceptLanguage } = this;
    const fresh = await rules.contexts.authenticate({ authorization, acceptLanguage });
    const { current } = this;
    if (current === null)
      throw new GraphQLError('The token came too late.', { extensions: { code: 'UNAUTHENTICATED' } });
    if (!isSameCaller(current, fresh)) {
      throw new GraphQLError('This token is of another caller: open another socket with it.', {
        extensions: { code: 'FORBIDDEN' },
      });
    }
    this.noticeAt = this.noticeFor(current.expiresAt, fresh);
    this.current = fresh;
    this.wake();
    rules.changed(this.socket, fresh);
    return { accepted: true, expiresInMs: fresh.expiresAt && fresh.expiresAt.getTime() - this.now() };
  }

  private now(): number {
    return this.rules.clock.now().getTime();
  }

  private noticeFor(before: Date | null, { expiresAt }: Viewer): number {
    // A client that has nothing better sends the same token again, and need not be asked a second time.
    if (expiresAt === null || (before !== null && expiresAt <= before)) return Infinity;
    return Math.max(expiresAt.getTime() - NOTICE_MS, Math.ceil((this.now() + expiresAt.getTime()) / 2));
  }

  wake(): void {
    const expiresAt = this.current?.expiresAt?.getTime();
    if (expiresAt === undefined) return this.sleep(null);
    const now = this.now();
    if (now >= expiresAt) return this.close('Token expired');
    if (now >= this.noticeAt) {
      this.noticeAt = Infinity;
      const payload = { type: 'reauth', expiresInMs: expiresAt - now };
      this.socket.send(JSON.stringify({ type: 'ping', payload }));
    }
    this.sleep(Math.min(this.noticeAt, expiresAt));
  }

  private sleep(until: number | null): void {
    const { alarms } = this.rules;
    if (this.wakesAt !== null) alarms.clear(this.wakesAt, this);
    if (until !== null) alarms.set(until, this);
    this.wakesAt = until;
  }

  private close(reason: string): void {
    if (this.current === null) return;
    this.leave();
    // Whatever a client sends before it answers the close comes too late.
    this.socket.ignore();
    this.socket.close(CloseCode.Forbidden, reason);
  }
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
