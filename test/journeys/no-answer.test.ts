import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConsentFeedDocument, ResendOptInDocument, SwitchToSmsDocument } from '../support/gql/graphql.js';
import { payloadsOf, startJourney, textsOf, type Asked, type Journey } from '../support/journey.js';
import { watch } from '../support/subscription.js';

let journey: Journey;

beforeAll(async () => {
  journey = await startJourney({ OPT_IN_RESEND_INTERVAL: 'PT2S', OPT_IN_MAX_ATTEMPTS: '2' });
});
afterAll(() => journey.close());

async function resend(contactId: string) {
  return (await journey.agent.ask(ResendOptInDocument, { input: { contactId } })).resendOptIn;
}

/** The send of attempt 2, once the provider has taken it. */
async function askedAgain(who: Asked) {
  const { contact, userErrors } = await resend(who.id);
  expect(userErrors).toEqual([]);
  expect(contact?.consent).toMatchObject({ status: 'PENDING', request: { attempt: 2 } });
  const request = (await journey.sends(who.phone, 2))[1];
  await journey.wamidOf(request);
  if (!request) throw new Error('no second request');
  return request;
}

describe('a contact who does not answer', () => {
  it('becomes NO_RESPONSE after the interval, may be asked again, and every button stays valid', async () => {
    const socket = journey.agent.socket();
    const silas = await journey.asked();
    const feed = watch(socket, ConsentFeedDocument, { contactId: silas.id });
    await feed.until(([first]) => first?.consentTransitions.__typename === 'FeedCheckpoint');
    await journey.queue(silas, 'held for Silas');
    const early = await resend(silas.id);
    const waiting = await journey.contact(silas);
    expect(early.userErrors).toMatchObject([
      { __typename: 'RetryLaterError', code: 'RESEND_TOO_SOON', retryAt: waiting.consent.resendAvailableAt },
    ]);
    expect(Date.parse(waiting.consent.resendAvailableAt ?? '')).toBe(
      Date.parse(waiting.consent.request?.acceptedAt ?? '') + 2_000,
    );

    const silent = await journey.becomes(silas, 'NO_RESPONSE');

    expect(silent.composer).toMatchObject({
      mode: 'HOLDING',
      canResendOptIn: true,
      canQueueMessage: true,
      heldCount: 1,
    });
    expect(silent.consent.request).toMatchObject({ delivery: 'ACCEPTED', failure: null });
    const [, pushed] = await feed.until(({ length }) => length === 2);
    expect(pushed?.consentTransitions).toMatchObject({
      from: 'PENDING',
      to: 'NO_RESPONSE',
      cause: 'NO_ANSWER',
      replayed: false,
    });

    const request = await askedAgain(silas);
    expect(payloadsOf(request).accept).not.toBe(silas.accept);
    await journey.message(silas, 'held for Silas', 'HELD');
    await journey.presses(silas, silas.accept);

    await journey.becomes(silas, 'OPTED_IN');
    await journey.message(silas, 'held for Silas', 'ACCEPTED');
    expect(textsOf(journey.provider.sendsTo(silas.phone))).toEqual([
      '[template]',
      '[template]',
      expect.stringMatching(/^Thank you\./),
      'held for Silas',
    ]);
    const items = await feed.until(({ length }) => length === 4);
    expect(items.slice(1).map(({ consentTransitions: item }) => 'cause' in item && item.cause)).toEqual([
      'NO_ANSWER',
      'OPT_IN_RESENT',
      'ACCEPTED',
    ]);
    feed.stop();
    await socket.dispose();
  });

  it('may still answer late, and goes back to NO_RESPONSE when the next attempt can not be delivered', async () => {
    const [late, blocked, moved] = await Promise.all([journey.asked(), journey.asked(), journey.asked()]);
    await Promise.all([late, blocked, moved].map((who) => journey.becomes(who, 'NO_RESPONSE')));

    await journey.says(late, 'ok');
    await journey.becomes(late, 'OPTED_IN');

    await journey.reports(await askedAgain(blocked), 'failed', { code: 131049 });
    const back = await journey.becomes(blocked, 'NO_RESPONSE');
    expect(back.consent.request).toMatchObject({ attempt: 2, delivery: 'FAILED', failure: { code: 131049 } });

    await journey.reports(await askedAgain(moved), 'failed', { code: 131026 });
    await journey.becomes(moved, 'UNREACHABLE');
    const input = { contactId: moved.id, heldMessages: 'KEEP' as const };
    const { switchToSms } = await journey.agent.ask(SwitchToSmsDocument, { input });
    expect(switchToSms.userErrors).toMatchObject([{ code: 'SMS_NOT_ENABLED' }]);
  });

  it('is asked as often as is allowed, and a refusal says so', async () => {
    const deaf = await journey.asked();
    await journey.becomes(deaf, 'NO_RESPONSE');
    await askedAgain(deaf);
    const silent = await journey.becomes(deaf, 'NO_RESPONSE');
    expect(silent.composer.canResendOptIn).toBe(false);
    expect((await resend(deaf.id)).userErrors).toMatchObject([{ code: 'ATTEMPTS_EXHAUSTED' }]);
    expect(journey.provider.sendsTo(deaf.phone)).toHaveLength(2);
  });
});

it('an opted-out contact who keeps writing is prompted once per interval', async () => {
  const paula = await journey.optedOut();
  const start = Date.now();
  await journey.says(paula, 'hello');
  await journey.sends(paula.phone, 3);
  let said = 1;
  while (journey.provider.sendsTo(paula.phone).length === 3 && Date.now() < start + 8_000) {
    await journey.says(paula, `still there? ${(said += 1)}`);
    await journey.settled();
  }
  const prompts = (await journey.sends(paula.phone, 4)).slice(2);
  expect(prompts).toHaveLength(2);
  expect(textsOf(prompts)).toEqual(['[interactive]', '[interactive]']);
  expect((prompts[1]?.at.getTime() ?? 0) - (prompts[0]?.at.getTime() ?? 0)).toBeGreaterThan(1_900);
});
