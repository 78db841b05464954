import type { RefusalCode } from '../domain/conversation/refusal.js';
import { tombstonesIn } from '../domain/tombstone.js';

export type Replayed = {
  readonly erased: number;
  /** Contacts that a restored hold keeps from being erased. */
  readonly onHold: readonly string[];
  /** Lines of the file that are no tombstones. */
  readonly unreadable: number;
};

/** Erases what a list says was erased, and is there. Again, it changes nothing. */
export async function replayErasures(
  list: string,
  options: {
    readonly organizationId: string;
    readonly erase: (contactId: string) => Promise<RefusalCode | null>;
  },
): Promise<Replayed> {
  const { tombstones, unreadable } = tombstonesIn(list);
  if (tombstones.length === 0 && unreadable > 0) {
    throw new Error('It is no list of erased contacts: each line has to be one that "assent erase --list" printed.');
  }
  const own = tombstones.filter(({ organizationId }) => organizationId === options.organizationId);
  let erased = 0;
  const onHold: string[] = [];
  for (const contactId of new Set(own.map((tombstone) => tombstone.contactId))) {
    const refusal = await options.erase(contactId);
    if (refusal === null) erased += 1;
    else if (refusal === 'CONTACT_ON_HOLD') onHold.push(contactId);
  }
  return { erased, onHold, unreadable };
}
