import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * How long a connection lives: so many bytes from the server. Then it is reset, which loses what was under way, or ends
 * like any other, wherever in a message that may be.
 */
export type Lifetime = { readonly bytes: number; readonly how: 'RESET' | 'END' };

export type TcpProxy = {
  readonly url: string;
  /** How many connections it has broken, in the middle of what the server said. */
  readonly cuts: () => number;
  /** From now on no connection is broken. */
  readonly calm: () => void;
  readonly close: () => Promise<void>;
};

/**
 * Stands before the server that `port` names at the time of each connection, and breaks every connection once it has
 * carried the bytes of its lifetime. It waits for a reader that is slow, as any network does.
 */
export async function startTcpProxy(options: {
  readonly port: () => number | null;
  readonly lifetime: () => Lifetime;
}): Promise<TcpProxy> {
  const { port, lifetime } = options;
  const open = new Set<Socket>();
  let isCalm = false;
  let cuts = 0;

  const server = createServer((near) => {
    open.add(near);
    near.on('error', () => undefined);
    const to = port();
    if (to === null) return void near.resetAndDestroy();
    const { bytes, how } = lifetime();
    const far = connect(to, '127.0.0.1');
    let left = bytes;

    function cut(last: Buffer): void {
      cuts += 1;
      far.destroy();
      if (how === 'RESET') return void near.resetAndDestroy();
      near.write(last);
      near.destroySoon();
    }

    near.pipe(far);
    far.on('data', (said) => {
      if (!isCalm && said.length >= left) return cut(said.subarray(0, left));
      left -= said.length;
      if (!near.write(said)) far.pause();
    });
    near.on('drain', () => far.resume());
    far.on('error', () => near.resetAndDestroy());
    far.on('close', () => near.destroySoon());
    near.on('close', () => {
      open.delete(near);
      far.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: () => cuts,
    calm: () => {
      isCalm = true;
    },
    close: async () => {
      for (const near of open) near.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
