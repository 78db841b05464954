import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { checkDocument, type PublishingRules } from '../../src/access/document-check.js';
import { ManifestError, readManifest } from '../../src/access/manifest.js';
import { limits } from '../../src/access/limits.js';
import { hashOf } from '../../src/access/operation-request.js';
import { buildAssentSchema } from '../../src/resolvers/build-schema.js';
import { MAX_PAGE } from '../../src/resolvers/pages.js';
import manifest from '../support/gql/persisted-documents.json' with { type: 'json' };

const rules: PublishingRules = {
  schema: buildAssentSchema(),
  largestPage: MAX_PAGE,
  scopes: ['read', 'write'],
  allowDeprecated: false,
};

const check = (text: string, more: Partial<PublishingRules> = {}) =>
  checkDocument({ hash: hashOf(text), text }, { ...rules, ...more });
const problemsOf = (text: string, more: Partial<PublishingRules> = {}) => check(text, more).problems;

describe('a document that may be published', () => {
  it('is told with its name, kind and cost', () => {
    expect(check('query Head { feedCursor }')).toMatchObject({ name: 'Head', kind: 'query', cost: 1, problems: [] });
  });

  it('is each of those that our own code generator wrote', () => {
    const entries = readManifest(JSON.stringify(manifest));

    expect(entries.length).toBeGreaterThan(5);
    expect(entries.flatMap((entry) => checkDocument(entry, rules).problems)).toEqual([]);
  });

  it('may be a subscription, and with the scope a mutation', () => {
    const mutation = 'mutation Ask($input: SendOptInInput!) { sendOptIn(input: $input) { replayed } }';

    expect(problemsOf('subscription Feed { consentTransitions { __typename } }', { scopes: ['read'] })).toEqual([]);
    expect(problemsOf(mutation)).toEqual([]);
    expect(problemsOf(mutation, { scopes: ['read'] })).toEqual([expect.stringContaining('"write"')]);
    expect(problemsOf('query Head { feedCursor }', { scopes: [] })).toEqual([expect.stringContaining('"read"')]);
  });
});

describe('a document is refused', () => {
  it('under a hash that is not its own', () => {
    const text = 'query Head { feedCursor }';

    expect(checkDocument({ hash: hashOf(`${text} `), text }, rules).problems).toEqual([
      expect.stringContaining(hashOf(text)),
    ]);
  });

  it.each([
    ['what cannot be parsed', 'query Head {', 'Syntax Error'],
    ['no operation', 'fragment Head on Query { feedCursor }', 'holds 0'],
    ['two operations', 'query A { feedCursor } query B { feedCursor }', 'holds 2'],
    ['an operation without a name', '{ feedCursor }', 'has no name'],
    ['fields that do not exist', 'query A { nothing }', 'Cannot query field "nothing"'],
    ['introspection', 'query A { __schema { types { name } } }', 'introspection'],
    ['a page larger than there are', 'query A { contacts(first: 101) { nodes { id } } }', 'from 1 to 100'],
    ['a page of nothing', 'query A { contacts(first: 0) { nodes { id } } }', 'from 1 to 100'],
    ['a fragment within itself', 'query A { ...F } fragment F on Query { feedCursor ...F }', 'within itself'],
    ['a text of great length', `query A { feedCursor } # ${'x'.repeat(65_536)}`, 'longer than 65536'],
    ['too many tokens', `query A { ${'feedCursor '.repeat(limits.tokens)} }`, 'tokens'],
    ['too many fields at its root', `query A { ${aliases(25)} }`, 'at its root'],
  ])('for %s', (_, text, problem) => {
    expect(problemsOf(text).join('\n')).toContain(problem);
  });

  it('for what it costs when its callers ask for the most', () => {
    const text = `query Wide($first: Int!) { contacts(first: $first) { nodes { messages(first: $first) {
      nodes { id body status contact { id name phone } } } } } }`;
    const { cost, problems } = check(text);

    expect(cost).toBeGreaterThan(limits.cost);
    expect(problems).toEqual([expect.stringContaining('points of cost')]);
    expect(problemsOf(text.replaceAll('$first)', '5)').replace('($first: Int!)', ''))).toEqual([]);
  });

  it('counting what a directive may leave out, and variables of any kind', () => {
    const inner = 'contacts(first: 100) { nodes { id name } }';
    const plain = check(`query A { ${inner} }`).cost;

    expect(plain).toBeGreaterThan(100);
    expect(check(`query A($with: Boolean!) { ... @include(if: $with) { ${inner} } }`).cost).toBe(plain);
    expect(check(`query A($not: Boolean = true) { ... @skip(if: $not) { ${inner} } }`).cost).toBe(plain);
    expect(check('query A($phone: PhoneNumber!) { contactByPhone(phone: $phone) { id } }').cost).toBe(2);
    expect(
      check('query A($id: ID!, $after: Cursor) { contact(id: $id) { messages(after: $after) { nodes { id } } } }'),
    ).toMatchObject({ problems: [] });
  });

  it('for deprecated fields, unless they are wanted', () => {
    const schema = buildSchema('type Query { old: Int @deprecated(reason: "Use new.") new: Int }');

    expect(problemsOf('query A { old }', { schema })).toEqual([expect.stringContaining('Use new.')]);
    expect(problemsOf('query A { old }', { schema, allowDeprecated: true })).toEqual([]);
  });

  it('for a page that nothing bounds', () => {
    const schema = buildSchema(`type Query { all(first: Int): AllConnection } type PageInfo { hasNextPage: Boolean }
      type AllConnection { nodes: [Int] pageInfo: PageInfo }`);

    expect(problemsOf('query A { all { nodes } }', { schema })).toEqual([expect.stringContaining('needs "first"')]);
    expect(problemsOf('query A { all(first: null) { nodes } }', { schema })).not.toEqual([]);
    expect(problemsOf('query A { all(first: 3) { nodes } }', { schema })).toEqual([]);
    expect(problemsOf('query A($n: Int!) { all(first: $n) { nodes } }', { schema })).toEqual([]);
  });
});

function aliases(count: number): string {
  return Array.from({ length: count }, (_, index) => `a${index}: feedCursor`).join(' ');
}

describe('a manifest', () => {
  const text = 'query Head { feedCursor }';
  const hash = hashOf(text);

  it('names documents by their SHA-256, with the prefix or without', () => {
    for (const key of [hash, `sha256:${hash}`, hash.toUpperCase()]) {
      expect(readManifest(JSON.stringify({ [key]: text }))).toEqual([{ hash, text }]);
    }
  });

  it("may be one of Apollo's", () => {
    const operations = [{ id: hash, name: 'Head', type: 'query', body: text }];
    const file = { format: 'apollo-persisted-query-manifest', version: 1, operations };

    expect(readManifest(JSON.stringify(file))).toEqual([{ hash, text }]);
  });

  it('is nothing else', () => {
    const twice = JSON.stringify({ [hash]: text, [`sha256:${hash}`]: text });
    for (const file of ['', '[]', '{}', '"x"', '{"x":"y"}', `{"${hash}":1}`, `{"md5:${hash}":"y"}`, twice]) {
      expect(() => readManifest(file)).toThrow(ManifestError);
    }
  });
});
