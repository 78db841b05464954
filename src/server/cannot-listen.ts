const PROBLEMS: Readonly<Record<string, (place: Place) => string>> = {
  EADDRINUSE: ({ port }) => `PORT should be a free port: something listens at ${port} already.`,
  EACCES: ({ port }) => `PORT should be a port that this account may listen at, which ${port} is not.`,
  EADDRNOTAVAIL: ({ host }) =>
    `HOST should be an address of this machine, which ${host} is not, for example 127.0.0.1.`,
  ENOTFOUND: ({ host }) => `HOST should be an address of this machine, which ${host} is not, for example 127.0.0.1.`,
};

type Place = { readonly port: number; readonly host: string };

/** Why the server can't listen there, in the words of the settings; what is no matter of them is handed back. */
export function cannotListen(error: unknown, place: Place): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const say = PROBLEMS[String(error.code)];
  return say ? new Error(say(place), { cause: error }) : error;
}
