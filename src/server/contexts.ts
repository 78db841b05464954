import { GraphQLError, type DocumentNode } from 'graphql';
import { AuthenticationError } from '../access/authentication-error.js';
import type { Authenticator } from '../access/tokens.js';
import type { Context } from '../resolvers/context.js';
import { selectsFeedCursor } from '../resolvers/feed-head.js';
import { createLoaders } from '../resolvers/loaders.js';

/** What every context shares. */
export type Shared = Omit<Context, 'viewer' | 'loaders' | 'feedHead' | 'requestId'>;

/** Makes the context of an operation; the same for every transport. */
export type Contexts = {
  /** Throws a GraphQLError (UNAUTHENTICATED) when the caller is nobody we know. */
  readonly authenticate: (headers: CallerHeaders) => Promise<Context['viewer']>;
  readonly create: (viewer: Context['viewer'], requestId: string) => Context;
  /** Reads the head of the feed before the rest of an operation that asks for it. */
  readonly readFeedHead: (context: Context, document: DocumentNode, operationName: string | null) => Promise<void>;
};

export type CallerHeaders = { readonly authorization: string | undefined; readonly acceptLanguage: string | undefined };

export function createContexts(authenticator: Authenticator, shared: Shared): Contexts {
  return {
    authenticate: async ({ authorization, acceptLanguage }) => {
      try {
        const viewer = await authenticator.authenticate(authorization);
        return { ...viewer, locale: viewer.locale ?? firstLanguage(acceptLanguage) ?? 'en' };
      } catch (error) {
        if (!(error instanceof AuthenticationError)) throw error;
        throw new GraphQLError(error.message, {
          extensions: { code: 'UNAUTHENTICATED', http: { status: 401 }, reason: error.reason },
        });
      }
    },
    create: (viewer, requestId) => {
      let loaders: Context['loaders'] | null = null;
      return {
        ...shared,
        viewer,
        requestId,
        feedHead: null,
        // Most subscriptions never read anything by themselves.
        get loaders() {
          return (loaders ??= createLoaders({ ...shared, organizationId: viewer.organizationId }));
        },
      };
    },
    readFeedHead: async (context, document, operationName) => {
      if (!selectsFeedCursor(document, operationName)) return;
      context.feedHead = context.feedLog.head(context.viewer.organizationId);
      await context.feedHead;
    },
  };
}

function firstLanguage(header: string | undefined): string | null {
  return /^\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)/.exec(header ?? '')?.[1] ?? null;
}
