import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { urlToHttpOptions } from 'node:url';
import type { Post, Posted } from '../domain/ports/messaging-provider.js';

/** How long a connection that nobody uses is kept; a server that means to close it earlier says so. */
const IDLE_MS = 4_000;
/** Addresses that are remembered as they were read; each organization's channel has one. */
const ADDRESSES = 1_000;

/**
 * Posts and waits for the whole answer, so long in all. Connections are kept for what follows. It is certain that
 * nothing has left while no connection was made, names looked up and certificates checked.
 */
export function createPost({ timeoutMs }: { readonly timeoutMs: number }): Post {
  const kept = { keepAlive: true, timeout: IDLE_MS };
  const plain = { request: httpRequest, agent: new HttpAgent(kept), connected: 'connect' };
  const encrypted = { request: httpsRequest, agent: new HttpsAgent(kept), connected: 'secureConnect' };
  const addresses = new Map<string, ReturnType<typeof urlToHttpOptions>>();

  function addressOf(url: string): ReturnType<typeof urlToHttpOptions> {
    const known = addresses.get(url);
    if (known) return known;
    if (addresses.size >= ADDRESSES) addresses.clear();
    const address = urlToHttpOptions(new URL(url));
    addresses.set(url, address);
    return address;
  }

  return ({ url, headers, body }) =>
    new Promise((resolve) => {
      const address = addressOf(url);
      const { request, agent, connected } = address.protocol === 'https:' ? encrypted : plain;
      const length = Buffer.byteLength(body);
      const sent = request({ ...address, agent, method: 'POST', headers: { ...headers, 'content-length': length } });
      let mayHaveLeft = false;
      const finish = (posted: Posted): void => {
        clearTimeout(impatience);
        resolve(posted);
      };
      const lost = (): void => finish({ outcome: mayHaveLeft ? 'LOST' : 'NOT_SENT' });
      const impatience = setTimeout(() => {
        lost();
        sent.destroy();
      }, timeoutMs);

      sent.once('socket', (socket) => {
        if (!socket.connecting) mayHaveLeft = true;
        else socket.once(connected, () => (mayHaveLeft = true));
      });
      sent.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.once('end', () => finish({ outcome: 'ANSWERED', status: response.statusCode ?? 0, text }));
        response.on('error', lost);
      });
      sent.on('error', lost);
      sent.end(body);
    });
}
