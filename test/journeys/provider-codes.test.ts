import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { meanings } from '../../src/whatsapp/errors.js';
import { SendOptInDocument } from '../support/gql/graphql.js';
import { callbackOf, startJourney, textsOf, type Asked, type Journey, type Person } from '../support/journey.js';
import { refuse, type Answer } from '../support/provider-stand-in.js';

let journey: Journey;
beforeAll(async () => {
  journey = await startJourney({ DELIVERY_ORDER_WAIT: 'PT0S' });
});
afterAll(() => journey.close());

const tested = new Set<number>();
const cases = (...codes: readonly number[]): readonly number[] => {
  for (const code of codes) tested.add(code);
  return codes;
};

/** Writes a text that the provider answers so the first time, and as usual from then on. */
async function writes(answer: Answer, who?: Asked): Promise<{ readonly who: Asked; readonly text: string }> {
  const to = who ?? (await journey.optedIn());
  const text = `text ${to.id}`;
  const release = journey.provider.answerWhen(({ body }) => body?.text?.body === text, {
    ...answer,
    before: async () => release(),
  });
  await journey.queue(to, text);
  return { who: to, text };
}

/** Writes a text that the provider answers so until it is mended, which tells how often it was sent in vain. */
async function writesInVain(answer: Answer) {
  const who = await journey.optedIn();
  const text = `text ${who.id}`;
  const release = refuses(text, answer);
  await journey.queue(who, text);
  const mend = (): number => {
    release();
    return timesSent({ who, text });
  };
  return { who, text, mend };
}

const refuses = (text: string, answer: Answer): (() => void) =>
  journey.provider.answerWhen(({ body }) => body?.text?.body === text, answer);

/** Asks somebody for consent, which the provider answers so. */
async function asks(answer: Answer): Promise<Person> {
  const phone = journey.nextPhone();
  const release = journey.provider.answerWhen(({ body }) => body?.to === phone, answer);
  const who = await journey.ask({ phone });
  await expect.poll(async () => (await journey.contact(who)).consent.request?.delivery).toBe('FAILED');
  release();
  return who;
}

const timesSent = ({ who, text }: { readonly who: Person; readonly text: string }): number =>
  textsOf(journey.provider.sendsTo(who.phone)).filter((body) => body === text).length;
const asksAgain = async (who: Person): Promise<string | null> =>
  (await journey.agent.ask(SendOptInDocument, { input: { contactId: who.id } })).sendOptIn.userErrors[0]?.code ?? null;
const mends = (): Promise<unknown> => journey.database.sql`
  update whatsapp_channels set problem = null, retry_at = null, retries = 0, template_problem = null,
    template_retry_at = null`;

// One test's refusals are not the next one's.
afterEach(mends);

describe('a code that concerns the moment', () => {
  it.each(cases(4, 80007, 130429, 131056))('%i: the text is tried again after a pause, and arrives', async (code) => {
    const sent = await writesInVain(refuse(code));
    const failure = async () => (await journey.message(sent.who, sent.text, 'QUEUED')).failure;
    await expect.poll(failure).toMatchObject({ code, retryable: true });
    const inVain = sent.mend();
    await journey.message(sent.who, sent.text, 'ACCEPTED');
    expect(timesSent(sent)).toBe(inVain + 1);
  });
});

describe('a code that leaves open what became of the message', () => {
  it.each(cases(1, 2, 131000, 131016, 131057, 133004))('%i: UNCONFIRMED until a report settles it', async (code) => {
    const sent = await writes(refuse(code, 500));
    await journey.message(sent.who, sent.text, 'UNCONFIRMED');
    const request = journey.provider.sendsTo(sent.who.phone).at(-1);
    await journey.reports(request, 'delivered', { id: `wamid.${callbackOf(request)}` });
    await journey.message(sent.who, sent.text, 'DELIVERED');
    expect(timesSent(sent)).toBe(1);
  });
});

describe('a code that concerns the channel', () => {
  it.each(cases(0, 3, 10, 190, 200, 299, 368, 131005, 131031, 131037, 131042, 131045, 133010))(
    '%i: the text is held, nobody can be asked, and it leaves when the channel is served again',
    async (code) => {
      const sent = await writesInVain(refuse(code, 401));
      expect(await journey.message(sent.who, sent.text, 'HELD')).toMatchObject({
        heldReason: 'CHANNEL_DOWN',
        failure: { code },
      });
      const stranger = await journey.agent.ask(SendOptInDocument, { input: { phone: journey.nextPhone() } });
      expect(stranger.sendOptIn.userErrors).toMatchObject([{ code: 'CHANNEL_UNHEALTHY' }]);
      const inVain = sent.mend();
      await journey.message(sent.who, sent.text, 'ACCEPTED');
      expect(timesSent(sent)).toBe(inVain + 1);
    },
  );

  it.each(cases(131048))('%i: so too, but it is not tried again before somebody has mended it', async (code) => {
    const sent = await writes(refuse(code));
    await journey.message(sent.who, sent.text, 'HELD');
    const [channel] = await journey.database
      .sql`select retry_at > now() + interval '5 hours' as late from whatsapp_channels`;
    expect(channel).toEqual({ late: true });
    await mends();
    await journey.message(sent.who, sent.text, 'ACCEPTED');
  });

  it('131042 in a later report: what the provider had taken is held too, and leaves again', async () => {
    const who = await journey.optedIn();
    await journey.queue(who, 'paid for?');
    const [, , send] = await journey.sends(who.phone, 3);
    const id = await journey.wamidOf(send);
    const release = refuses('paid for?', refuse(131042));
    await journey.reports(send, 'failed', { id, code: 131042 });
    await journey.message(who, 'paid for?', 'HELD');
    release();
    const inVain = timesSent({ who, text: 'paid for?' });
    await journey.message(who, 'paid for?', 'ACCEPTED');
    expect(timesSent({ who, text: 'paid for?' })).toBe(inVain + 1);
  });
});

describe('a code that concerns the template', () => {
  it.each(cases(131064, 132000, 132005, 132007, 132012, 132016, 132018))(
    '%i: the request has failed, and nobody is asked until the template is set anew or an hour has passed',
    async (code) => {
      const who = await asks(refuse(code));
      expect((await journey.contact(who)).consent).toMatchObject({
        status: 'NOT_ASKED',
        request: { failure: { code, retryable: false } },
      });
      expect(await asksAgain(who)).toBe('CHANNEL_UNHEALTHY');
      await mends();
      expect(await asksAgain(who)).toBeNull();
    },
  );

  it.each(cases(132015, 132068, 132069))('%i: the request has failed, and may be sent again at once', async (code) => {
    const who = await asks(refuse(code));
    expect((await journey.contact(who)).consent.status).toBe('NOT_ASKED');
    expect(await asksAgain(who)).toBeNull();
  });

  it.each(cases(132001))('%i: the template’s own language is tried once, then the request has failed', async (code) => {
    const phone = journey.nextPhone();
    const release = journey.provider.answerWhen(({ body }) => body?.to === phone, refuse(code, 404));
    const who = await journey.ask({ phone, locale: 'es' });
    await expect.poll(async () => (await journey.contact(who)).consent.request?.delivery).toBe('FAILED');
    release();
    const languages = journey.provider.sendsTo(phone).map(({ body }) => body.template.language.code);
    expect(languages).toEqual(['es', 'en']);
  });
});

describe('a code that concerns the contact', () => {
  it.each(cases(131026))('%i: the contact is UNREACHABLE, whether told at once or later', async (code) => {
    const atOnce = await asks(refuse(code));
    expect((await journey.contact(atOnce)).consent.status).toBe('UNREACHABLE');
    const later = await journey.asked();
    await journey.reports(later.request, 'failed', { code });
    expect((await journey.becomes(later, 'UNREACHABLE')).composer).toMatchObject({ mode: 'SMS_OFFERED' });
  });

  it.each(cases(131047))('%i: the text waits for the contact to write', async (code) => {
    const sent = await writes(refuse(code));
    expect((await journey.message(sent.who, sent.text, 'HELD')).heldReason).toBe('WINDOW_CLOSED');
    await journey.says(sent.who, 'I am here');
    await journey.message(sent.who, sent.text, 'ACCEPTED');
  });

  it.each(cases(131049, 130472))('%i: never asked, and not again today', async (code) => {
    const who = await journey.asked();
    await journey.reports(who.request, 'failed', { code });
    await journey.becomes(who, 'NOT_ASKED');
    expect(await asksAgain(who)).toBe('RESEND_TOO_SOON');
  });

  it.each(cases(131050))('%i: never asked, and not again until the contact writes', async (code) => {
    const who = await journey.asked();
    await journey.reports(who.request, 'failed', { code });
    await journey.becomes(who, 'NOT_ASKED');
    expect(await asksAgain(who)).toBe('CONTACT_OPTED_OUT');
    await journey.says(who, 'What do you want?', { at: new Date(Date.now() + 2_000) });
    await journey.settled();
    expect(await asksAgain(who)).toBeNull();
  });

  it.each(cases(137000))('%i: consent is SUSPENDED and the text waits for a new one', async (code) => {
    const sent = await writes(refuse(code));
    expect((await journey.message(sent.who, sent.text, 'HELD')).heldReason).toBe('SUSPENDED');
    expect((await journey.contact(sent.who)).consent.status).toBe('SUSPENDED');
  });
});

describe('a code that concerns the message', () => {
  it.each(cases(33, 100, 130403, 130497, 131008, 131009, 131021, 131030, 131051, 131052, 131053, 131062))(
    '%i: it has failed for good and is not sent again; the next one leaves',
    async (code) => {
      const sent = await writes(refuse(code));
      expect((await journey.message(sent.who, sent.text, 'FAILED')).failure).toMatchObject({ code, retryable: false });
      await journey.queue(sent.who, 'the next');
      await journey.message(sent.who, 'the next', 'ACCEPTED');
      expect(timesSent(sent)).toBe(1);
    },
  );
});

it('leaves out no code that the adapter knows', () => {
  expect([...meanings.keys()].filter((code) => !tested.has(code))).toEqual([]);
});
