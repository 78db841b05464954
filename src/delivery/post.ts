import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Post, Posted } from '../domain/ports.js';

/** How long a connection that nobody uses is kept; a server that means to close it earlier says so. */
const IDLE_MS = 4_000;

/**
 * Posts and waits for the whole answer, so long in all. Connections are kept for what follows. It is certain that
 * nothing has left while no connection was made, names looked up and certificates checked.
 */
export function createPost({ timeoutMs }: { readonly timeoutMs: number }): Post {
  const kept = { keepAlive: true, timeout: IDLE_MS };
  const plain = { request: httpRequest, agent: new HttpAgent(kept), connected: 'connect' };
  const encrypted = { request: httpsRequest, agent: new HttpsAgent(kept), connected: 'secureConnect' };

  return ({ url, headers, body }) =>
    new Promise((resolve) => {
      const address = new URL(url);
      const { request, agent, connected } = address.protocol === 'https:' ? encrypted : plain;
      const options = { agent, method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) } };
      const sent = request(address, options);
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
