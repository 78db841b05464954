import { Kind, print, visit, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { costOf } from './document-cost.js';

const LARGEST_INT = 2_147_483_647;

/**
 * What an operation costs whoever chooses its variables to cost the most: every number is as large as it can be, and
 * nothing is left out by a directive. The document must be valid.
 */
export function worstCostOf(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): number {
  const declared = operation.variableDefinitions ?? [];
  // Values are not looked at by what counts, only numbers; so the others need not be ones that their types would take.
  const isNumber = new Set(
    declared.filter(({ type }) => /^Int!?$/.test(print(type))).map(({ variable }) => variable.name.value),
  );
  const worst = visit(document, {
    VariableDefinition: (node) => ({ ...node, type: plain(isNumber.has(node.variable.name.value) ? 'Int' : 'String') }),
    Directive: (node) => (['skip', 'include'].includes(node.name.value) ? null : undefined),
  });
  const values = declared.map(({ variable: { name } }) => [name.value, isNumber.has(name.value) ? LARGEST_INT : '']);
  const worstOperation = worst.definitions.find(
    (node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION,
  );
  return costOf(schema, worst, worstOperation ?? operation, Object.fromEntries(values) as Record<string, unknown>);
}

const plain = (name: string) => ({
  kind: Kind.NAMED_TYPE as const,
  name: { kind: Kind.NAME as const, value: name },
});
