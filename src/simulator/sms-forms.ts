import type { PhoneMessage, SmsBusiness } from './phones.js';

type Sms = PhoneMessage & { readonly sms: SmsBusiness };

const apiVersion = '2010-04-01';

/** The form that tells what becomes of an SMS the phone was sent. */
export function smsStatusForm({ id, phone, sms }: Sms, status: 'queued' | 'sent' | 'delivered'): URLSearchParams {
  return new URLSearchParams({
    SmsSid: id,
    SmsStatus: status,
    MessageStatus: status,
    To: phone,
    MessageSid: id,
    AccountSid: sms.accountSid,
    From: sms.number,
    ApiVersion: apiVersion,
  });
}

/** The form that tells what the phone wrote. */
export function smsForm({ id, phone, sms, text }: Sms): URLSearchParams {
  return new URLSearchParams({
    ToCountry: 'US',
    SmsMessageSid: id,
    NumMedia: '0',
    SmsSid: id,
    SmsStatus: 'received',
    Body: text,
    To: sms.number,
    NumSegments: '1',
    MessageSid: id,
    AccountSid: sms.accountSid,
    From: phone,
    ApiVersion: apiVersion,
  });
}
