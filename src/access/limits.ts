/**
 * What one operation may be at most. The same on every transport, for people and for partners; a document that is
 * published was checked against them too.
 */
export const limits = {
  /** Of a document, as it is read. */
  tokens: 2_000,
  /** Fields within fields, fragments laid flat. */
  depth: 15,
  aliases: 50,
  directives: 50,
  /** Fields of the root type, fragments laid flat. */
  rootFields: 20,
  /** Selections side by side; GraphQL's own rules compare each with each. */
  siblings: 100,
  /** Selections with every fragment laid out where it is spread. */
  selections: 5_000,
  /** Points; see document-cost.ts. */
  cost: 50_000,
  /** Values within the variables, and how deep they lie. */
  variableValues: 1_000,
  variableDepth: 10,
} as const;

/** What a limit of an operation measures. */
export type Measure = keyof typeof limits;
