import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import mercurius, { type IResolvers } from 'mercurius';
import { serve } from '../../support/serve.js';
import { peerSchema } from '../operations.js';
import { openWork } from '../work.js';

// Mercurius with its just-in-time compiler, on Fastify.
const { contact, recordConsent, withdrawConsent } = await openWork(process.env);
const app = Fastify();
await app.register(mercurius, {
  schema: peerSchema,
  jit: 1,
  resolvers: {
    Query: { contact: (_root: unknown, args: never) => contact(args) },
    Mutation: {
      recordConsent: (_root: unknown, args: never) => recordConsent(args),
      withdrawConsent: (_root: unknown, args: never) => withdrawConsent(args),
    },
  } as IResolvers,
});
await app.listen({ port: 0, host: '127.0.0.1' });
serve({ port: () => (app.server.address() as AddressInfo).port });
