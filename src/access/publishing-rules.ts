import {
  getNamedType,
  GraphQLError,
  isCompositeType,
  Kind,
  OperationTypeNode,
  type ASTNode,
  type ASTVisitor,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import type { PartnerScope } from '../domain/partner.js';

/** One operation, with a name: whoever looks at its usage wants to know what it is. */
export const oneNamedOperation: ValidationRule = (context) => ({
  Document(node) {
    const operations = node.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    if (operations.length !== 1) {
      report(context, `A document holds one operation; this one holds ${operations.length}.`);
    }
  },
  OperationDefinition(node) {
    if (node.name === undefined) report(context, 'The operation has no name: write "query Name …".', node);
  },
});

/** What changes something needs a key that may write. */
export const withinScopes =
  (scopes: readonly PartnerScope[]): ValidationRule =>
  (context) => ({
    OperationDefinition(node) {
      const needed: PartnerScope = node.operation === OperationTypeNode.MUTATION ? 'write' : 'read';
      if (scopes.includes(needed)) return;
      report(context, `A ${node.operation} needs the scope "${needed}", which is not given.`, node);
    },
  });

/**
 * Every page has a bound that is known when the document is published: a number, or a variable or default, which the
 * server holds to the largest page.
 */
export const boundedPages =
  (largestPage: number): ValidationRule =>
  (context): ASTVisitor => ({
    Field(node) {
      const field = context.getFieldDef();
      const argument = field?.args.find(({ name }) => name === 'first');
      if (field == null || argument === undefined || !isConnection(field.type)) return;
      const given = node.arguments?.find(({ name }) => name.value === 'first')?.value;
      if (given === undefined || given.kind === Kind.NULL) {
        if (argument.defaultValue == null) report(context, `"${node.name.value}" needs "first".`, node);
        return;
      }
      if (given.kind === Kind.INT && (Number(given.value) < 1 || Number(given.value) > largestPage)) {
        report(context, `"first" of "${node.name.value}" is a number from 1 to ${largestPage}.`, node);
      }
    },
  });

function isConnection(type: Parameters<typeof getNamedType>[0]): boolean {
  const named = getNamedType(type);
  return isCompositeType(named) && 'getFields' in named && 'pageInfo' in named.getFields();
}

function report(context: ValidationContext, message: string, node?: ASTNode): void {
  context.reportError(new GraphQLError(message, { nodes: node ?? null }));
}
