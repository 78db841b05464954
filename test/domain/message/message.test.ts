import { describe, expect, it } from 'vitest';
import {
  canStep,
  evolveMessage,
  isOpen,
  messageStatuses,
  nextToSend,
  type Message,
  type MessageStatus,
} from '../../../src/domain/message/message.js';

const at = new Date('2026-03-02T09:00:00.000Z');
const message = (given: Partial<Message> = {}): Message => ({
  id: 'm1',
  number: 1,
  channel: 'WHATSAPP',
  kind: 'TEXT',
  direction: 'OUTBOUND',
  status: 'QUEUED',
  heldReason: null,
  requestId: null,
  attempts: 0,
  providerMessageId: null,
  possibleDuplicate: false,
  createdAt: at,
  statusChangedAt: at,
  ...given,
});
const moved = (status: MessageStatus) => ({
  type: 'MessageMoved' as const,
  at,
  messageId: 'm1',
  status,
  channel: 'WHATSAPP' as const,
  heldReason: null,
  failure: null,
  attempts: 1,
  providerMessageId: null,
  possibleDuplicate: false,
  by: null,
});

describe('the steps of a message', () => {
  it.each(['READ', 'CANCELLED', 'EXPIRED', 'RECEIVED'] as const)('%s is the end', (from) => {
    expect(messageStatuses.filter((to) => canStep(from, to))).toEqual([]);
  });

  it('lead back from "not sent", and from failure or doubt where somebody decides so; never from what arrived', () => {
    const back = messageStatuses.filter((from) => canStep(from, 'QUEUED'));
    expect(back).toEqual(['HELD', 'SENDING', 'FAILED', 'UNCONFIRMED']);
    expect(messageStatuses.filter((from) => canStep(from, 'SENDING'))).toEqual(['QUEUED']);
  });

  it('what arrived is never taken back', () => {
    for (const status of ['DELIVERED', 'READ'] as const) {
      for (const to of ['FAILED', 'HELD', 'QUEUED', 'CANCELLED', 'SENT', 'ACCEPTED'] as const)
        expect([status, to, canStep(status, to)]).toEqual([status, to, false]);
    }
  });

  it('that do not exist are refused', () => {
    expect(() => evolveMessage(message({ status: 'READ' }), moved('QUEUED'))).toThrow('READ cannot become QUEUED');
    expect(() => evolveMessage(null, moved('QUEUED'))).toThrow('message m1 does not exist');
  });

  it('keep what the provider calls the message', () => {
    const sent = message({ status: 'ACCEPTED', providerMessageId: 'wamid.1' });
    expect(evolveMessage(sent, moved('DELIVERED')).providerMessageId).toBe('wamid.1');
  });

  it('are open while the message is with us or under way', () => {
    expect(messageStatuses.filter((status) => isOpen(message({ status })))).toEqual(['HELD', 'QUEUED', 'SENDING']);
  });
});

describe('the one that leaves next', () => {
  it('is the system’s own first, then the first that was written', () => {
    const three = message({ id: 'm3', number: 3 });
    const two = message({ id: 'm2', number: 2 });
    const notice = message({ id: 'm4', number: 4, kind: 'OPT_OUT_NOTICE' });
    expect(nextToSend([three, two, notice], 'WHATSAPP')?.id).toBe('m4');
    expect(nextToSend([three, two], 'WHATSAPP')?.id).toBe('m2');
  });

  it('is of that channel and queued', () => {
    const sms = message({ channel: 'SMS' });
    expect(nextToSend([sms, message({ id: 'm2', status: 'HELD' })], 'WHATSAPP')).toBeNull();
    expect(nextToSend([sms], 'SMS')?.id).toBe('m1');
  });
});
