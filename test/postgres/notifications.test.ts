import postgres from 'postgres';
import { expect, it, onTestFinished, vi } from 'vitest';
import { connectNotifications } from '../../src/postgres/notifications.js';
import { startBadNetwork } from '../support/bad-network.js';
import { recordingLog } from '../support/channel-fakes.js';
import { createTestDatabase } from '../support/database.js';

const patience = { timeout: 30_000, interval: 20 };

/** A server that says things, and one that hears them over a network of its own. */
async function twoServers() {
  const database = await createTestDatabase();
  onTestFinished(database.close);
  const network = await startBadNetwork(Number(new URL(database.url).port));
  onTestFinished(network.close);
  const url = new URL(database.url);
  url.port = String(network.port);
  const heard: string[] = [];
  const log = recordingLog();
  const { sql } = database;
  const connect = (serverId: string, listeningUrl: string) =>
    connectNotifications({
      sql,
      openListening: () => postgres(listeningUrl, { max: 1, onnotice: () => undefined }),
      serverId,
      received: (wakes) => heard.push(...wakes.map(({ organizationId }) => `${serverId} heard of ${organizationId}`)),
      log,
      checkMs: 200,
    });
  const [speaker, listener] = await Promise.all([connect('speaker', database.url), connect('listener', url.href)]);
  onTestFinished(async () => void (await Promise.all([speaker.stop(), listener.stop()])));
  return {
    network,
    heard,
    log,
    say: (organizationId: string) => speaker.publish([{ organizationId, contactId: null }]),
  };
}

it('reach the others, not the one who says it, and what a server says to itself reaches nobody', async () => {
  const { heard, say } = await twoServers();
  say('acme');
  await vi.waitFor(() => expect(heard).toEqual(['listener heard of acme']), patience);
});

it.each([
  ['broke', 'reset'],
  ['came to carry nothing any more', 'lose'],
] as const)('are heard again after the connection %s', async (_, what) => {
  const { network, heard, log, say } = await twoServers();
  network[what]();
  await vi.waitFor(() => {
    say('acme');
    expect(heard).toContain('listener heard of acme');
  }, patience);
  if (what === 'lose') expect(log.lines.join()).toContain('no longer heard');
});
