import { getIntrospectionQuery, Kind } from 'graphql';
import { describe, expect, it } from 'vitest';
import { costOf } from '../../src/access/document-cost.js';
import { readDocument } from '../../src/access/document-rules.js';
import { createDocuments } from '../../src/access/documents.js';
import { buildAssentSchema } from '../../src/resolvers/build-schema.js';

const schema = buildAssentSchema();
const read = (text: string, revealsSchema = true) => readDocument(text, { schema, revealsSchema });

function cost(text: string, variables: Readonly<Record<string, unknown>> = {}): number {
  const { document } = read(text);
  const operation = document?.definitions[0];
  if (!document || operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
  return costOf(schema, document, operation, variables);
}

describe('a document', () => {
  it('of the tools that show a schema is within the limits, for people', () => {
    const text = getIntrospectionQuery({ descriptions: true, specifiedByUrl: true, inputValueDeprecation: true });
    expect(read(text).errors).toBeNull();
    expect(cost(text)).toBeLessThan(50_000);
    expect(read(text, false).errors?.[0]?.extensions['code']).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it.each([
    ['{ contacts(frist: 1) { nodes { id } } }', /Unknown argument "frist" on field "Query.contacts"\./],
    ['{ contacts(statuses: [PENDNG]) { nodes { id } } }', /does not exist in "ConsentStatus" enum\./],
    ['{ node(id: "x") { ... on Contct { id } } }', /Unknown type "Contct"\./],
  ])('that is wrong (%s) tells no name that was not in it', (text, message) => {
    const [closed] = read(text, false).errors ?? [];
    const [open] = read(text).errors ?? [];
    expect(closed?.message).toMatch(message);
    expect(closed?.message).not.toContain('Did you mean');
    expect(open?.message).toContain('Did you mean');
  });

  it('is read once, and its cost counted once where no variable changes it', () => {
    const documents = createDocuments({ schema, revealsSchema: true });
    const fixed = documents.read('query ($id: ID!) { contact(id: $id) { id } }');
    expect(documents.read('query ($id: ID!) { contact(id: $id) { id } }')).toBe(fixed);
    expect(fixed).toMatchObject({ isCostFixed: true });
    expect(documents.read('query ($n: Int!) { contacts(first: $n) { nodes { id } } }')).toMatchObject({
      isCostFixed: false,
    });
    expect(documents.read('query ($n: Boolean!) { feedCursor @include(if: $n) }')).toMatchObject({
      isCostFixed: false,
    });
  });
});

describe('the cost of an operation', () => {
  it.each<[number, string, object]>([
    [1, '{ feedCursor }', {}],
    [2, '{ viewer { role } }', {}],
    [1 + 10 * (1 + 2), '{ contacts(first: 10) { nodes { id name } } }', {}],
    [1 + 50 * (1 + 1), '{ contacts { nodes { id } } }', {}],
    [1 + 7 * (1 + 1), 'query ($n: Int!) { contacts(first: $n) { nodes { id } } }', { n: 7 }],
    [1 + 2 * (1 + (1 + 3 * (1 + 1))), '{ contacts(first: 2) { nodes { messages(first: 3) { nodes { id } } } } }', {}],
    [0, 'query ($yes: Boolean!) { feedCursor @include(if: $yes) }', { yes: false }],
  ])('is %i points for %s', (points, text, variables) => {
    expect(cost(text, variables as Record<string, unknown>)).toBe(points);
  });
});
