import { createHash } from 'node:crypto';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

/** JSON that a test asked for; a wrong shape fails its assertions. */
type Json = ReturnType<typeof JSON.parse>;

/** An operation as its caller sends it. */
export type Ask = {
  readonly query?: string;
  readonly documentId?: string;
  readonly extensions?: object;
  readonly variables?: object;
  readonly operationName?: string;
};

/** What came back first: the status where there is one, and the result. */
export type Answered = { readonly status: number | null; readonly headers: Headers; readonly result: Json };

export type Transport = (server: { readonly url: string; readonly token: string }, ask: Ask) => Promise<Answered>;

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const authorized = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

function search(ask: Ask): string {
  const given = Object.entries(ask).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return new URLSearchParams(given).toString();
}

async function answered(response: Response): Promise<Answered> {
  return { status: response.status, headers: response.headers, result: await response.json() };
}

/** The first result of a stream, or the error in its place. */
async function streamed(response: Response): Promise<Answered> {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return answered(response);
  let text = '';
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    text += decoder.decode(part.value, { stream: true });
    const data = /event: next\ndata: (.*)\n\n/.exec(text)?.[1];
    if (data === undefined) continue;
    await reader?.cancel();
    return { status: response.status, headers: response.headers, result: JSON.parse(data) };
  }
  throw new Error(`the stream ended without a result: ${text}`);
}

const json = { 'content-type': 'application/json' };

/** Every way to run an operation. Those that are addresses of a document alone send its hash and no text. */
export const transports = {
  POST: async ({ url, token }, ask) =>
    answered(
      await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { ...json, ...authorized(token) },
        body: JSON.stringify(ask),
      }),
    ),
  GET: async ({ url, token }, ask) =>
    answered(await fetch(`${url}/graphql?${search(ask)}`, { headers: { ...json, ...authorized(token) } })),
  'a stream by POST': async ({ url, token }, ask) =>
    streamed(
      await fetch(`${url}/graphql/stream`, {
        method: 'POST',
        headers: { ...json, ...authorized(token), accept: 'text/event-stream' },
        body: JSON.stringify(ask),
      }),
    ),
  'a stream by GET': async ({ url, token }, ask) =>
    streamed(
      await fetch(`${url}/graphql/stream?${search(ask)}`, {
        headers: { ...authorized(token), accept: 'text/event-stream' },
      }),
    ),
  'a WebSocket': async ({ url, token }, { query = '', documentId, extensions, variables, operationName }) => {
    const client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: authorized(token),
      retryAttempts: 0,
    });
    const payload = {
      query,
      operationName,
      variables: variables as Record<string, unknown>,
      extensions: documentId === undefined ? (extensions as Record<string, unknown>) : { documentId },
    };
    try {
      const result = await new Promise<Json>((resolve, reject) => {
        const stop = client.subscribe(payload, {
          next: (value) => {
            resolve(value);
            stop();
          },
          error: (error) => (Array.isArray(error) ? resolve({ errors: error }) : reject(new Error(String(error)))),
          complete: () => reject(new Error('completed without a result')),
        });
      });
      return { status: null, headers: new Headers(), result };
    } finally {
      await client.dispose();
    }
  },
} satisfies Record<string, Transport>;

/** A published document at its own address, with no header but who is calling. */
export const ownAddress: Transport = async ({ url, token }, { documentId = '', ...ask }) =>
  answered(await fetch(`${url}/graphql/d/${documentId}?${search(ask)}`, { headers: authorized(token) }));
