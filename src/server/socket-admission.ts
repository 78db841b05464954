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

/** Counts sockets, so that neither a flood of them nor one caller takes the place of all others. */
export function createSocketAdmission(limits: SocketLimits = SOCKET_LIMITS) {
  const callers = new Map<string, number>();
  const addresses = new Map<string, number>();
  let total = 0;

  return {
    count: (): number => total,
    /** Null when there is no room. */
    admit(address: string): Admission | null {
      if (total >= limits.inTotal || !take(addresses, address, limits.unknownOfAddress)) return null;
      total += 1;
      let leave: (() => void) | null = () => release(addresses, address);
      return {
        isFor: (caller) => {
          if (leave === null || !take(callers, caller, limits.ofCaller)) return false;
          leave();
          leave = () => release(callers, caller);
          return true;
        },
        gone: () => {
          if (leave === null) return;
          leave();
          leave = null;
          total -= 1;
        },
      };
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
