import { getMetadataStorage } from 'type-graphql';
import {
  isObjectType,
  separateOperations,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import type { Action } from '../domain/viewer.js';

/** What a field says of itself: which actions its caller must be allowed. */
const ACTIONS = 'actions';

/** Writes down at each field what its `@Authorized` names, where whoever walks the schema can read it. */
export function markActions(schema: GraphQLSchema): void {
  const { queries, mutations, subscriptions, objectTypes } = getMetadataStorage();
  const roots = [
    { type: schema.getQueryType(), marked: queries },
    { type: schema.getMutationType(), marked: mutations },
    { type: schema.getSubscriptionType(), marked: subscriptions },
  ];
  const others = objectTypes.map(({ name, fields }) => ({ type: schema.getType(name), marked: fields ?? [] }));
  for (const { type, marked } of [...roots, ...others]) {
    if (!isObjectType(type)) continue;
    for (const { schemaName, roles } of marked) {
      const field = type.getFields()[schemaName];
      if (field && roles) field.extensions = { ...field.extensions, [ACTIONS]: roles };
    }
  }
}

/** The actions that a field demands. */
export function actionsOf(field: { readonly extensions: object } | null | undefined): readonly Action[] {
  const { [ACTIONS]: actions } = (field?.extensions ?? {}) as { readonly [ACTIONS]?: readonly Action[] };
  return actions ?? [];
}

/** All that an operation demands of its caller, in any of its fields. */
export function neededActions(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
): ReadonlySet<Action> {
  const operations = separateOperations(document);
  const info = new TypeInfo(schema);
  const needed = new Set<Action>();
  visit(
    operations[operationName ?? ''] ?? document,
    visitWithTypeInfo(info, {
      Field: () => {
        for (const action of actionsOf(info.getFieldDef())) needed.add(action);
      },
    }),
  );
  return needed;
}
