type Handlers = Readonly<Record<string, (argument: never) => unknown>>;
type Call = { readonly id: number; readonly method: string; readonly argument: never };

/** Answers the calls of the process that started this one, and ends with it, after `close`. */
export function serve(handlers: Handlers, close: () => Promise<void> = () => Promise.resolve()): void {
  const all: Handlers = { ready: () => true, usage, memory, footprint, ...handlers };
  process.on('message', ({ id, method, argument }: Call) => {
    void Promise.resolve()
      .then(() => all[method]?.(argument))
      .then(
        (answer) => process.send?.({ reply: { id, answer } }),
        (error: unknown) => process.send?.({ reply: { id, error: String(error) } }),
      );
  });
  process.on('disconnect', () => void close().finally(() => process.exit()));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
}

/** Tells the process that started this one. */
export function tell(news: unknown): void {
  process.send?.({ news });
}

/** Milliseconds of processor time so far. */
function usage(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Bytes that a process has: all that is resident, and what lives in its heap and outside of it. */
export type Footprint = { readonly resident: number; readonly heap: number; readonly outside: number };

/** As it is, or after collecting garbage. */
async function footprint(collected: boolean): Promise<Footprint> {
  for (let round = 0; collected && round < 3; round += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { resident: rss, heap: heapUsed, outside: external };
}

/** Resident bytes after collecting garbage. */
async function memory(): Promise<number> {
  return (await footprint(true)).resident;
}
