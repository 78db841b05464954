import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client/core/index.js';
import { createPersistedQueryLink } from '@apollo/client/link/persisted-queries/index.js';
import { AskForConsentDocument, FindContactDocument } from './generated/graphql.js';
import { publishedHash } from './published-hash.js';
import { settings } from './settings.js';

const [phone = '+12025550123', name = 'Ada Example'] = process.argv.slice(2);

const client = new ApolloClient({
  link: ApolloLink.from([
    // A hash that is not known stays unknown: the text would be refused.
    createPersistedQueryLink({ generateHash: publishedHash, retry: () => false, disable: () => false }),
    new HttpLink({ uri: `${settings.url}/graphql`, headers: { authorization: `Bearer ${settings.key}` } }),
  ]),
  cache: new InMemoryCache(),
});

const asked = await client.mutate({
  mutation: AskForConsentDocument,
  // Repeated with the same key, the mutation does nothing again and answers as the first time.
  variables: { input: { phone, name, idempotencyKey: `ask ${phone}` } },
});
const found = await client.query({ query: FindContactDocument, variables: { phone }, fetchPolicy: 'network-only' });
console.log(JSON.stringify({ asked: asked.data?.sendOptIn, contact: found.data.contactByPhone }));
client.stop();
