import { cpus, loadavg, release, totalmem } from 'node:os';
import { canPin } from './worker.js';

/** The server has the first core; whatever measures it has the others. */
export const serverCore = '0';
export const clientCores = cpus().length > 1 ? `1-${cpus().length - 1}` : '0';
/** Where nobody has a core of its own. */
export const anyCore = `0-${cpus().length - 1}`;

/** What the figures were measured on. */
export function describeMachine(postgresVersion: string, { bound = true } = {}): readonly string[] {
  const load = loadavg()[0] ?? NaN;
  const busy = load > cpus().length / 2;
  return [
    `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
    `Node ${process.versions.node}, PostgreSQL ${postgresVersion} (embedded: fsync and synchronous_commit on)`,
    canPin && bound
      ? `server on core ${serverCore}, clients on core ${clientCores}`
      : 'processes are not bound to cores',
    `load average at start ${load.toFixed(2)}${busy ? ': the machine is busy, take no figure of this run for granted' : ''}`,
  ];
}
