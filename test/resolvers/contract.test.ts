import { readFileSync } from 'node:fs';
import {
  buildASTSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
  isUnionType,
  parse,
  type GraphQLArgument,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { selectsFeedCursor } from '../../src/resolvers/feed-head.js';
import { schema } from './memory.js';

// What the contract leaves open, so that its text can be read as a schema.
const openTypes = `
  scalar PhoneNumber
  scalar DateTime
  scalar Cursor
  interface Node { id: ID! }
  type Viewer { id: ID! }
  type Organization { id: ID! }
  type Attestation { bundle: String! }
  input PermissionBasisInput { reference: String }
  type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: Cursor endCursor: Cursor }
  ${['Contact', 'Message', 'ConsentTransition'].map(connection).join('')}
  ${['CreateContact', 'SwitchToSms', 'RecordConsent', 'WithdrawConsent', 'EraseContact'].map(payload('')).join('')}
  ${['CancelMessage'].map(payload('message: Message')).join('')}
  input RecordConsentInput { contactId: ID! reference: String note: String occurredAt: DateTime idempotencyKey: String }
  input EraseContactInput { contactId: ID! }
  input WithdrawConsentInput { contactId: ID! reference: String note: String occurredAt: DateTime idempotencyKey: String }
`;

function connection(type: string): string {
  return `
    type ${type}Edge { node: ${type}! cursor: Cursor! }
    type ${type}Connection { edges: [${type}Edge!]! nodes: [${type}!]! pageInfo: PageInfo! }`;
}

function payload(more: string) {
  return (name: string) =>
    `type ${name}Payload { ${more} contact: Contact userErrors: [UserError!]! replayed: Boolean! }`;
}

/** Every element of the schema, one a line: types, fields, arguments, values, interfaces and members. */
function elementsOf(of: GraphQLSchema): string[] {
  return Object.values(of.getTypeMap())
    .filter((type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type))
    .flatMap(elementsOfType);
}

function elementsOfType(type: GraphQLNamedType): string[] {
  const argument = ({ name, type: of, defaultValue }: GraphQLArgument) =>
    `${name}: ${String(of)} = ${JSON.stringify(defaultValue) ?? 'none'}`;
  if (isEnumType(type)) return type.getValues().map(({ name }) => `${type.name}.${name}`);
  if (isUnionType(type)) return type.getTypes().map(({ name }) => `${type.name} | ${name}`);
  if (isInputObjectType(type)) return Object.values(type.getFields()).map((field) => `${type.name}.${argument(field)}`);
  if (!isObjectType(type) && !isInterfaceType(type)) return [`scalar ${type.name}`];
  return [
    ...type.getInterfaces().map(({ name }) => `${type.name} implements ${name}`),
    ...Object.values(type.getFields()).flatMap((field) => [
      `${type.name}.${field.name}: ${String(field.type)}`,
      ...field.args.map((one) => `${type.name}.${field.name}(${argument(one)})`),
    ]),
  ];
}

describe('the schema', () => {
  const contract = readFileSync(new URL('./contract.graphql', import.meta.url), 'utf8');

  it('has every type, field, argument and value of the contract, with the same types and defaults', () => {
    const promised = elementsOf(buildASTSchema(parse(contract + openTypes), { assumeValidSDL: true }));
    const kept = new Set(elementsOf(schema));
    expect(promised.length).toBeGreaterThan(250);
    expect(promised.filter((element) => !kept.has(element))).toEqual([]);
  });

  it('demands no more input than the contract', () => {
    const promised = new Set(elementsOf(buildASTSchema(parse(contract + openTypes), { assumeValidSDL: true })));
    const demanded = elementsOf(schema).filter((element) => /Input\.|\(/.test(element) && /! = none/.test(element));
    expect(demanded.filter((element) => !promised.has(element)).sort()).toEqual([
      'PermissionBasisInput.kind: PermissionBasisKind! = none',
      'RecordConsentInput.source: ConsentSource! = none',
      'WithdrawConsentInput.source: ConsentSource! = none',
    ]);
  });

  it('explains everything to someone who has never met us', () => {
    const silent: string[] = [];
    const note = (name: string, description: string | null | undefined) => {
      if (!description?.trim().match(/[.:]$/)) silent.push(name);
    };
    for (const type of Object.values(schema.getTypeMap())) {
      if (type.name.startsWith('__')) continue;
      if (!isSpecifiedScalarType(type)) note(type.name, type.description);
      if (isEnumType(type)) for (const value of type.getValues()) note(`${type.name}.${value.name}`, value.description);
      if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        note(`${type.name}.${field.name}`, field.description);
        if (!('args' in field)) continue;
        for (const one of field.args) note(`${type.name}.${field.name}(${one.name})`, one.description);
      }
    }
    expect(silent).toEqual([]);
    expect(schema.getDirectives().every(isSpecifiedDirective)).toBe(true);
  });
});

describe('selectsFeedCursor', () => {
  const selects = (source: string, name?: string) => selectsFeedCursor(parse(source), name);

  it('sees the field directly, under an alias, and through fragments', () => {
    expect(selects('{ feedCursor }')).toBe(true);
    expect(selects('query A { head: feedCursor }', 'A')).toBe(true);
    expect(selects('{ ...F } fragment F on Query { ... on Query { feedCursor } }')).toBe(true);
  });

  it('is not misled by other operations, fields below the root, or fragments that name each other', () => {
    expect(selects('query A { feedCursor } query B { viewer { id } }', 'B')).toBe(false);
    expect(selects('query A { feedCursor } query B { viewer { id } }')).toBe(false);
    expect(selects('{ viewer { feedCursor } }')).toBe(false);
    expect(selects('mutation { feedCursor }')).toBe(false);
    expect(selects('{ ...F } fragment F on Query { ...G } fragment G on Query { ...F }')).toBe(false);
  });
});
