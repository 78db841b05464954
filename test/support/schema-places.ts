import {
  getNamedType,
  getNullableType,
  GraphQLEnumType,
  GraphQLInputObjectType,
  GraphQLInterfaceType,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLUnionType,
  isLeafType,
  isListType,
  isRequiredArgument,
  isRequiredInputField,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';

/** A place where a caller puts a value: an argument, or a field of an input object that is one. */
export type Place = {
  /** Such as "Mutation.sendOptIn(input.basis.reference)". */
  readonly name: string;
  readonly kind: 'query' | 'mutation' | 'subscription';
  /** The scalar that is put there. */
  readonly scalar: string;
  /** An operation that has the value there, and at each other place that must have one what `usual` says. */
  readonly ask: (value: unknown) => { readonly query: string; readonly variables: Record<string, unknown> };
};

/** What is put where nothing is tried. */
type Usual = {
  /** By the name of an argument or field and its scalar. */
  readonly valueOf: (name: string, scalar: string) => unknown;
  /** An id of a thing of this type. */
  readonly idOf: (type: string) => string;
};

const roots = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' } as const;
/** How deep what is asked for goes. */
const DEPTH = 2;

/**
 * Every place of the schema that takes a scalar, whichever field it belongs to: those of the roots, and those of types that
 * have an id. Throws for a field with arguments that can be reached by neither way.
 */
export function placesOf(schema: GraphQLSchema, usual: Usual): readonly Place[] {
  const places: Place[] = [];
  for (const type of Object.values(schema.getTypeMap())) {
    if (!(type instanceof GraphQLObjectType) || type.name.startsWith('__')) continue;
    const kind = (Object.keys(roots) as Place['kind'][]).find((one) => roots[one] === type.name);
    for (const field of Object.values(type.getFields())) {
      if (field.args.length === 0) continue;
      const hasId = type.getInterfaces().some(({ name }) => name === 'Node');
      if (!kind && !hasId) throw new Error(`${type.name}.${field.name} has arguments: how is it reached?`);
      for (const path of field.args.flatMap(({ name, type: given }) => pathsIn(given, [name]))) {
        places.push({
          name: `${type.name}.${field.name}(${path.names.join('.')})`,
          kind: kind ?? 'query',
          scalar: path.scalar,
          ask: (value) => operationOf(schema, { type, field, kind, path: path.names, value, usual }),
        });
      }
    }
  }
  return places;
}

type Path = { readonly names: readonly string[]; readonly scalar: string };

function pathsIn(type: GraphQLInputType, names: readonly string[]): readonly Path[] {
  const named = getNamedType(type);
  if (named instanceof GraphQLScalarType) return [{ names, scalar: named.name }];
  if (!(named instanceof GraphQLInputObjectType)) return [];
  return Object.values(named.getFields()).flatMap((field) => pathsIn(field.type, [...names, field.name]));
}

type Wanted = {
  readonly type: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  readonly kind: Place['kind'] | undefined;
  readonly path: readonly string[];
  readonly value: unknown;
  readonly usual: Usual;
};

function operationOf(schema: GraphQLSchema, { type, field, kind, path, value, usual }: Wanted) {
  const used = field.args.filter((arg) => arg.name === path[0] || isRequiredArgument(arg));
  const variables: Record<string, unknown> = {};
  for (const { name, type: given } of used) {
    variables[name] = filled(given, name, name === path[0] ? path.slice(1) : null, value, usual);
  }
  const declared = used.map((arg) => `$${arg.name}: ${String(arg.type)}`);
  const given = used.map(({ name }) => `${name}: $${name}`);
  const asked = `${field.name}${given.length > 0 ? `(${given.join(', ')})` : ''} ${selectionOf(schema, getNamedType(field.type), DEPTH)}`;
  if (kind) return { query: `${kind} Walk(${declared.join(', ')}) { ${asked} }`, variables };
  return {
    query: `query Walk($node: ID!, ${declared.join(', ')}) { node(id: $node) { ... on ${type.name} { ${asked} } } }`,
    variables: { ...variables, node: usual.idOf(type.name) },
  };
}

/** The value where the path leads, what is usual where something must be, and nothing elsewhere. */
function filled(
  given: GraphQLInputType,
  name: string,
  path: readonly string[] | null,
  value: unknown,
  usual: Usual,
): unknown {
  const type = getNamedType(given);
  const inList = isListType(getNullableType(given));
  if (path?.length === 0) return inList ? [value] : value;
  if (type instanceof GraphQLEnumType) return inList ? [] : type.getValues()[0]?.name;
  if (!(type instanceof GraphQLInputObjectType)) return usual.valueOf(name, type.name);
  const fields = Object.values(type.getFields());
  // Who is meant: by id, unless that or the number is tried, or what only somebody new has.
  const tried = path?.[0];
  const who = tried === 'name' ? ['phone'] : tried === 'phone' || tried === 'contactId' ? [] : ['contactId'];
  return Object.fromEntries(
    fields
      .filter((field) => isRequiredInputField(field) || field.name === path?.[0] || who.includes(field.name))
      .map((field) => {
        const rest = field.name === path?.[0] ? path.slice(1) : null;
        return [field.name, filled(field.type, field.name, rest, value, usual)];
      }),
  );
}

/** All that can be seen of a type, so many levels deep. */
function selectionOf(schema: GraphQLSchema, type: GraphQLNamedType, depth: number): string {
  if (type instanceof GraphQLUnionType || type instanceof GraphQLInterfaceType) {
    const parts = schema.getPossibleTypes(type).map((one) => `... on ${one.name} ${selectionOf(schema, one, depth)}`);
    return `{ __typename ${parts.join(' ')} }`;
  }
  if (!(type instanceof GraphQLObjectType)) return '';
  const fields = Object.values(type.getFields()).filter((field) => {
    return (
      !field.args.some(isRequiredArgument) &&
      (isLeafType(getNamedType(field.type)) || depth > 0) &&
      field.name !== 'edges'
    );
  });
  const parts = fields.map(({ name, type: of }) => `${name} ${selectionOf(schema, getNamedType(of), depth - 1)}`);
  return `{ __typename ${parts.join(' ')} }`;
}
