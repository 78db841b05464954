import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPost } from '../../src/delivery/post.js';

const post = createPost({ timeoutMs: 10_000 });
const request = (port: number, scheme = 'http') => ({
  url: `${scheme}://127.0.0.1:${port}/v1/messages?from=here`,
  headers: { 'content-type': 'application/json', authorization: 'Bearer one' },
  body: '{"text":"välkommen"}',
});

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const answering = (listener: RequestListener): Promise<number> => portOf(createServer(listener));

describe('a post', () => {
  it('brings the whole answer, and is sent as it was given', async () => {
    const port = await answering((incoming, response) => {
      let body = '';
      incoming.setEncoding('utf8').on('data', (part: string) => (body += part));
      incoming.on('end', () => {
        const { method, url, headers } = incoming;
        const { authorization, 'content-type': type, 'content-length': length } = headers;
        response.writeHead(201).end(JSON.stringify({ method, url, authorization, type, length, body }));
      });
    });
    const posted = await post(request(port));
    expect(posted).toMatchObject({ outcome: 'ANSWERED', status: 201 });
    expect(posted.outcome === 'ANSWERED' && JSON.parse(posted.text)).toEqual({
      method: 'POST',
      url: '/v1/messages?from=here',
      authorization: 'Bearer one',
      type: 'application/json',
      length: '21',
      body: '{"text":"välkommen"}',
    });
  });

  it('goes where it was told, and is not led elsewhere', async () => {
    const port = await answering((_incoming, response) => response.writeHead(302, { location: '/elsewhere' }).end());
    expect(await post(request(port))).toEqual({ outcome: 'ANSWERED', status: 302, text: '' });
  });

  it('uses the connection of the one before', async () => {
    const ports = new Set<number | undefined>();
    const port = await answering((incoming, response) => {
      ports.add(incoming.socket.remotePort);
      incoming.resume().on('end', () => response.end('{}'));
    });
    for (let time = 0; time < 3; time += 1) await post(request(port));
    expect(ports.size).toBe(1);
  });
});

describe('a post that brings no answer', () => {
  it('was not sent where nothing listens', async () => {
    expect(await post(request(1))).toEqual({ outcome: 'NOT_SENT' });
  });

  it('was not sent where the handshake fails, or the certificate', async () => {
    const plain = await answering((_incoming, response) => response.end());
    expect(await post(request(plain, 'https'))).toEqual({ outcome: 'NOT_SENT' });

    let heard = 0;
    const server = createTlsServer(selfSigned, (_incoming, response) => {
      heard += 1;
      response.end();
    });
    expect(await post(request(await portOf(server), 'https'))).toEqual({ outcome: 'NOT_SENT' });
    expect(heard).toBe(0);
  });

  it('was not sent while the handshake takes longer than there is time', async () => {
    const silent = createTcpServer(() => undefined);
    const port = await portOf(silent);
    expect(await createPost({ timeoutMs: 100 })(request(port, 'https'))).toEqual({ outcome: 'NOT_SENT' });
  });

  it('is lost when the connection ends after it was made, or amid the answer', async () => {
    const ends = createTcpServer((socket) => void socket.once('data', () => socket.destroy()));
    expect(await post(request(await portOf(ends)))).toEqual({ outcome: 'LOST' });
    const begins = createTcpServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"messages"', () => socket.destroy());
      });
    });
    expect(await post(request(await portOf(begins)))).toEqual({ outcome: 'LOST' });
  });

  it('is lost when the answer takes longer than there is time', async () => {
    const port = await answering(() => undefined);
    expect(await createPost({ timeoutMs: 1_000 })(request(port))).toEqual({ outcome: 'LOST' });
  });
});

/** Signed by nobody but itself, so nobody trusts it. */
const selfSigned = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgOGwp4hYksX2PHFf+
Y1wrLZ3CHwpOUDSIgviVmmYzZ3OhRANCAATcUjHekuzEleee2CYQ+4vm9dr+Gvv3
I/uBmX+3znV6VQC9L92lo9VkmpvSOh+IB1ddWSsxjP45a0633qlpMG/p
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBijCCAS+gAwIBAgIUC9R9YeKUijmZFss6oNrPkgqxcbAwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwObm9ib2R5LmludmFsaWQwIBcNMjYxMTIyMjMxNDIyWhgPMjEy
NjEwMjkyMzE0MjJaMBkxFzAVBgNVBAMMDm5vYm9keS5pbnZhbGlkMFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAE3FIx3pLsxJXnntgmEPuL5vXa/hr79yP7gZl/t851
elUAvS/dpaPVZJqb0jofiAdXXVkrMYz+OWtOt96paTBv6aNTMFEwHQYDVR0OBBYE
FGt1EVmBsNdVG1f+DBeFqD67yNRAMB8GA1UdIwQYMBaAFGt1EVmBsNdVG1f+DBeF
qD67yNRAMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAMQtdXdD
MjEzMOT4le01i2d1nTcCHOGJYVjhLwyz5L8dAiEAppNKXn7h2jhqnzL7mmCu6oes
7nLpK7o3EOhmJgdkvQI=
-----END CERTIFICATE-----`,
};
