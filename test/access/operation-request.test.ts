import { describe, expect, it } from 'vitest';
import { hashOf, readOperationRequest } from '../../src/access/operation-request.js';

const text = '{ feedCursor }';
const hash = hashOf(text);
const request = { text: null, hash: null, operationName: null, variables: null };
const persistedQuery = { version: 1, sha256Hash: hash };

describe('what a caller asks for', () => {
  it.each<[string, Record<string, unknown>, object]>([
    ['a text', { query: text }, { text }],
    ['an id with its algorithm', { documentId: `sha256:${hash}` }, { hash }],
    ['an id without it', { documentId: hash }, { hash }],
    ['an id in capitals', { documentId: `SHA256:${hash.toUpperCase()}` }, { hash }],
    ['an id that can be none', { documentId: 'my-operation' }, { hash: 'my-operation' }],
    ["the form of Apollo's clients", { extensions: { persistedQuery } }, { hash }],
    ['an empty text with an id', { query: '', extensions: { documentId: hash } }, { hash }],
    ['the same document twice', { documentId: `sha256:${hash}`, extensions: { persistedQuery } }, { hash }],
    ['a text with its hash', { query: text, extensions: { persistedQuery } }, { text, hash }],
    ['nulls', { query: text, operationName: null, variables: null, extensions: null }, { text }],
    ['JSON in an address', { query: text, variables: '{"a":1}', extensions: '{}' }, { text, variables: { a: 1 } }],
    ['a name', { query: text, operationName: 'A' }, { text, operationName: 'A' }],
    ['an empty name', { query: text, operationName: '' }, { text }],
  ])('may be %s', (_what, given, expected) => {
    expect(readOperationRequest(given)).toEqual({ ...request, ...expected });
  });

  it.each<[string, Record<string, unknown>]>([
    ['nothing', {}],
    ['an empty text', { query: '' }],
    ['a text that is none', { query: 7 }],
    ['two texts', { query: [text, text] }],
    ['a name that is no text', { query: text, operationName: {} }],
    ['variables that are a list', { query: text, variables: [1] }],
    ['variables that are no JSON', { query: text, variables: '{' }],
    ['variables that are JSON of a text', { query: text, variables: '"{}"' }],
    ['extensions that are no object', { query: text, extensions: 7 }],
    ['a persisted query of an unknown version', { extensions: { persistedQuery: { ...persistedQuery, version: 2 } } }],
    ['an id that is no text', { documentId: 7 }],
    ['a text with the hash of another', { query: `${text} `, documentId: hash }],
    ['two documents', { documentId: hashOf('other'), extensions: { persistedQuery } }],
  ])('may not be %s', (_what, given) => {
    expect(readOperationRequest(given)).toMatchObject({
      status: 400,
      errors: [{ extensions: { code: 'BAD_REQUEST' } }],
    });
  });
});
