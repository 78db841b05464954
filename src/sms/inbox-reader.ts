import type { StatusReport } from '../domain/conversation/delivery-facts.js';
import type { InboundSms } from '../domain/conversation/sms-facts.js';
import { parsePhoneNumber } from '../domain/phone-number.js';
import type { InboxEntry } from '../domain/ports/inbox.js';
import type { Logger } from '../domain/ports/logger.js';
import type { ProviderItem } from '../domain/ports/provider-news.js';
import { readStatusCallback } from './attempt-name.js';
import { failureOfStatus } from './errors.js';

/** Reads what a stored request of the SMS provider tells. What is on its way only tells nothing. */
export function createInboxReader(dependencies: {
  readonly log: Logger;
}): (entry: InboxEntry) => Promise<readonly ProviderItem[]> {
  return async (entry) => {
    const item = readRequest(entry);
    if (item === 'UNREADABLE') dependencies.log.warn({ inboxId: entry.id }, 'an SMS webhook can not be read');
    return item === 'UNREADABLE' || item === 'IGNORED' ? [] : [item];
  };
}

function readRequest(entry: InboxEntry): ProviderItem | 'IGNORED' | 'UNREADABLE' {
  const form = new URLSearchParams(Buffer.from(entry.body).toString('utf8'));
  const providerMessageId = textIn(form.get('MessageSid') ?? form.get('SmsSid'));
  if (providerMessageId === '') return 'UNREADABLE';
  const attempt = readStatusCallback(entry.url ?? '');
  return attempt
    ? readStatus(form, attempt, providerMessageId, entry.receivedAt)
    : readInbound(form, { providerMessageId, at: entry.receivedAt, inboxId: entry.id });
}

function readInbound(
  form: URLSearchParams,
  known: Pick<InboundSms, 'providerMessageId' | 'at' | 'inboxId'>,
): ProviderItem | 'UNREADABLE' {
  const phone = parsePhoneNumber(form.get('From') ?? '');
  if (!phone) return 'UNREADABLE';
  const words = textIn(form.get('Body'));
  const pictures = /^[1-9]/.test(form.get('NumMedia') ?? '') ? '[media]' : '';
  const text = [pictures, words].filter((part) => part !== '').join(' ') || '[empty]';
  return { kind: 'INBOUND_SMS', phone, inbound: { ...known, text, takenFor: takenFor(form.get('OptOutType')) } };
}

function takenFor(optOutType: string | null): InboundSms['takenFor'] {
  return optOutType === 'STOP' || optOutType === 'START' ? optOutType : null;
}

function readStatus(
  form: URLSearchParams,
  attempt: { readonly messageId: string; readonly attempt: number },
  providerMessageId: string,
  at: Date,
): ProviderItem | 'IGNORED' | 'UNREADABLE' {
  const status = form.get('MessageStatus') ?? form.get('SmsStatus');
  if (status === null) return 'UNREADABLE';
  const report = reportOf(status, form.get('ErrorCode'), { at, providerMessageId });
  if (!report) return 'IGNORED';
  const { messageId, attempt: number } = attempt;
  return { kind: 'STATUS', attempt: { messageId, attempt: number }, providerMessageId, report };
}

function reportOf(
  status: string,
  errorCode: string | null,
  known: Pick<StatusReport, 'at' | 'providerMessageId'>,
): StatusReport | null {
  switch (status) {
    case 'sending':
    case 'sent':
      return { ...known, status: 'SENT' };
    case 'delivered':
      return { ...known, status: 'DELIVERED' };
    case 'read':
      return { ...known, status: 'READ' };
    case 'undelivered':
    case 'failed':
      return { ...known, status: 'FAILED', failure: failureOfStatus(codeIn(errorCode)) };
    default:
      return null;
  }
}

function codeIn(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
}

/** Text that any store can hold: no NUL. */
function textIn(value: string | null): string {
  return (value ?? '').trim().replaceAll('\u0000', '\ufffd');
}
