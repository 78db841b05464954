import type { ConsentEvent, ProviderEvidence, ReplyEvidence } from './events.js';
import type { ConsentState } from './state.js';

/**
 * The contact wants no SMS. One that is older than the contact's latest word changes nothing; at the same moment the
 * stop counts.
 */
export function stopSms(
  fact: { readonly at: Date; readonly evidence: ReplyEvidence | ProviderEvidence },
  { sms }: Pick<ConsentState, 'sms'>,
): readonly ConsentEvent[] {
  const known = sms !== null && (sms.wish === 'STOPPED' ? fact.at <= sms.at : fact.at < sms.at);
  return known ? [] : [{ type: 'SmsStopped', at: fact.at, evidence: fact.evidence }];
}

/** The contact takes SMS again. It changes nothing where nothing was stopped, or the stop is newer. */
export function startSms(
  fact: { readonly at: Date; readonly evidence: ReplyEvidence },
  { sms }: Pick<ConsentState, 'sms'>,
): readonly ConsentEvent[] {
  if (sms?.wish !== 'STOPPED' || fact.at <= sms.at) return [];
  return [{ type: 'SmsStarted', at: fact.at, evidence: fact.evidence }];
}
