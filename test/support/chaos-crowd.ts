import { chanceOf } from './chance.js';
import type { ChaosNetwork } from './chaos-network.js';
import { followByEvents, followBySocket, type Reader, type ReaderOptions } from './chaos-readers.js';
import type { ChaosScene } from './chaos-scene.js';
import type { AtEnd } from './server-process.js';

const SOCKETS_PER_PROXY = 2;
const BACK_OFF_MS = 40;

/** Readers by every way to every server, all from before the first transition on. */
export function gatherCrowd(
  atEnd: AtEnd,
  { scene, network, seed }: { scene: ChaosScene; network: ChaosNetwork; seed: number },
) {
  let farthest = 0;
  let longestStallMs = 0;
  let movedAt: number | null = null;

  const optionsOf = (name: string, url: string): ReaderOptions => {
    const waits = chanceOf(seed, name);
    const backOff = () => waits.below(BACK_OFF_MS);
    return { name, url, token: scene.token, after: scene.start, backOff, moved };
  };
  function moved(count: number): void {
    if (count <= farthest) return;
    const now = performance.now();
    if (movedAt !== null) longestStallMs = Math.max(longestStallMs, now - movedAt);
    movedAt = now;
    farthest = count;
  }

  const pausing = followBySocket({ ...optionsOf('the one that pauses', network.steady), largeMessages: true });
  const readers: readonly Reader[] = [
    pausing,
    followBySocket(optionsOf('the one that only servers leave', network.steady)),
    ...network.forReaders.flatMap((url, way) =>
      Array.from({ length: SOCKETS_PER_PROXY }, (_, number) =>
        followBySocket(optionsOf(`socket ${number} on way ${way}`, url)),
      ),
    ),
    ...network.forReaders.slice(0, 2).map((url, way) => followByEvents(optionsOf(`events on way ${way}`, url))),
  ];
  atEnd(async () => void (await Promise.all(readers.map(({ close }) => close()))));

  return {
    readers,
    pausing,
    /** How many transitions the reader that is farthest has seen. */
    farthest: (): number => farthest,
    /** The longest time, between the first transition and the last, in which no reader got any further. */
    longestStallMs: (): number => Math.round(longestStallMs),
    /** Throws what ended a reader before its time. */
    check: (): void => {
      for (const { name, failure } of readers) {
        if (failure() !== null) throw new Error(`${name} failed`, { cause: failure() });
      }
    },
  };
}
