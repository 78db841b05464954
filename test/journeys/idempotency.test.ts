import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QueueMessageDocument, RecordConsentDocument, SendOptInDocument } from '../support/gql/graphql.js';
import { startJourney, textsOf, type Journey } from '../support/journey.js';

let journey: Journey;

beforeAll(async () => {
  journey = await startJourney();
});
afterAll(() => journey.close());

async function send(input: { contactId: string; body: string; idempotencyKey: string }, caller = journey.agent) {
  return (await caller.ask(QueueMessageDocument, { input })).queueMessage;
}

describe('a mutation that is repeated with its key', () => {
  it('is carried out once and answered alike', async () => {
    const clara = await journey.asked();
    const input = { contactId: clara.id, body: 'once', idempotencyKey: 'k-1' };
    const first = await send(input);
    const again = await send(input);
    expect(first).toMatchObject({ replayed: false, userErrors: [] });
    expect(again).toEqual({ ...first, replayed: true });
    expect((await journey.conversation(clara)).filter(({ body }) => body === 'once')).toHaveLength(1);
  });

  it('is known also after a restart of the server', async () => {
    const rosa = await journey.asked();
    const input = { contactId: rosa.id, body: 'before the restart', idempotencyKey: 'k-restart' };
    const first = await send(input);
    await journey.server.restart();
    expect(await send(input)).toEqual({ ...first, replayed: true });
    await journey.presses(rosa, rosa.accept);
    await journey.message(rosa, 'before the restart', 'ACCEPTED');
    expect(await send(input)).toMatchObject({ replayed: true, message: { id: first.message?.id, status: 'ACCEPTED' } });
    expect(textsOf(journey.provider.sendsTo(rosa.phone)).filter((body) => body === input.body)).toHaveLength(1);
  });

  it('is refused with another input, and changes nothing', async () => {
    const nora = await journey.asked();
    await send({ contactId: nora.id, body: 'this', idempotencyKey: 'k-2' });
    const other = await send({ contactId: nora.id, body: 'that', idempotencyKey: 'k-2' });
    expect(other).toMatchObject({
      message: null,
      replayed: false,
      userErrors: [{ code: 'IDEMPOTENCY_KEY_PARAMETER_MISMATCH', path: ['input', 'idempotencyKey'] }],
    });
    expect((await journey.contact(nora)).composer.heldCount).toBe(1);
  });

  it('has one effect when many come at once, and all get the same answer', async () => {
    const max = await journey.asked();
    const input = { contactId: max.id, body: 'at once', idempotencyKey: 'k-3' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(input)));
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(new Set(answers.map(({ message }) => message?.id)).size).toBe(1);
    expect((await journey.contact(max)).composer.heldCount).toBe(1);
  });

  it('asks a new number once, however many ask at once', async () => {
    const phone = journey.nextPhone();
    const input = { phone, name: 'Only Once', idempotencyKey: 'k-4' };
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => (await journey.agent.ask(SendOptInDocument, { input })).sendOptIn),
    );
    expect(answers.flatMap(({ userErrors }) => userErrors)).toEqual([]);
    expect(new Set(answers.map(({ contact }) => contact?.id)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    await journey.sends(phone, 1);
    const again = await journey.agent.ask(SendOptInDocument, { input: { phone } });
    expect(again.sendOptIn.userErrors).toMatchObject([{ code: 'OPT_IN_PENDING' }]);
    expect(journey.provider.sendsTo(phone)).toHaveLength(1);
  });

  it('is nobody else’s: another caller and another mutation may use the same key', async () => {
    const lisa = await journey.asked();
    const bob = await journey.server.caller('acme', { sub: 'agent-2' });
    const input = { contactId: lisa.id, body: 'of two agents', idempotencyKey: 'k-5' };
    expect(await send(input)).toMatchObject({ replayed: false });
    expect(await send(input, bob)).toMatchObject({ replayed: false });
    const recorded = { contactId: lisa.id, source: 'PAPER' as const, idempotencyKey: 'k-5' };
    const { recordConsent } = await journey.agent.ask(RecordConsentDocument, { input: recorded });
    expect(recordConsent).toMatchObject({ replayed: false, userErrors: [] });
    const repeated = await journey.agent.ask(RecordConsentDocument, { input: recorded });
    expect(repeated.recordConsent).toMatchObject({ replayed: true, userErrors: [] });
  });

  it('that was refused may be tried again with the same key', async () => {
    const phone = journey.nextPhone();
    const eve = await journey.asked({ phone });
    await journey.presses(eve, eve.decline);
    await journey.becomes(eve, 'OPTED_OUT');
    const input = { contactId: eve.id, body: 'later', idempotencyKey: 'k-6' };
    expect(await send(input)).toMatchObject({ message: null, userErrors: [{ code: 'CONTACT_OPTED_OUT' }] });
    await journey.says(eve, 'yes');
    await journey.becomes(eve, 'OPTED_IN');
    expect(await send(input)).toMatchObject({ replayed: false, userErrors: [], message: { body: 'later' } });
  });
});
