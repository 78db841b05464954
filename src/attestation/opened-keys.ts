import type { KeyWrap } from './notary.js';
import { sameBytes } from './verifier/encoding.js';

/** Something is written of a contact when something was just before: asked, delivered, answered. */
const KEPT_MS = 60_000;
const MAX_KEYS = 4_096;

/**
 * Remembers opened keys for a minute at most: by then nothing is left here of one that was deleted by another server. What
 * is forgotten is overwritten.
 */
export function rememberingKeys({ wrap, unwrap }: KeyWrap): KeyWrap & { readonly forget: (contactId: string) => void } {
  const opened = new Map<string, { readonly wrapped: Uint8Array; readonly key: Uint8Array }>();
  let timer: NodeJS.Timeout | undefined;

  function forgetAll(): void {
    clearTimeout(timer);
    for (const { key } of opened.values()) key.fill(0);
    opened.clear();
  }

  function remember(contactId: string, wrapped: Uint8Array, key: Uint8Array): void {
    if (opened.size >= MAX_KEYS) forgetAll();
    if (opened.size === 0) timer = setTimeout(forgetAll, KEPT_MS).unref();
    opened.set(contactId, { wrapped, key });
  }

  return {
    wrap,
    unwrap: (wrapped, contactId) => {
      const known = opened.get(contactId);
      if (known && sameBytes(known.wrapped, wrapped)) return known.key;
      const key = unwrap(wrapped, contactId);
      remember(contactId, wrapped, key);
      return key;
    },
    forget: (contactId) => {
      opened.get(contactId)?.key.fill(0);
      opened.delete(contactId);
    },
  };
}
