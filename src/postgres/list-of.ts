/** A list as PostgreSQL reads it, of whatever type it is cast to. */
export function listOf(items: readonly (string | number | boolean | Date | null)[]): string {
  return `{${items.map(itemOf).join(',')}}`;
}

function itemOf(item: string | number | boolean | Date | null): string {
  if (item === null) return 'NULL';
  if (typeof item === 'string') return `"${/["\\]/.test(item) ? item.replace(/["\\]/g, '\\$&') : item}"`;
  return item instanceof Date ? item.toISOString() : String(item);
}
