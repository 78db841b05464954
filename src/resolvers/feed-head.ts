import {
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/**
 * Whether the operation selects `Query.feedCursor`, directly or through fragments. The head of the feed must then be
 * read before the operation is executed: fields of a query are resolved side by side.
 */
export function selectsFeedCursor(document: DocumentNode, operationName?: string | null): boolean {
  const operation = operationOf(document, operationName ?? null);
  if (operation?.operation !== OperationTypeNode.QUERY) return false;
  const seen = new Set<string>();

  function selects({ selections }: SelectionSetNode): boolean {
    return selections.some((selection) => {
      switch (selection.kind) {
        case Kind.FIELD:
          return selection.name.value === 'feedCursor';
        case Kind.INLINE_FRAGMENT:
          return selects(selection.selectionSet);
        case Kind.FRAGMENT_SPREAD:
          return selectsIn(selection.name.value);
      }
    });
  }

  function selectsIn(fragment: string): boolean {
    if (seen.has(fragment)) return false;
    seen.add(fragment);
    return document.definitions.some(
      (definition) =>
        definition.kind === Kind.FRAGMENT_DEFINITION &&
        definition.name.value === fragment &&
        selects(definition.selectionSet),
    );
  }

  return selects(operation.selectionSet);
}

function operationOf(document: DocumentNode, name: string | null): OperationDefinitionNode | null {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (name === null) return operations.length === 1 ? (operations[0] ?? null) : null;
  return operations.find((operation) => operation.name?.value === name) ?? null;
}
