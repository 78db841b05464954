import { GraphQLError } from 'graphql';
import { limits, type Measure } from './limits.js';

/** Why an operation is not begun: what its caller is told, and the status where it came over HTTP. */
export type Refusal = {
  readonly status: number;
  readonly errors: readonly GraphQLError[];
  readonly headers?: Readonly<Record<string, string>>;
};

/** A refusal with one error. */
export function refused(
  status: number,
  code: string,
  message: string,
  { extensions = {}, headers }: { readonly extensions?: object; readonly headers?: Refusal['headers'] } = {},
): Refusal {
  return { status, errors: [new GraphQLError(message, { extensions: { code, ...extensions } })], headers };
}

const explained: Readonly<Record<Measure, string>> = {
  tokens: 'tokens',
  depth: 'levels of fields',
  aliases: 'aliases',
  directives: 'directives',
  rootFields: 'fields at its root',
  siblings: 'fields side by side',
  selections: 'fields once its fragments are laid out',
  cost: 'points of cost',
  variableValues: 'values in its variables',
  variableDepth: 'levels in its variables',
};

/** An operation that is more than a limit; `actual` is missing where it was not counted to the end. */
export function tooComplex(measure: Measure, actual: number | null): GraphQLError {
  const limit = limits[measure];
  const found = actual === null ? `has more than ${limit}` : `has ${actual}`;
  return new GraphQLError(`The operation ${found} ${explained[measure]}; ${limit} are allowed. Ask for less at once.`, {
    extensions: {
      code: 'QUERY_TOO_COMPLEX',
      measure,
      limit,
      ...(actual !== null && { actual }),
      ...(measure === 'cost' && { cost: actual }),
    },
  });
}
