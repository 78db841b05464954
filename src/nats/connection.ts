import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import type { Logger } from '../domain/ports/logger.js';
import { addressOf } from './address.js';
import { seldom } from './seldom.js';

/** A server that says nothing for about three of these counts as dead. */
const PING_MS = 1_000;
const UNANSWERED_PINGS = 2;
const DIAL_TIMEOUT_MS = 2_000;
const RETRY_MS = 500;
/** What is refused, for want of permissions for instance, is logged this often at most. */
const COMPLAINT_MS = 60_000;
/** How long what was published may take to leave when this server stops. */
const DRAIN_MS = 1_000;

/** A connection that comes back by itself, for ever. */
export type Link = {
  /** What to subscribe on; null while there is none. It takes up its subscriptions again after an outage. */
  readonly connection: () => NatsConnection | null;
  /** Whether something published now would leave. */
  readonly connected: () => boolean;
  readonly stop: () => Promise<void>;
};

/**
 * Connects in the background and stays connected; `opened` hears of each new connection, whose subscriptions have to be
 * made. The log hears once that NATS is away, and once that it is back.
 */
export function keepConnected(options: {
  readonly url: string;
  readonly opened: (connection: NatsConnection) => void;
  readonly log: Logger;
}): Link {
  const { url, opened, log } = options;
  let connection: NatsConnection | null = null;
  let connected = false;
  let saidAway = false;
  let stopped = false;
  let wakeUp = (): void => undefined;

  const settings: NodeConnectionOptions = {
    ...addressOf(url),
    name: 'assent',
    noEcho: true,
    noAsyncTraces: true,
    timeout: DIAL_TIMEOUT_MS,
    pingInterval: PING_MS,
    maxPingOut: UNANSWERED_PINGS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RETRY_MS,
    // Asked before each attempt: the one way to end a connection's patience.
    reconnectToServer: () => {
      if (stopped) throw new Error('the server stops');
      return null;
    },
  };

  const refused = seldom(COMPLAINT_MS, (error: Error) => log.warn({ reason: error.message }, 'NATS refused something'));

  function found(): void {
    connected = true;
    saidAway = false;
    log.info({}, 'connected to NATS');
  }

  function lost(reason: unknown): void {
    connected = false;
    if (saidAway || stopped) return;
    saidAway = true;
    log.warn({ reason: textOf(reason) }, 'NATS is away; news of other servers comes from the database, a second late');
  }

  /** The first attempt tells why it failed; the next ones are the library's, which leaves no sockets behind. */
  async function open(): Promise<NatsConnection> {
    try {
      return await connect(settings);
    } catch (error) {
      lost(error);
      return await connect({ ...settings, waitOnFirstConnect: true });
    }
  }

  async function follow(current: NatsConnection): Promise<void> {
    let impatience: NodeJS.Timeout | undefined;
    for await (const status of current.status()) {
      if (status.type === 'disconnect') {
        clearTimeout(impatience);
        lost('the connection ended');
      }
      if (status.type === 'reconnect') found();
      if (status.type === 'error') refused(status.error);
      // The library lets what was written leave first, which may never happen on a dead connection.
      if (status.type === 'staleConnection') impatience = setTimeout(() => void current.close(), DRAIN_MS);
    }
    clearTimeout(impatience);
    lost((await current.closed()) ?? 'the connection was closed');
  }

  async function run(): Promise<void> {
    while (!stopped) {
      try {
        connection = await open();
        if (stopped) break;
        found();
        opened(connection);
        await follow(connection);
      } catch (error) {
        lost(error);
      }
      connection = null;
      if (stopped) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, RETRY_MS);
        wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    await connection?.close();
  }

  const running = run();
  return {
    connection: () => connection,
    connected: () => connected,
    stop: async () => {
      const current = connected ? connection : null;
      stopped = true;
      wakeUp();
      await within(DRAIN_MS, current?.drain());
      await within(DRAIN_MS, connection?.close());
      await within(DRAIN_MS, running);
    },
  };
}

function textOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}

async function within(ms: number, task: Promise<unknown> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([task?.catch(() => undefined), limit]);
  clearTimeout(timer);
}
