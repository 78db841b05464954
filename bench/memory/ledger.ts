/** What a subscriber has had of one contact's transitions: each version once, in order. */
export type Ledger = {
  readonly note: (item: Item) => void;
  /** Where to go on. */
  readonly cursor: () => string | null;
  readonly state: () => State;
};

export type Item = { readonly __typename: string; readonly cursor?: string; readonly contactVersion?: number };

/** How many came, and how often one came that should not have come then. */
export type State = { readonly count: number; readonly faults: number };

export function createLedger(): Ledger {
  let cursor: string | null = null;
  let last = 0;
  let count = 0;
  let faults = 0;

  return {
    note: (item) => {
      cursor = item.cursor ?? cursor;
      if (item.__typename !== 'ConsentTransition') {
        if (item.__typename !== 'FeedCheckpoint') faults += 1;
        return;
      }
      const version = item.contactVersion ?? 0;
      if (count > 0 && version !== last + 1) faults += 1;
      last = version;
      count += 1;
    },
    cursor: () => cursor,
    state: () => ({ count, faults }),
  };
}
