import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '../../support/serve.js';
import { openWork } from '../work.js';

// node:http and nothing else: the body is read, the work is done, the answer is written. No GraphQL.
const work = await openWork(process.env);
const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    void answer(JSON.parse(Buffer.concat(parts).toString())).then((data) => {
      const body = JSON.stringify({ data });
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
        .end(body);
    });
  });
});

async function answer({ query, variables }: { readonly query: string; readonly variables: never }): Promise<object> {
  if (query.startsWith('query')) return { contact: await work.contact(variables) };
  if (query.includes('recordConsent')) return { recordConsent: await work.recordConsent(variables) };
  return { withdrawConsent: await work.withdrawConsent(variables) };
}

server.listen(0, '127.0.0.1', () => serve({ port: () => (server.address() as AddressInfo).port }));
