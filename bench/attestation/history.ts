import type { Artifact } from '../../src/attestation/artifact.js';
import type { ConsentEvent, ReplyEvidence } from '../../src/domain/consent/events.js';

const phone = '+12025550142';
const begin = Date.parse('2026-11-22T09:00:00.000Z');

/** As large as those that Meta takes and sends. */
const bytesOf = (kind: Artifact['kind'], length: number, cycle: number): Artifact => ({
  kind,
  mediaType: 'application/json',
  bytes: Buffer.from(JSON.stringify({ cycle, to: phone, text: 'x'.repeat(length) })),
  about: { verified: true },
});

/** So many events of one contact, 8 of 14 of them transitions: asked, asked again, agreed, in doubt, stopped, agreed, changed. */
export function historyOf(
  count: number,
): readonly { readonly event: ConsentEvent; readonly artifacts: readonly Artifact[] }[] {
  const history = Array.from({ length: Math.ceil(count / 14) }, (_, cycle) => cycleOf(cycle)).flat();
  return history.slice(0, count);
}

function cycleOf(cycle: number): ReturnType<typeof historyOf> {
  const requestId = `0192c7e4-6f00-7000-8000-${String(cycle).padStart(12, '0')}`;
  const request = { requestId, by: 'ana@acme.example', locale: 'en', basis: null };
  const evidence: ReplyEvidence = {
    messageId: requestId,
    providerMessageId: 'wamid.HBgLMTIwMjU1NTAxNDIVAgASGBQzQTdDNTc2QzQ2RjM0OTBEQjc5NgA=',
    kind: 'TEXT',
    rules: '2026-11',
    inboxId: requestId,
  };
  const sent = [bytesOf('request-sent', 400, cycle), bytesOf('response', 100, cycle)];
  const received = [bytesOf('webhook-received', 700, cycle)];
  const at = (minute: number): Date => new Date(begin + (cycle * 100_000 + minute) * 60_000);
  return [
    { event: { type: 'OptInRequested', at: at(0), attempt: 1, ...request }, artifacts: [] },
    { event: { type: 'OptInRequestAccepted', at: at(1), requestId, confirmed: true }, artifacts: sent },
    { event: { type: 'OptInUnanswered', at: at(1_441), requestId }, artifacts: [] },
    { event: { type: 'OptInRequested', at: at(1_500), attempt: 2, ...request }, artifacts: [] },
    { event: { type: 'OptInRequestAccepted', at: at(1_501), requestId, confirmed: true }, artifacts: sent },
    { event: { type: 'ConsentGiven', at: at(1_510), requestId, evidence }, artifacts: received },
    { event: { type: 'ConsentRepeated', at: at(1_520), evidence }, artifacts: received },
    { event: { type: 'SendingPaused', at: at(1_530), evidence }, artifacts: received },
    { event: { type: 'ContactPrompted', at: at(1_531), promptId: requestId }, artifacts: [] },
    { event: { type: 'ConsentConfirmed', at: at(1_540), requestId, evidence }, artifacts: received },
    { event: { type: 'ConsentWithdrawn', at: at(1_550), evidence }, artifacts: received },
    { event: { type: 'WithdrawalRepeated', at: at(1_560), evidence }, artifacts: received },
    { event: { type: 'ConsentGiven', at: at(1_570), requestId: null, evidence }, artifacts: received },
    { event: { type: 'IdentityChanged', at: at(1_580), kind: 'NUMBER_CHANGED' }, artifacts: [] },
  ];
}
