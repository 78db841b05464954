/** How many sockets a server carries. */
export type SocketLimits = {
  readonly inTotal: number;
  readonly ofCaller: number;
  /** Sockets of one remote address whose caller is not known yet. Behind a proxy all have the address of the proxy. */
  readonly unknownOfAddress: number;
};

export const SOCKET_LIMITS: SocketLimits = { inTotal: 20_000, ofCaller: 100, unknownOfAddress: 1_000 };

/** A socket that was let in: it counts until it is gone. */
export type Admission = {
  /** Counts it for its caller; false when the caller has as many as it may. */
  readonly isFor: (caller: string) => boolean;
  /** May be told more than once. */
  readonly gone: () => void;
};

/** What is counted on one server. */
type Counts = {
  readonly limits: SocketLimits;
  readonly callers: Map<string, number>;
  readonly addresses: Map<string, number>;
  total: number;
};

/** A class for the sake of memory, as `Peer` is. */
class Entry implements Admission {
  /** Where it is counted, and under which name; null once it is gone. */
  private place: Map<string, number> | null;

  constructor(
    private readonly counts: Counts,
    private name: string,
  ) {
    this.place = counts.addresses;
  }

  isFor(caller: string): boolean {
    const { callers, limits } = this.counts;
    if (this.place === null || !take(callers, caller, limits.ofCaller)) return false;
    release(this.place, this.name);
    this.place = callers;
    this.name = caller;
    return true;
  }

  gone(): void {
    if (this.place === null) return;
    release(this.place, this.name);
    this.place = null;
    this.counts.total -= 1;
  }
}

/** Counts sockets, so that neither a flood of them nor one caller takes the place of all others. */
export function createSocketAdmission(limits: SocketLimits = SOCKET_LIMITS) {
  const counts: Counts = { limits, callers: new Map(), addresses: new Map(), total: 0 };

  return {
    count: (): number => counts.total,
    /** Null when there is no room. */
    admit(address: string): Admission | null {
      if (counts.total >= limits.inTotal || !take(counts.addresses, address, limits.unknownOfAddress)) return null;
      counts.total += 1;
      return new Entry(counts, address);
    },
  };
}

function take(counts: Map<string, number>, name: string, most: number): boolean {
  const taken = counts.get(name) ?? 0;
  if (taken < most) counts.set(name, taken + 1);
  return taken < most;
}

function release(counts: Map<string, number>, name: string): void {
  const left = (counts.get(name) ?? 1) - 1;
  if (left > 0) counts.set(name, left);
  else counts.delete(name);
}
