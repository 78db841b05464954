import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { ConsentFeedDocument, type ConsentFeedSubscription } from './generated/graphql.js';
import { publishedHash } from './published-hash.js';
import { settings } from './settings.js';

const client = createClient({
  url: `${settings.url.replace(/^http/, 'ws')}/graphql`,
  webSocketImpl: WebSocket,
  connectionParams: { authorization: `Bearer ${settings.key}` },
});

// The protocol wants a query: an empty one, beside the hash.
const items = client.iterate<ConsentFeedSubscription>({
  query: '',
  variables: { after: process.argv[2] },
  extensions: { persistedQuery: { version: 1, sha256Hash: publishedHash(ConsentFeedDocument) } },
});
for await (const { data, errors } of items) {
  if (errors) throw new Error(errors.map(({ message }) => message).join('\n'));
  console.log(JSON.stringify(data?.consentTransitions));
}
