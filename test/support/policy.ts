import type { Policy } from '../../src/domain/conversation/agent-commands.js';
import type { DeliveryPolicy } from '../../src/domain/conversation/delivery-facts.js';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The rules that tests go by, unless they say otherwise. */
export const testPolicy: Policy & DeliveryPolicy = {
  resendIntervalMs: DAY,
  maxAttempts: 10,
  maxHeld: 1_000,
  orderWaitMs: 0,
  backoffMs: SECOND,
  maxBackoffMs: MINUTE,
  pairIntervalMs: 6 * SECOND,
  unconfirmedWaitMs: 10 * MINUTE,
  maxHeldAgeMs: 30 * DAY,
};
