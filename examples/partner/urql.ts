import { Client, fetchExchange, type Exchange } from '@urql/core';
import { map, pipe } from 'wonka';
import { OverviewDocument } from './generated/graphql.js';
import { publishedHash } from './published-hash.js';
import { settings } from './settings.js';

/** Gives each operation its hash; urql then leaves the text out. */
const byHash: Exchange =
  ({ forward }) =>
  (operations) =>
    pipe(
      operations,
      map((operation) => {
        const persistedQuery = { version: 1 as const, sha256Hash: publishedHash(operation.query) };
        return { ...operation, extensions: { ...operation.extensions, persistedQuery } };
      }),
      forward,
    );

const client = new Client({
  url: `${settings.url}/graphql`,
  fetchOptions: { headers: { authorization: `Bearer ${settings.key}` } },
  preferGetMethod: false,
  exchanges: [byHash, fetchExchange],
});

const { data, error } = await client.query(OverviewDocument, {});
if (error) throw error;
console.log(JSON.stringify(data));
