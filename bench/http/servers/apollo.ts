import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { serve } from '../../support/serve.js';
import { peerSchema } from '../operations.js';
import { openWork } from '../work.js';

// Apollo's own standalone server, as its documentation starts it.
const { contact, recordConsent, withdrawConsent } = await openWork(process.env);
const { url } = await startStandaloneServer(
  new ApolloServer({
    typeDefs: peerSchema,
    resolvers: {
      Query: { contact: (_root: unknown, args: never) => contact(args) },
      Mutation: {
        recordConsent: (_root: unknown, args: never) => recordConsent(args),
        withdrawConsent: (_root: unknown, args: never) => withdrawConsent(args),
      },
    },
  }),
  { listen: { port: 0, host: '127.0.0.1' } },
);
serve({ port: () => Number(new URL(url).port) });
