import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { freePort } from './free-port.js';
import { findNatsServer } from './nats-binary.js';
import type { AtEnd } from './server-process.js';

/** What nats-server tells of its clients. */
type Monitored = { readonly connections: readonly { readonly subscriptions_list?: readonly string[] }[] };

export type NatsServer = {
  readonly url: string;
  /** Ends it as by `kill -9`. */
  readonly kill: () => Promise<void>;
  /** Starts it on the same port; resolves when it takes connections. */
  readonly start: () => Promise<void>;
  /** Stops the process where it is, as a machine that hangs does, or lets it go on. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** The subjects that clients are subscribed to now, once for each client. */
  readonly subjects: () => Promise<readonly string[]>;
  /** What a client of no installation hears from now on. */
  readonly listen: (subject: string) => Promise<readonly { readonly subject: string; readonly text: string }[]>;
  /** Publishes as a client of no installation. */
  readonly publish: (subject: string, message: string) => Promise<void>;
};

/** A nats-server of one's own on free ports, with these lines of configuration; killed when the test is over. */
export async function startNatsServer(atEnd: AtEnd, settings = ''): Promise<NatsServer> {
  const binary = findNatsServer();
  if (binary === null) throw new Error('nats-server is not installed');
  const folder = await mkdtemp(join(tmpdir(), 'assent-nats-'));
  const config = join(folder, 'nats.conf');
  await writeFile(config, settings);
  const [port, monitor] = await Promise.all([freePort(), freePort()]);
  const url = `nats://127.0.0.1:${port}`;
  let child: ChildProcess;

  async function start(): Promise<void> {
    child = spawn(binary ?? '', ['-c', config, '-a', '127.0.0.1', '-p', `${port}`, '-m', `${monitor}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = once(child, 'exit');
    let said = '';
    const ready = new Promise<void>((resolve) => {
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (said.includes('Server is ready')) resolve();
      });
    });
    await Promise.race([
      ready,
      ended.then(() => {
        throw new Error(`nats-server ended and said: ${said}`);
      }),
    ]);
  }

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  await start();
  atEnd(async () => {
    await kill();
    await rm(folder, { recursive: true, force: true });
  });

  const client = async () => {
    const connection = await connect({ servers: url });
    atEnd(() => connection.close());
    return connection;
  };

  return {
    url,
    kill,
    start,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    subjects: async () => {
      const response = await fetch(`http://127.0.0.1:${monitor}/connz?subs=1`);
      const { connections }: Monitored = await response.json();
      return connections.flatMap((connection) => connection.subscriptions_list ?? []);
    },
    listen: async (subject) => {
      const heard: { subject: string; text: string }[] = [];
      const connection = await client();
      connection.subscribe(subject, {
        callback: (_error, message) => void heard.push({ subject: message.subject, text: message.string() }),
      });
      await connection.flush();
      return heard;
    },
    publish: async (subject, message) => {
      const connection = await client();
      connection.publish(subject, message);
      await connection.flush();
    },
  };
}
