import type { Pace } from '../domain/message/pace.js';

export type PaceJson = { readonly paidUntil: string };

/** A contact's pace as it was stored. */
export function paceFromJson(json: PaceJson | null): Pace | null {
  return json && { paidUntil: new Date(json.paidUntil) };
}
