import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { GraphQLError, OperationTypeNode, type GraphQLSchema } from 'graphql';
import type { Logger } from '../domain/ports.js';
import type { Context } from '../resolvers/context.js';
import type { Contexts } from './contexts.js';
import { MAX_TOKENS } from './documents.js';
import { formatError, isFault } from './format-error.js';

/** GraphQL over HTTP: queries and mutations; subscriptions have transports of their own. */
export function createGraphQLServer(options: {
  readonly schema: GraphQLSchema;
  readonly contexts: Contexts;
  readonly production: boolean;
  readonly log: Logger;
}): ApolloServer<Context> {
  const { schema, contexts, production, log } = options;
  return new ApolloServer<Context>({
    schema,
    introspection: !production,
    hideSchemaDetailsFromClientErrors: production,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    plugins: [ApolloServerPluginCacheControlDisabled(), rules(contexts, log)],
    formatError: (formatted, error) => {
      // The library gives every error of validation its own code, also one about a value that a scalar can't read.
      if (formatted.extensions?.['scalar'] !== undefined) {
        return { ...formatted, extensions: { ...formatted.extensions, code: 'BAD_USER_INPUT' } };
      }
      const requestId = formatted.extensions?.['requestId'];
      if (!(error instanceof GraphQLError) || typeof requestId !== 'string') return formatted;
      return formatError(error, requestId, log);
    },
  });
}

function rules(contexts: Contexts, log: Logger): ApolloServerPlugin<Context> {
  return {
    unexpectedErrorProcessingRequest: ({ error }) => {
      log.error({ err: error }, 'a request could not be processed');
      return Promise.resolve();
    },
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation: async ({ operation, document, operationName, contextValue }) => {
          if (operation?.operation === OperationTypeNode.SUBSCRIPTION) {
            throw new GraphQLError(
              'Subscriptions are served over WebSocket on /graphql and as a stream on /graphql/stream.',
              {
                extensions: { code: 'BAD_REQUEST', http: { status: 405 } },
              },
            );
          }
          await contexts.readFeedHead(contextValue, document, operationName);
        },
        didEncounterErrors: ({ errors, contextValue }) => {
          for (const error of errors) {
            if (isFault(error)) error.extensions['requestId'] = contextValue.requestId;
          }
          return Promise.resolve();
        },
      }),
  };
}
