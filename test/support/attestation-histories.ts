import type { Artifact } from '../../src/attestation/artifact.js';
import type { ConsentEvent, ReplyEvidence } from '../../src/domain/consent/events.js';
import { minute, phone, type Step } from './attestation-scene.js';

const sent: Artifact = {
  kind: 'request-sent',
  mediaType: 'application/json',
  bytes: Buffer.from(
    JSON.stringify({
      messaging_product: 'whatsapp',
      to: phone,
      type: 'template',
      template: { name: 'opt_in', language: { code: 'en' } },
    }),
  ),
  about: { url: 'https://graph.facebook.com/v25.0/1001/messages', sentAt: minute(1).toISOString() },
};

const sentAs = {
  sender: { phoneNumberId: '1001', number: '+15550100000', businessName: 'Acme Ltd' },
  template: { name: 'opt_in', language: 'en', category: 'MARKETING', version: null },
};

const answered: Artifact = {
  kind: 'response',
  mediaType: 'application/octet-stream',
  bytes: Buffer.from([0xff, 0x00, 0xfe]),
  about: { status: 200 },
};

const received: Artifact = {
  kind: 'webhook-received',
  mediaType: 'application/json',
  bytes: Buffer.from(`{"entry":[{"from":"${phone.slice(1)}","button":"accept"}]}`),
  about: { inboxId: 'inbox-1', signature: 'sha256=00', verified: true },
};

const evidence: ReplyEvidence = {
  messageId: 'message-2',
  providerMessageId: 'wamid.HBgLMTIwMjU1NTAxNDIVAgA',
  kind: 'BUTTON',
  rules: null,
  inboxId: 'inbox-1',
};

export function asked(at: number, attempt = 1): Step {
  const basis = { kind: 'WEB_FORM', reference: 'form 7 of Zoë', obtainedAt: minute(0).toISOString() } as const;
  const event: ConsentEvent = {
    type: 'OptInRequested',
    at: minute(at),
    requestId: `request-${attempt}`,
    attempt,
    by: 'ana@acme.example',
    locale: 'en',
    basis,
  };
  return { event };
}

function taken(at: number, attempt = 1): Step {
  const event = {
    type: 'OptInRequestAccepted',
    at: minute(at),
    requestId: `request-${attempt}`,
    confirmed: true,
  } as const;
  return { event, artifacts: [sent, answered], sealed: sentAs };
}

export function reply(
  type: 'ConsentGiven' | 'ConsentRefused' | 'ConsentConfirmed',
  at: number,
  requestId: string | null = 'request-1',
): Step {
  return { event: { type, at: minute(at), requestId, evidence }, artifacts: [received] };
}

export function word(
  type: 'ConsentWithdrawn' | 'WithdrawalRepeated' | 'ConsentRepeated' | 'SendingPaused' | 'SmsStarted',
  at: number,
): Step {
  return { event: { type, at: minute(at), evidence: { ...evidence, kind: 'TEXT', rules: '2026-11' } } };
}

function failedToReach(type: 'OptInRequestFailed' | 'OptInRequestUndeliverable', at: number, attempt = 1): Step {
  const about = { at: minute(at), requestId: `request-${attempt}`, code: 131026, reason: `${phone} is not there` };
  const event: ConsentEvent =
    type === 'OptInRequestFailed' ? { type, ...about, retryAt: null, unwanted: false } : { type, ...about };
  return { event, artifacts: [sent], sealed: sentAs };
}

const recordedElsewhere = { source: 'paper', reference: 'file 12', note: 'signed by Zoë' };

/** Histories by what came of them. */
export const histories: Readonly<Record<string, readonly Step[]>> = {
  accepted: [asked(1), taken(2), reply('ConsentGiven', 5)],
  declined: [asked(1), taken(2), reply('ConsentRefused', 5)],
  unanswered: [
    asked(1),
    taken(2),
    { event: { type: 'OptInUnanswered', at: minute(1_442), requestId: 'request-1' } },
    asked(1_500, 2),
    taken(1_501, 2),
  ],
  unreachable: [
    asked(1),
    failedToReach('OptInRequestUndeliverable', 2),
    { event: { type: 'SwitchedToSms', at: minute(3), by: 'ana@acme.example' } },
    {
      event: {
        type: 'SmsStopped',
        at: minute(4),
        evidence: { kind: 'PROVIDER', messageId: 'message-3', code: 21610 },
      },
    },
    word('SmsStarted', 5),
  ],
  everything: [
    asked(1),
    failedToReach('OptInRequestFailed', 2),
    asked(3),
    taken(4),
    { event: { type: 'OptInUnanswered', at: minute(1_444), requestId: 'request-1' } },
    asked(1_500, 2),
    failedToReach('OptInRequestFailed', 1_501, 2),
    reply('ConsentGiven', 1_502),
    word('ConsentRepeated', 1_503),
    word('SendingPaused', 1_504),
    { event: { type: 'ContactPrompted', at: minute(1_505), promptId: 'prompt-1' } },
    reply('ConsentConfirmed', 1_506, 'prompt-1'),
    { event: { type: 'IdentityChanged', at: minute(1_507), kind: 'NUMBER_CHANGED' } },
    { event: { type: 'ConsentRecorded', at: minute(1_508), by: 'ana', evidence: recordedElsewhere } },
    word('ConsentWithdrawn', 1_509),
    word('WithdrawalRepeated', 1_510),
    reply('ConsentGiven', 1_511, null),
    { event: { type: 'WithdrawalRecorded', at: minute(1_512), by: 'ana', evidence: recordedElsewhere } },
    { event: { type: 'ContactErased', at: minute(1_513), by: 'ana' } },
  ],
};
