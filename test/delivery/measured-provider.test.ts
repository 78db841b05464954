import { expect, it } from 'vitest';
import { measured, type Sent } from '../../src/delivery/measured-provider.js';
import type { SendOutcome } from '../../src/domain/conversation/delivery-facts.js';
import type { OutgoingMessage } from '../../src/domain/ports/messaging-provider.js';
import { parsePhoneNumber } from '../../src/domain/phone-number.js';

it('every send is told of with what came of it and how long that took', async () => {
  const to = parsePhoneNumber('+14155550100');
  if (!to) throw new Error('the example is not a phone number');
  const message: OutgoingMessage = {
    organizationId: 'o',
    messageId: 'm',
    attempt: 1,
    to,
    kind: 'TEXT',
    body: 'Hello',
    locale: 'en',
    requestId: null,
    organizationName: 'Acme',
    buttons: { accept: 'Yes', decline: 'No' },
  };
  let now = 0;
  const outcomes: SendOutcome[] = [
    { outcome: 'ACCEPTED', providerMessageId: 'wamid.1' },
    { outcome: 'UNKNOWN', reason: 'timed out' },
  ];
  const [accepted, unknown] = outcomes;
  const received: OutgoingMessage[] = [];
  const sent: Sent[] = [];
  const provider = measured(
    {
      send: async (given) => {
        received.push(given);
        now += 250;
        return outcomes.shift() ?? { outcome: 'UNKNOWN', reason: 'there is no more' };
      },
    },
    (told) => sent.push(told),
    () => now,
  );

  expect(await provider.send(message)).toBe(accepted);
  expect(await provider.send(message)).toBe(unknown);
  expect(received).toEqual([message, message]);
  expect(sent).toEqual([
    { outcome: 'ACCEPTED', seconds: 0.25 },
    { outcome: 'UNKNOWN', seconds: 0.25 },
  ]);
});
