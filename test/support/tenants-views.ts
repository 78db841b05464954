import type { Acts } from './tenants-acts.js';

/** JSON that a test asked for; a wrong shape fails its assertions. */
type Json = ReturnType<typeof JSON.parse>;

const NAMES = new Set(['id', 'eventId', 'cursor', 'startCursor', 'endCursor', 'feedCursor']);
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Answers as text in which each id and cursor is told by when it was first seen: two runs that did the same are equal. */
export function createNarrator(): (answer: Json) => string {
  const known = new Map<string, string>();
  const named = (id: string): string => {
    const name = known.get(id) ?? `#${known.size + 1}`;
    known.set(id, name);
    return name;
  };
  return (answer) =>
    JSON.stringify(answer, (field, value: Json) => {
      if (field === 'extensions') return value?.code;
      return NAMES.has(field) && typeof value === 'string' ? named(value) : value;
    });
}

/** Every id in a text, also those that opaque ids and cursors carry inside. */
export function idsIn(text: string): readonly string[] {
  const opaque = text.match(/[A-Za-z0-9_-]{20,}/g) ?? [];
  const inside = opaque.map((token) => Buffer.from(token, 'base64url').toString('latin1')).join(' ');
  return [...(text.match(UUID) ?? []), ...(inside.match(UUID) ?? [])];
}

/** All that people of a tenant can read, in an order that doesn't hang on ids. */
export async function everythingOf({ ask }: Acts): Promise<readonly Json[]> {
  const answers: Json[] = [(await ask('overview')).answer];
  const contactIds: string[] = [];
  let after: string | null = null;
  do {
    const { answer }: Json = await ask('contacts', { search: null, first: 50, after });
    answers.push(answer);
    contactIds.push(...answer.data.contacts.nodes.map(({ id }: { id: string }) => id));
    after = answer.data.contacts.pageInfo.hasNextPage ? answer.data.contacts.pageInfo.endCursor : null;
  } while (after !== null);
  for (const id of contactIds) answers.push((await ask('contact', { id })).answer);
  do {
    const { answer }: Json = await ask('transitions', { first: 100, after });
    answers.push(answer);
    const { hasNextPage, endCursor } = answer.data.consentTransitions.pageInfo;
    after = hasNextPage ? endCursor : null;
  } while (after !== null);
  return answers;
}
