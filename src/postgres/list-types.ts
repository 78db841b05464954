/**
 * Lists of texts and of ids, by their numbers in every PostgreSQL. The client is told of them, since left to itself it asks
 * on each new connection, and the process falls when that connection breaks meanwhile.
 */
export const listTypes = { texts: listType(1009), ids: listType(2951) };

type Item = string | null;

function listType(oid: number) {
  return { to: oid, from: [oid], serialize: writeList, parse: readList };
}

function writeList(items: readonly Item[]): string {
  const written = items.map((item) => (item === null ? 'NULL' : `"${item.replace(/["\\]/g, '\\$&')}"`));
  return `{${written.join(',')}}`;
}

/** Of one dimension. */
function readList(text: string): readonly Item[] {
  const items = text.slice(1, -1).matchAll(/"((?:[^"\\]|\\[^])*)"|([^,]+)/g);
  return Array.from(items, ([, quoted, plain]) => {
    if (quoted !== undefined) return quoted.replace(/\\([^])/g, '$1');
    return plain === undefined || plain === 'NULL' ? null : plain;
  });
}
