/** The time; injected so that tests can set it. */
export interface Clock {
  now(): Date;
}

/** A new id, ordered by time (UUIDv7). */
export type NewId = () => string;
