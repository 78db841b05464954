import { chanceOf } from './chance.js';
import type { ChaosScene } from './chaos-scene.js';
import type { AtEnd } from './server-process.js';
import { startTcpProxy } from './tcp-proxy.js';

/** What a connection carries before it is broken. A transition takes about 250. */
const LIFE_BYTES = [500, 18_000] as const;

export type ChaosNetwork = Awaited<ReturnType<typeof startChaosNetwork>>;

/** The ways to the servers: most of them break every connection sooner or later. */
export async function startChaosNetwork(atEnd: AtEnd, { scene, seed }: { scene: ChaosScene; seed: number }) {
  const proxyBefore = async (name: string, port: () => number | null) => {
    const lives = chanceOf(seed, `proxy before ${name}`);
    const lifetime = () => ({ bytes: lives.from(...LIFE_BYTES), how: lives.oneOf(['RESET', 'END'] as const) });
    const proxy = await startTcpProxy({ port, lifetime });
    atEnd(proxy.close);
    return proxy;
  };
  const { servers } = scene;
  const chance = chanceOf(seed, 'any server');
  const any = (): number | null => chance.oneOf(servers).port();

  const steady = await proxyBefore('any server, steadily', any);
  steady.calm();
  const forReaders = await Promise.all([
    proxyBefore('any server', any),
    ...servers.map(({ name, port }) => proxyBefore(name, port)),
  ]);
  const forWriters = await Promise.all(servers.map(({ name, port }) => proxyBefore(`writers of ${name}`, port)));

  return {
    /** To any server, another each time; only the servers themselves break it. */
    steady: steady.url,
    /** To any server, another each time; and to each server. */
    forReaders: forReaders.map(({ url }) => url),
    forWriters: forWriters.map(({ url }) => url),
    /** How many connections of readers were broken. */
    resets: (): number => forReaders.reduce((sum, { cuts }) => sum + cuts(), 0),
  };
}
