import { GraphQLError, type DocumentNode } from 'graphql';
import { HeaderMap } from '@apollo/server';
import { AuthenticationError, AuthenticationUnavailableError } from '../access/authentication-error.js';
import type { Authenticator } from '../access/tokens.js';
import type { Context } from '../resolvers/context.js';
import { selectsFeedCursor } from '../resolvers/feed-head.js';
import { createLoaders } from '../resolvers/loaders.js';

/** What every context shares. */
export type Shared = Omit<Context, 'viewer' | 'loaders' | 'feedHead' | 'requestId'>;

/** Makes the context of an operation; the same for every transport. */
export type Contexts = {
  /**
   * Throws a GraphQLError when the caller is nobody we know (UNAUTHENTICATED), or when that can't be told now
   * (SERVICE_UNAVAILABLE): then the caller may well be good.
   */
  readonly authenticate: (headers: CallerHeaders) => Promise<Context['viewer']>;
  /** For each caller that was let in before, in their order, whether they may stay. */
  readonly stillValid: Authenticator['stillValid'];
  /** Once it is stopped, whatever would begin more of the operation throws the reason. */
  readonly create: (viewer: Context['viewer'], requestId: string, options?: ContextOptions) => Context;
  /** Reads the head of the feed before the rest of an operation that asks for it. */
  readonly readFeedHead: (context: Context, document: DocumentNode, operationName: string | null) => Promise<void>;
};

export type ContextOptions = {
  readonly stop?: { readonly reason: Error | null };
  /** The feed in another way, such as resumed. */
  readonly feed?: (shared: Pick<Context, 'feed' | 'cursors'>) => Context['feed'];
};

export type CallerHeaders = { readonly authorization: string | undefined; readonly acceptLanguage: string | undefined };

const RETRY_AFTER_MS = 1_000;

export function createContexts(authenticator: Authenticator, shared: Shared): Contexts {
  return {
    authenticate: async ({ authorization, acceptLanguage }) => {
      try {
        const viewer = await authenticator.authenticate(authorization);
        return { ...viewer, locale: viewer.locale ?? firstLanguage(acceptLanguage) ?? 'en' };
      } catch (error) {
        if (error instanceof AuthenticationUnavailableError) throw unavailable(error.message);
        if (!(error instanceof AuthenticationError)) throw error;
        throw new GraphQLError(error.message, {
          extensions: { code: 'UNAUTHENTICATED', http: { status: 401 }, reason: error.reason },
        });
      }
    },
    stillValid: (callers) => authenticator.stillValid(callers),
    create: (viewer, requestId, { stop, feed } = {}) => {
      let loaders: Context['loaders'] | null = null;
      const unlessStopped = <Port>(port: Port): Port => {
        if (stop?.reason) throw stop.reason;
        return port;
      };
      return {
        ...shared,
        feed: feed ? feed(shared) : shared.feed,
        get core() {
          return unlessStopped(shared.core);
        },
        get readers() {
          return unlessStopped(shared.readers);
        },
        get attestations() {
          return unlessStopped(shared.attestations);
        },
        get feedLog() {
          return unlessStopped(shared.feedLog);
        },
        viewer,
        requestId,
        feedHead: null,
        // Most subscriptions never read anything by themselves.
        get loaders() {
          return unlessStopped((loaders ??= createLoaders({ ...shared, organizationId: viewer.organizationId })));
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

function unavailable(message: string): GraphQLError {
  const error = new GraphQLError(message, {
    extensions: { code: 'SERVICE_UNAVAILABLE', retryAfterMs: RETRY_AFTER_MS },
  });
  // As Apollo reads it, which is not what other packages declare for this name.
  const headers = new HeaderMap([['retry-after', String(RETRY_AFTER_MS / 1_000)]]);
  Object.assign(error.extensions, { http: { status: 503, headers } });
  return error;
}

function firstLanguage(header: string | undefined): string | null {
  return /^\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)/.exec(header ?? '')?.[1] ?? null;
}
