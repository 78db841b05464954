import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * DEAF: nothing gets through, in either direction. MUTE: what the far side answers does not get through. SLOW: all of it
 * comes late.
 */
export type Trouble =
  { readonly kind: 'DEAF' } | { readonly kind: 'MUTE' } | { readonly kind: 'SLOW'; readonly byMs: number };

export type BadNetwork = {
  /** Where to connect to, instead of to the far side. */
  readonly port: number;
  /** Breaks all connections; how many there were. */
  readonly reset: () => number;
  /** From now on the connections that are open carry nothing, for good, and do not end either; how many there are. */
  readonly lose: () => number;
  /** From now on, for the connections that are open and those to come; null for none. What was kept back goes on. */
  readonly trouble: (trouble: Trouble | null) => void;
  readonly close: () => Promise<void>;
};

/** What lies between somebody and the port of somebody else. */
export async function startBadNetwork(farPort: number): Promise<BadNetwork> {
  const lines = new Set<ReturnType<typeof lineTo>>();
  let now: Trouble | null = null;
  const server = createServer((near) => {
    const line = lineTo(near, connect(farPort, '127.0.0.1'), () => now);
    lines.add(line);
    near.once('close', () => line.isLost() || lines.delete(line));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    reset: () => {
      const broken = [...lines];
      for (const line of broken) line.reset();
      return broken.length;
    },
    lose: () => {
      const open = [...lines].filter((line) => !line.isLost());
      for (const line of open) line.lose();
      return open.length;
    },
    trouble: (trouble) => {
      now = trouble;
      for (const line of lines) line.goOn();
    },
    close: async () => {
      for (const line of lines) line.reset();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function lineTo(near: Socket, far: Socket, trouble: () => Trouble | null) {
  let isLost = false;
  const there = wire(near, far, () => isLost || trouble()?.kind === 'DEAF');
  const back = wire(far, near, () => isLost || ['DEAF', 'MUTE'].includes(trouble()?.kind ?? ''));

  function wire(from: Socket, to: Socket, isCut: () => boolean) {
    const kept: { readonly piece: Buffer | 'END'; due: boolean }[] = [];

    function goOn(): void {
      while (kept[0]?.due && !isCut() && !to.destroyed) {
        const { piece } = kept.shift() ?? {};
        if (piece === 'END') to.end();
        else if (piece) to.write(piece);
      }
    }
    /** Nothing overtakes what is late already. */
    function take(piece: Buffer | 'END'): void {
      const found = trouble();
      const next = { piece, due: found?.kind !== 'SLOW' };
      kept.push(next);
      if (found?.kind === 'SLOW') {
        setTimeout(() => {
          next.due = true;
          goOn();
        }, found.byMs);
      }
      goOn();
    }
    from.on('data', take);
    from.on('end', () => take('END'));
    return { goOn };
  }

  function reset(): void {
    near.resetAndDestroy();
    far.resetAndDestroy();
  }
  for (const side of [near, far]) side.on('error', reset);
  // Through a network that carries nothing neither side learns that the other is gone.
  near.once('close', () => isLost || far.destroy());
  far.once('close', () => isLost || near.destroySoon());
  return {
    reset,
    isLost: () => isLost,
    lose: () => {
      isLost = true;
    },
    goOn: () => {
      there.goOn();
      back.goOn();
    },
  };
}
