import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SendOptInDocument } from '../support/gql/graphql.js';
import { startJourney, textsOf, type Asked, type Journey } from '../support/journey.js';
import { accept, drop, gate, refuse, rubbish, type Answer } from '../support/provider-stand-in.js';

let journey: Journey;

beforeAll(async () => {
  // Long enough that a slow machine is not taken for a slow provider.
  journey = await startJourney({ WHATSAPP_TIMEOUT: 'PT5S' });
});
afterAll(() => journey.close());

/** Lets the provider answer the first send of this text so, and any later one as usual. */
function firstTime(text: string, answer: Answer): void {
  const release = journey.provider.answerWhen(({ body }) => body?.text?.body === text, {
    ...answer,
    before: async () => release(),
  });
}

const timesSent = (who: Asked, text: string): number =>
  textsOf(journey.provider.sendsTo(who.phone)).filter((body) => body === text).length;

describe('messages of one conversation', () => {
  it('leave in the order they were queued, each after the one before', async () => {
    const clara = await journey.optedIn();
    const bodies = Array.from({ length: 8 }, (_, index) => `number ${index + 1}`);
    const slow = gate();
    const release = journey.provider.answerWhen(
      ({ body }) => body?.text?.body === 'number 1',
      accept({ until: slow.opened }),
    );
    for (const body of bodies) await journey.queue(clara, body);
    await journey.sends(clara.phone, 3);
    await journey.message(clara, 'number 2', 'QUEUED');
    slow.open();
    const all = await journey.sends(clara.phone, 10);
    release();
    expect(textsOf(all).slice(2)).toEqual(bodies);
  });

  it('do not wait for those of another', async () => {
    const [slowly, quickly] = [await journey.optedIn(), await journey.optedIn()];
    const slow = gate();
    const release = journey.provider.answerWhen(
      ({ body }) => body?.to === slowly.phone,
      accept({ until: slow.opened }),
    );
    await journey.queue(slowly, 'takes its time');
    await journey.queue(quickly, 'overtakes');
    await journey.message(quickly, 'overtakes', 'ACCEPTED');
    await journey.message(slowly, 'takes its time', 'SENDING');
    slow.open();
    release();
    await journey.message(slowly, 'takes its time', 'ACCEPTED');
  });
});

describe('a provider that takes no more for the moment', () => {
  it.each([
    [131056, 400],
    [130429, 429],
  ])('(%i) is tried again later: in order, and nothing is lost', async (code, httpStatus) => {
    const rita = await journey.optedIn();
    firstTime(`first ${code}`, refuse(code, httpStatus));
    await journey.queue(rita, `first ${code}`);
    await journey.queue(rita, `second ${code}`);
    await journey.message(rita, `second ${code}`, 'ACCEPTED');
    expect((await journey.message(rita, `first ${code}`, 'ACCEPTED')).failure).toBeNull();
    const sends = journey.provider.sendsTo(rita.phone).slice(2);
    expect(textsOf(sends)).toEqual([`first ${code}`, `first ${code}`, `second ${code}`]);
    const [refused, again] = sends;
    expect((again?.at.getTime() ?? 0) - (refused?.at.getTime() ?? 0)).toBeGreaterThan(900);
    expect(again?.body.biz_opaque_callback_data).toMatch(/\.2$/);
  });
});

describe('a send whose outcome is unknown', () => {
  it.each([
    ['the connection dropped after reading', drop('AFTER_READING')],
    ['the answer made no sense', rubbish()],
    ['the provider failed', rubbish(500, 'oops')],
    ['the provider said it failed', refuse(131000, 500)],
    ['the answer took too long', accept({ until: new Promise(() => undefined) })],
  ])('(%s) is UNCONFIRMED until a later report settles it, and is not sent twice', async (why, answer) => {
    const una = await journey.optedIn();
    firstTime(why, answer);
    await journey.queue(una, why);
    await journey.queue(una, 'the next');
    const unconfirmed = await journey.message(una, why, 'UNCONFIRMED');
    expect(unconfirmed.failure?.reason).toMatch(/\w/);
    await journey.message(una, 'the next', 'ACCEPTED');
    const send = journey.provider.sendsTo(una.phone)[2];

    await journey.reports(send, 'delivered', { id: `wamid.of ${why}` });

    expect((await journey.message(una, why, 'DELIVERED')).failure).toBeNull();
    expect(timesSent(una, why)).toBe(1);
  });

  it('counts as a request that may have arrived: its buttons work, and it keeps the contact waiting', async () => {
    const phone = journey.nextPhone();
    const release = journey.provider.answerWhen(({ body }) => body?.to === phone, drop('AFTER_READING'));
    const wendy = await journey.ask({ phone });
    const [request] = await journey.sends(phone, 1);
    await expect.poll(async () => (await journey.contact(wendy)).consent.request?.delivery).toBe('UNCONFIRMED');
    release();
    const again = await journey.agent.ask(SendOptInDocument, { input: { contactId: wendy.id } });
    expect(again.sendOptIn.userErrors).toMatchObject([{ code: 'OPT_IN_PENDING' }]);
    expect((await journey.contact(wendy)).consent).toMatchObject({ status: 'PENDING' });

    await journey.reports(request, 'delivered');
    await journey.settled();

    expect((await journey.contact(wendy)).consent.request).toMatchObject({ delivery: 'DELIVERED', failure: null });
    expect(journey.provider.sendsTo(phone)).toHaveLength(1);
  });
});

describe('a message that the provider does not take', () => {
  it('because the window is closed (131047) is held, and leaves when the contact writes again', async () => {
    const wanda = await journey.optedIn();
    firstTime('too late', refuse(131047));
    await journey.queue(wanda, 'too late');
    expect(await journey.message(wanda, 'too late', 'HELD')).toMatchObject({
      heldReason: 'WINDOW_CLOSED',
      failure: { code: 131047 },
    });
    expect((await journey.contact(wanda)).composer).toMatchObject({ mode: 'WINDOW_CLOSED', canQueueMessage: true });

    await journey.says(wanda, 'Good morning');

    await journey.message(wanda, 'too late', 'ACCEPTED');
    expect((await journey.contact(wanda)).composer.mode).toBe('OPEN');
  });

  it('for good has FAILED, and those behind it leave', async () => {
    const frida = await journey.optedIn();
    firstTime('not like this', refuse(131009));
    await journey.queue(frida, 'not like this');
    await journey.queue(frida, 'but like this');
    await journey.message(frida, 'but like this', 'ACCEPTED');
    const failed = await journey.message(frida, 'not like this', 'FAILED');
    expect(failed.failure).toMatchObject({ code: 131009, retryable: false });
    expect(timesSent(frida, 'not like this')).toBe(1);
  });

  it('as a later status tells, has FAILED with the code', async () => {
    const lea = await journey.optedIn();
    await journey.queue(lea, 'will not arrive');
    const send = (await journey.sends(lea.phone, 3))[2];
    await journey.reports(send, 'failed', { code: 131053 });
    expect((await journey.message(lea, 'will not arrive', 'FAILED')).failure).toMatchObject({ code: 131053 });
  });

  it('because the channel is refused (190) waits, nobody else can be asked, and it leaves once that is mended', async () => {
    const cora = await journey.optedIn();
    const release = journey.provider.answerWhen(({ body }) => body?.to === cora.phone, refuse(190, 401));
    await journey.queue(cora, 'patience');
    await journey.sends(cora.phone, 3);
    await expect
      .poll(async () => {
        const input = { phone: journey.nextPhone() };
        const { sendOptIn } = await journey.agent.ask(SendOptInDocument, { input });
        return sendOptIn.userErrors.map(({ code }) => code);
      })
      .toEqual(['CHANNEL_UNHEALTHY']);
    release();
    await journey.message(cora, 'patience', 'ACCEPTED');
    await expect.poll(async () => (await journey.ask().catch(() => null)) !== null).toBe(true);
  });
});
