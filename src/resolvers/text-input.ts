import type { Refusal } from '../domain/conversation/refusal.js';

/** Refuses text that is longer than the field takes, or that no database can store. */
export function textRefusal(
  value: string | null | undefined,
  path: readonly string[],
  { min = 0, max }: { readonly min?: number; readonly max: number },
): Refusal | null {
  if (value == null) return null;
  const storable = !value.includes('\0') && !/\p{Surrogate}/u.test(value);
  return storable && value.length >= min && value.length <= max ? null : { code: 'INVALID_INPUT', path };
}

/** Refuses an idempotency key that can't be kept. */
export function keyRefusal(key: string | null | undefined): Refusal | null {
  return textRefusal(key, ['idempotencyKey'], { min: 1, max: 255 });
}
