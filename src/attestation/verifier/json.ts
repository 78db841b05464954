/** What a JSON text may say here: numbers are whole and exact. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [name: string]: Json };

/** How deep arrays and objects may lie in one another. */
export const MAX_DEPTH = 32;

const surrogate = /\p{Surrogate}/u;

/** The canonical form of RFC 8785. Throws for what has none here: fractions, numbers too large, broken strings. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return wholeNumber(value);
  if (typeof value === 'string') return canonicalString(value);
  let text = '';
  if (isList(value)) {
    for (const item of value) text += `${text === '' ? '' : ','}${canonicalJson(item)}`;
    return `[${text}]`;
  }
  for (const name of Object.keys(value).sort()) {
    text += `${text === '' ? '' : ','}${canonicalString(name)}:${canonicalJson(value[name] as Json)}`;
  }
  return `{${text}}`;
}

function wholeNumber(value: number): string {
  if (!Number.isSafeInteger(value)) throw new Error('A number in canonical JSON is whole and at most 2^53 - 1 here.');
  return String(value);
}

function canonicalString(text: string): string {
  const quoted = JSON.stringify(text);
  // Half a pair is written as an escape that begins so.
  if (quoted.includes('\\ud') && surrogate.test(text)) {
    throw new Error('A string in canonical JSON has no half of a surrogate pair.');
  }
  return quoted;
}

/** `Array.isArray` that knows of readonly arrays. */
export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** The value as an object; null for everything else. */
export function objectIn(value: Json | undefined): JsonObject | null {
  return typeof value === 'object' && value !== null && !isList(value) ? value : null;
}

/**
 * Reads one JSON text strictly. Null for anything that two readers could understand differently: a name twice in an
 * object, a fraction or exponent, a number beyond 2^53 - 1, -0, half a surrogate pair, nesting beyond 32, anything
 * after the value. Objects have no prototype.
 */
export function readJson(text: string): { readonly value: Json } | null {
  try {
    const reader = createReader(text);
    const value = reader.value(0);
    return reader.atEnd() ? { value } : null;
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

class Unreadable extends Error {}

const whitespace = /[ \t\n\r]*/y;
const integer = /-?(?:0|[1-9][0-9]{0,15})(?![0-9.eE])/y;

function createReader(text: string) {
  let at = 0;

  function skip(): void {
    whitespace.lastIndex = at;
    whitespace.exec(text);
    at = whitespace.lastIndex;
  }

  /** Takes the character if it comes next. */
  function takes(character: string): boolean {
    skip();
    if (text[at] !== character) return false;
    at += 1;
    return true;
  }

  function value(depth: number): Json {
    skip();
    const first = text[at];
    if (first === '{') return object(depth + 1);
    if (first === '[') return list(depth + 1);
    if (first === '"') return string();
    if (text.startsWith('true', at)) return word('true', true);
    if (text.startsWith('false', at)) return word('false', false);
    if (text.startsWith('null', at)) return word('null', null);
    return number();
  }

  function object(depth: number): JsonObject {
    if (depth > MAX_DEPTH) throw new Unreadable();
    const members = Object.create(null) as Record<string, Json>;
    at += 1;
    if (takes('}')) return members;
    do {
      skip();
      if (text[at] !== '"') throw new Unreadable();
      const name = string();
      if (name in members || !takes(':')) throw new Unreadable();
      members[name] = value(depth);
    } while (takes(','));
    if (!takes('}')) throw new Unreadable();
    return members;
  }

  function list(depth: number): Json[] {
    if (depth > MAX_DEPTH) throw new Unreadable();
    const items: Json[] = [];
    at += 1;
    if (takes(']')) return items;
    do items.push(value(depth));
    while (takes(','));
    if (!takes(']')) throw new Unreadable();
    return items;
  }

  function string(): string {
    const start = at;
    for (at += 1; text[at] !== '"'; at += 1) {
      if (at >= text.length || text.charCodeAt(at) < 0x20) throw new Unreadable();
      if (text[at] === '\\') at += 1;
    }
    at += 1;
    const decoded = decode(text.slice(start, at));
    if (surrogate.test(decoded)) throw new Unreadable();
    return decoded;
  }

  function number(): number {
    integer.lastIndex = at;
    const digits = integer.exec(text)?.[0];
    if (digits === undefined || digits === '-0' || !Number.isSafeInteger(Number(digits))) throw new Unreadable();
    at = integer.lastIndex;
    return Number(digits);
  }

  function word(letters: string, meaning: boolean | null): boolean | null {
    at += letters.length;
    return meaning;
  }

  return { value, atEnd: () => (skip(), at === text.length) };
}

/** A string between its quotes, escapes and all. */
function decode(token: string): string {
  if (!token.includes('\\')) return token.slice(1, -1);
  try {
    return JSON.parse(token) as string;
  } catch {
    throw new Unreadable();
  }
}
