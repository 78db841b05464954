import { request, type IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { tokenOf } from '../fanout/tokens.js';
import type { Item } from './ledger.js';

/** One subscription on a connection of its own. */
export type Connection = {
  /** Reads nothing more from the socket, until it reads on. */
  readonly pause: () => void;
  readonly resume: () => void;
};

export type Subscriber = {
  readonly port: number;
  readonly name: string;
  readonly after: string | null;
  readonly heard: (item: Item) => void;
  /** Told once, with the close code or what else there is to say. */
  readonly closed: (how: string) => void;
};

export type Connect = (subscriber: Subscriber) => Connection;

const query = `subscription ($after: Cursor) {
  consentTransitions(after: $after) {
    __typename
    ... on ConsentTransition { cursor eventId contactVersion from to cause occurredAt recordedAt }
    ... on FeedCheckpoint { cursor }
  }
}`;

type Payload = {
  readonly data?: { readonly consentTransitions: Item } | null;
  readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[];
};

export const byWebSocket: Connect = ({ port, name, after, heard, closed }) => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws');
  const send = (message: object): void => socket.send(JSON.stringify(message));
  let told = '';
  socket.on('open', () => send({ type: 'connection_init', payload: { authorization: `Bearer ${tokenOf(name)}` } }));
  socket.on('message', (data: Buffer) => {
    const { type, payload } = JSON.parse(data.toString()) as { type: string; payload: Payload };
    if (type === 'connection_ack') send({ id: '1', type: 'subscribe', payload: { query, variables: { after } } });
    if (type !== 'next') return;
    if (payload.data) heard(payload.data.consentTransitions);
    else told = `${payload.errors?.[0]?.extensions?.code ?? 'an error'}, `;
  });
  socket.on('error', () => undefined);
  socket.on('close', (code) => closed(`${told}${code}`));
  return { pause: () => socket.pause(), resume: () => socket.resume() };
};

export const byEventStream: Connect = ({ port, name, after, heard, closed }) => {
  const headers = {
    accept: 'text/event-stream',
    'content-type': 'application/json',
    authorization: `Bearer ${tokenOf(name)}`,
    ...(after !== null && { 'last-event-id': after }),
  };
  const asked = request({ port, host: '127.0.0.1', path: '/graphql/stream', method: 'POST', agent: false, headers });
  let rest = '';
  let answer: IncomingMessage | null = null;
  asked.on('response', (response) => {
    answer = response;
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      const events = (rest + text).split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) {
        const data = /^data: (.+)$/m.exec(event)?.[1];
        const item = data === undefined ? null : (JSON.parse(data) as Payload).data;
        if (item) heard(item.consentTransitions);
      }
    });
    response.on('error', () => undefined);
    response.on('close', () => closed(response.complete ? 'complete' : 'ended without complete'));
  });
  asked.on('error', () => undefined);
  asked.end(JSON.stringify({ query }));
  return { pause: () => answer?.pause(), resume: () => answer?.resume() };
};
