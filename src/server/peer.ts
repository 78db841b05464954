import type { WebSocket as ProtocolSocket } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Admission } from './socket-admission.js';
import type { SocketSession } from './socket-session.js';

/** What the upgrade said of the caller. */
export type CallerHeaders = { readonly authorization: string | undefined; readonly acceptLanguage: string | undefined };

/** The operations of a socket that are under way, by their ids. */
export type Running = Record<string, AsyncIterable<unknown> | null>;

/** What happens to peers. */
export type PeerEvents = {
  readonly received: (peer: Peer, text: string) => void;
  readonly brokeOff: (peer: Peer, error: unknown) => void;
  readonly ended: (peer: Peer, code: number, reason: string) => void;
};

/**
 * One client's connection, with all that a server remembers of it. There are thousands: that is why it is a class, for a
 * function made for each would take more memory than all that it remembers, why it tells what happens without listeners
 * of its own, and why nothing keeps the request that it came by.
 */
export class Peer extends WebSocket {
  events: PeerEvents | null = null;
  /** Until it is known who is calling. */
  headers: CallerHeaders | null = null;
  admission: Admission | null = null;
  session: SocketSession | null = null;
  traceparent: unknown = null;
  running: Running | null = null;
  /** While a client has time to say who it is. */
  impatience: NodeJS.Timeout | null = null;
  /** Handles a message; null when no more are taken. */
  take: ((message: string) => Promise<void>) | null = null;
  /** Is told when the socket has gone. */
  gone: ((code: number, reason: string) => Promise<void>) | null = null;
  /** Its operations that are live: what is written for several of them at a time leaves together. */
  live = 0;
  /** When it is pinged, and whether it has yet to answer. */
  turn = 0;
  isAsked = false;

  override emit(event: string | symbol, ...given: readonly unknown[]): boolean {
    const [first, second] = given;
    if (event === 'message') this.events?.received(this, String(first));
    if (event === 'pong') this.isAsked = false;
    if (event === 'close') this.events?.ended(this, Number(first), String(second));
    // Without a listener it would be thrown.
    if (event === 'error') this.events?.brokeOff(this, first);
    return event === 'error' || super.emit(event, ...given);
  }

  /** Takes no more messages. */
  ignore(): void {
    this.take = null;
  }
}

/** A peer as graphql-ws sees it. What it sends, it waits for: so it never gets ahead of a slow reader. */
export class PeerSocket implements ProtocolSocket {
  constructor(private readonly peer: Peer) {}

  get protocol(): string {
    return this.peer.protocol;
  }

  send(text: string): Promise<void> {
    const { peer } = this;
    return new Promise((resolve, reject) => {
      if (peer.readyState !== peer.OPEN) return resolve();
      peer.send(text, (error) => (error ? reject(error) : resolve()));
    });
  }

  close(code?: number, reason?: string): void {
    this.peer.close(code, reason);
  }

  onMessage(take: (message: string) => Promise<void>): void {
    this.peer.take = take;
  }
}
