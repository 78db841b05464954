import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConsentFeedDocument, ResendOptInDocument, SwitchToSmsDocument } from '../support/gql/graphql.js';
import { payloadsOf, startJourney, textsOf, type Asked, type Journey } from '../support/journey.js';
import { watch } from '../support/subscription.js';

let journey: Journey;
let aheadMs = 0;
const clock = { now: () => new Date(Date.now() + aheadMs) };

beforeAll(async () => {
  journey = await startJourney({ OPT_IN_RESEND_INTERVAL: 'PT1M', OPT_IN_MAX_ATTEMPTS: '2' }, clock);
});
afterAll(() => journey.close());

/** Nobody answers for an interval. */
function intervalPasses(): void {
  aheadMs += 60_000;
}

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
    await journey.history(silas);
    const feed = watch(socket, ConsentFeedDocument, { contactId: silas.id });
    await feed.until(([first]) => first?.consentTransitions.__typename === 'FeedCheckpoint');
    await journey.queue(silas, 'held for Silas');
    const early = await resend(silas.id);
    const waiting = await journey.contact(silas);
    expect(early.userErrors).toMatchObject([
      { __typename: 'RetryLaterError', code: 'RESEND_TOO_SOON', retryAt: waiting.consent.resendAvailableAt },
    ]);
    expect(Date.parse(waiting.consent.resendAvailableAt ?? '')).toBe(
      Date.parse(waiting.consent.request?.acceptedAt ?? '') + 60_000,
    );

    intervalPasses();
    const silent = await journey.becomes(silas, 'NO_RESPONSE');

    expect(silent.composer).toMatchObject({
      mode: 'HOLDING',
      canResendOptIn: true,
      canQueueMessage: true,
      heldCount: 1,
    });
    expect(silent.consent.request).toMatchObject({ delivery: 'ACCEPTED', failure: null });
    // Between them may be checkpoints: much time passes at once.
    const transitions = () =>
      feed.items.flatMap(({ consentTransitions: item }) => (item.__typename === 'ConsentTransition' ? [item] : []));
    await feed.until(() => transitions().length === 1);
    expect(transitions()[0]).toMatchObject({
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
    await feed.until(() => transitions().length === 3);
    expect(transitions().map(({ cause }) => cause)).toEqual(['NO_ANSWER', 'OPT_IN_RESENT', 'ACCEPTED']);
    feed.stop();
    await socket.dispose();
  });

  it('may still answer late, and goes back to NO_RESPONSE when the next attempt can not be delivered', async () => {
    const [late, blocked, moved] = await Promise.all([journey.asked(), journey.asked(), journey.asked()]);
    intervalPasses();
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
    intervalPasses();
    await journey.becomes(deaf, 'NO_RESPONSE');
    await askedAgain(deaf);
    intervalPasses();
    const silent = await journey.becomes(deaf, 'NO_RESPONSE');
    expect(silent.composer.canResendOptIn).toBe(false);
    expect((await resend(deaf.id)).userErrors).toMatchObject([{ code: 'ATTEMPTS_EXHAUSTED' }]);
    expect(journey.provider.sendsTo(deaf.phone)).toHaveLength(2);
  });
});

it('an opted-out contact who keeps writing is prompted once per interval', async () => {
  const paula = await journey.optedOut();
  const says = async (words: string): Promise<readonly string[]> => {
    await journey.says(paula, words);
    await journey.message(paula, words, 'RECEIVED');
    const prompts = (await journey.conversation(paula)).filter(({ kind }) => kind === 'PROMPT');
    return textsOf(await journey.sends(paula.phone, 2 + prompts.length)).slice(2);
  };
  expect(await says('hello')).toEqual(['[interactive]']);
  expect(await says('still there?')).toEqual(['[interactive]']);
  intervalPasses();
  expect(await says('anybody?')).toEqual(['[interactive]', '[interactive]']);
});
