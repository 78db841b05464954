import type { AddressInfo } from 'node:net';

export type Address = ReturnType<typeof createAddress>;

/** Where this server is reached. Its own address is empty until it listens. */
export function createAddress(publicUrl: string | null) {
  let own = '';
  return {
    own: (): string => own,
    /** As the outside reaches it. */
    public: (): string => publicUrl ?? own,
    listensAt: (info: AddressInfo): void => {
      own = `http://${hostOf(info)}`;
    },
  };
}

function hostOf({ address, family, port }: AddressInfo): string {
  const reachable = address === '0.0.0.0' || address === '::' ? 'localhost' : address;
  return family === 'IPv6' && reachable !== 'localhost' ? `[${reachable}]:${port}` : `${reachable}:${port}`;
}
