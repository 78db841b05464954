import type { NodeConnectionOptions } from '@nats-io/transport-node';

/** What a URL says, or several with commas between; its credentials go no further than the handshake. */
export function addressOf(text: string): Pick<NodeConnectionOptions, 'servers' | 'user' | 'pass' | 'token' | 'tls'> {
  const urls = text.split(',').map((url) => new URL(url.trim()));
  const { username = '', password = '' } = urls.find((url) => url.username !== '') ?? {};
  const credentials =
    password === '' ? { token: decoded(username) } : { user: decoded(username), pass: decoded(password) };
  return {
    servers: urls.map(({ host }) => host),
    ...(username !== '' && credentials),
    ...(urls.some(({ protocol }) => protocol === 'tls:') && { tls: {} }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
