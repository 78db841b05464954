type Handlers = Readonly<Record<string, (argument: never) => unknown>>;
type Call = { readonly id: number; readonly method: string; readonly argument: never };

/** Answers the calls of the process that started this one, and ends with it, after `close`. */
export function serve(handlers: Handlers, close: () => Promise<void> = () => Promise.resolve()): void {
  const all: Handlers = { ready: () => true, usage, memory, ...handlers };
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

/** Resident bytes after collecting garbage. */
async function memory(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage.rss();
}
