import { ApolloServer, HeaderMap, type ApolloServerPlugin, type GraphQLResponse } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { parse, type GraphQLSchema } from 'graphql';
import type { Refusal } from '../access/operation-refused.js';
import type { Logger } from '../domain/ports/logger.js';
import { formatError } from './format-error.js';
import { noticeHeaders, type Operation, type Operations } from './operations.js';
import type { Admitted } from '../access/admission.js';
import type { Context } from '../resolvers/context.js';

/** What a request over HTTP has become before Apollo looks at its document. */
export type HttpContext = {
  readonly requestId: string;
  readonly viewer: Context['viewer'];
  /** Null for a request that has no operation; Apollo says what is wrong with it. */
  readonly admission: Admitted | Refusal | null;
};

/** Stands for every document: what was admitted is executed as it was admitted, without being parsed a second time. */
const STAND_IN = '{ __typename }';
const standIn = parse(STAND_IN);

/** GraphQL over HTTP as Apollo speaks it: methods, media types, statuses, protection from forged requests. */
export function createGraphQLServer(options: {
  readonly schema: GraphQLSchema;
  readonly operations: Operations;
  readonly production: boolean;
  readonly log: Logger;
}): ApolloServer<HttpContext> {
  const { schema, operations, production, log } = options;
  return new ApolloServer<HttpContext>({
    schema,
    introspection: !production,
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    documentStore: {
      get: () => Promise.resolve(standIn),
      set: () => Promise.resolve(),
      delete: () => Promise.resolve(false),
    },
    plugins: [ApolloServerPluginCacheControlDisabled(), carryOut(operations, log)],
  });
}

function carryOut(operations: Operations, log: Logger): ApolloServerPlugin<HttpContext> {
  return {
    unexpectedErrorProcessingRequest: ({ error }) => {
      log.error({ err: error }, 'a request could not be processed');
      return Promise.resolve();
    },
    requestDidStart: ({ request }) => {
      Object.assign(request, {
        query: STAND_IN,
        operationName: undefined,
        variables: undefined,
        extensions: undefined,
      });
      return Promise.resolve({
        responseForOperation: async ({ contextValue: { admission, viewer, requestId } }) => {
          if (admission === null) throw new Error('an operation that was not admitted');
          if ('errors' in admission) return refusalOf(admission, requestId, log);
          const operation = operations.begin(admission, viewer, requestId);
          return answerOf(await operation.run(), noticeHeaders(admission.published));
        },
      });
    },
  };
}

function answerOf(
  { status, result }: Awaited<ReturnType<Operation['run']>>,
  headers: Readonly<Record<string, string>>,
): GraphQLResponse {
  return {
    http: { status: status === 200 ? undefined : status, headers: new HeaderMap(Object.entries(headers)) },
    body: { kind: 'single', singleResult: result },
  };
}

function refusalOf({ status, errors, headers = {} }: Refusal, requestId: string, log: Logger): GraphQLResponse {
  const result = { errors: errors.map((error) => formatError(error, requestId, log)) };
  return answerOf({ status, result }, headers);
}
