import type { ConsentRefusalCode } from '../consent/decide.js';
import type { Draft } from './conversation.js';

/** The domain's no: what a caller asked for can't be done, and nothing changed. */
export type RefusalCode =
  | ConsentRefusalCode
  | 'WHATSAPP_NOT_ENABLED'
  | 'CHANNEL_UNHEALTHY'
  | 'SMS_NOT_ENABLED'
  | 'CONTACT_NOT_FOUND'
  | 'CONTACT_ON_HOLD'
  | 'INVALID_PHONE_NUMBER'
  | 'PHONE_NUMBER_TAKEN'
  | 'INVALID_INPUT'
  | 'MESSAGE_EMPTY'
  | 'MESSAGE_TOO_LONG'
  | 'QUEUE_FULL'
  | 'MESSAGE_NOT_CANCELLABLE'
  | 'MESSAGE_NOT_FOUND'
  | 'IDEMPOTENCY_KEY_PARAMETER_MISMATCH';

export type Refusal = { readonly code: RefusalCode; readonly path: readonly string[]; readonly retryAt?: Date };

/** What became of a command: refused, or facts to append (perhaps none) and what the caller is told. */
export type Decision<Result = null> =
  { readonly refusal: Refusal } | { readonly refusal: null; readonly draft: Draft; readonly result: Result };

export const refuse = (code: RefusalCode, path: readonly string[] = [], retryAt?: Date): { refusal: Refusal } => ({
  refusal: retryAt ? { code, path, retryAt } : { code, path },
});

export const decided = <Result>(draft: Draft, result: Result): Decision<Result> => ({ refusal: null, draft, result });
