import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assent } from '../support/command-line.js';
import { ContactByPhoneDocument } from '../support/gql/graphql.js';
import { callbackOf, payloadsOf, startJourney, type Journey } from '../support/journey.js';
import { accept, buttonMessage, postWebhook, statusOf, textMessage, webhookOf } from '../support/provider-stand-in.js';

let journey: Journey;
let hook: string;

beforeAll(async () => {
  journey = await startJourney();
  hook = `${journey.server.url}/webhooks/whatsapp`;
});
afterAll(() => journey.close());

async function stored(): Promise<number> {
  const [row] = await journey.database.sql<{ n: number }[]>`select count(*)::int as n from webhook_inbox`;
  return row?.n ?? 0;
}

describe('webhooks that come twice, late or out of order', () => {
  it('change nothing twice', async () => {
    const clara = await journey.asked();
    await journey.queue(clara, 'once');
    const yes = { at: clara.next(), id: 'wamid.the-same' };
    await Promise.all(Array.from({ length: 5 }, () => journey.presses(clara, clara.accept, yes)));
    await journey.presses(clara, clara.accept, yes);
    await journey.settled();
    await journey.message(clara, 'once', 'ACCEPTED');
    await journey.presses(clara, clara.accept, yes);
    await journey.settled();
    expect((await journey.history(clara)).map(({ to }) => to)).toEqual(['PENDING', 'OPTED_IN']);
    const messages = await journey.conversation(clara);
    expect(messages.map(({ kind, direction }) => `${direction} ${kind}`).sort()).toEqual([
      'INBOUND TEXT',
      'OUTBOUND OPT_IN_CONFIRMATION',
      'OUTBOUND OPT_IN_REQUEST',
      'OUTBOUND TEXT',
    ]);
    expect(journey.provider.sendsTo(clara.phone)).toHaveLength(3);
  });

  it('never move a message back', async () => {
    const max = await journey.asked();
    const id = await journey.wamidOf(max.request);
    for (const status of ['read', 'delivered', 'sent', 'read'] as const) {
      await journey.post({ statuses: [statusOf({ id, status, at: new Date(), to: max.phone })] });
    }
    await journey.settled();
    expect((await journey.contact(max)).consent.request?.delivery).toBe('READ');
  });

  it('count when they name their request, though the contact’s clock says it is older', async () => {
    const otto = await journey.asked();
    await journey.presses(otto, otto.accept, { at: new Date(Date.now() - 600_000) });
    const contact = await journey.becomes(otto, 'OPTED_IN');
    expect(Date.parse(contact.consent.changedAt ?? '')).toBeLessThan(Date.now() - 500_000);
  });

  it('count when they reply to the request, in words', async () => {
    const wilma = await journey.optedIn();
    const contextId = await journey.wamidOf(wilma.request);
    await journey.says(wilma, 'no', { contextId });
    await journey.becomes(wilma, 'OPTED_OUT');
  });

  it('lose nothing that stands beside something broken', async () => {
    const [ada, bea] = [await journey.asked(), await journey.asked()];
    await journey.post({
      messages: [
        null,
        'rubbish',
        {},
        { type: 'text', id: 'wamid.no-sender', timestamp: '1' },
        { from: ada.phone.slice(1), id: 'wamid.no-time', timestamp: 'soon', type: 'text', text: { body: 'stop' } },
        { from: ada.phone.slice(1), id: 'wamid.no-text', timestamp: '1790000000', type: 'text', text: 7 },
        buttonMessage({ from: ada.phone, at: ada.next(), payload: ada.accept }),
        { from: bea.phone.slice(1), id: 'wamid.new-kind', timestamp: '1790000000', type: 'telepathy', telepathy: [] },
        textMessage({ from: bea.phone, at: bea.next(), body: 'no\u0000' }),
      ],
      statuses: [
        17,
        { status: 'delivered' },
        { id: 'wamid.unknown', status: 'teleported', timestamp: '1790000000' },
        statusOf({ id: 'wamid.x', status: 'delivered', at: new Date(), callbackData: callbackOf(ada.request) }),
        statusOf({ id: 'wamid.not-ours', status: 'delivered', at: new Date(), callbackData: '1.nothing-of-ours.1' }),
        statusOf({ id: 'wamid.nobody', status: 'read', at: new Date() }),
      ],
    });
    await journey.becomes(ada, 'OPTED_IN');
    await journey.becomes(bea, 'OPTED_OUT');
    await journey.settled();
    expect((await journey.contact(ada)).consent.request?.delivery).toBe('DELIVERED');
  });
});

describe('webhooks that overtake the answer to our own send', () => {
  it('tell its status all the same', async () => {
    const phone = journey.nextPhone();
    const early = accept({
      before: async (request, id) => {
        await journey.reports(request, 'sent', { id });
        await journey.reports(request, 'delivered', { id });
        await journey.settled();
      },
    });
    const release = journey.provider.answerWhen(({ body }) => body?.to === phone, early);
    const erin = await journey.asked({ phone });
    release();
    const delivery = async () => (await journey.contact(erin)).consent.request?.delivery;
    await expect.poll(delivery).toBe('DELIVERED');
    await journey.presses(erin, erin.accept);
    await journey.becomes(erin, 'OPTED_IN');
    await journey.sends(phone, 2);
    expect(await delivery()).toBe('DELIVERED');
  });

  it('tell the contact’s reply all the same', async () => {
    const phone = journey.nextPhone();
    const person = journey.person('', phone);
    const early = accept({
      before: async (request) => {
        if (request.body.type !== 'template') return;
        await journey.presses(person, payloadsOf(request).accept);
        await journey.settled();
      },
    });
    const release = journey.provider.answerWhen(({ body }) => body?.to === phone, early);
    const rex = await journey.ask({ phone });
    await journey.becomes(rex, 'OPTED_IN');
    await journey.queue(rex, 'at once');
    await journey.message(rex, 'at once', 'ACCEPTED');
    release();
    expect((await journey.contact(rex)).consent).toMatchObject({
      status: 'OPTED_IN',
      request: { delivery: 'ACCEPTED' },
    });
    expect((await journey.history(rex)).map(({ to }) => to)).toEqual(['PENDING', 'OPTED_IN']);
  });
});

describe('webhooks of several organizations', () => {
  it('in one batch, signed by the app that they share, reach each its own', async () => {
    const { server } = journey;
    const secret = 'the secret of a shared app';
    const phone = journey.nextPhone();
    const slugs = ['north', 'south'];
    for (const slug of slugs) {
      await server.organization(slug);
      const channel = [
        '--phone-number-id',
        `${slug}-number`,
        '--access-token',
        `${slug}-token`,
        '--app-secret',
        secret,
      ];
      const { code, err } = await assent(server.env, 'channel', 'set', '--org', slug, ...channel);
      expect({ code, err }).toMatchObject({ code: 0 });
    }
    const at = journey.person('', phone).next();
    const words = ['yes', 'stop'];
    const batch = webhookOf(
      ...slugs.map((slug, index) => ({
        phoneNumberId: `${slug}-number`,
        messages: [textMessage({ from: phone, at, body: words[index] ?? '', id: `wamid.${slug}` })],
      })),
      { phoneNumberId: 'nobody-knows-it', messages: [textMessage({ from: phone, at, body: 'hello' })] },
    );

    expect(await postWebhook(hook, secret, batch)).toBe(200);

    await journey.settled();
    const statuses = await Promise.all(
      [...slugs, 'acme'].map(async (slug) => {
        const caller = await server.caller(slug);
        return (await caller.ask(ContactByPhoneDocument, { phone })).contactByPhone?.consent.status ?? null;
      }),
    );
    expect(statuses).toEqual(['OPTED_IN', 'OPTED_OUT', null]);
  });

  it('signed by another organization are refused and not stored', async () => {
    const other = await journey.server.organization('other');
    const victor = await journey.asked();
    const before = await stored();
    const at = victor.next();
    const body = webhookOf({
      phoneNumberId: journey.organization.phoneNumberId,
      messages: [buttonMessage({ from: victor.phone, at, payload: victor.accept })],
    });
    expect(await postWebhook(hook, other.appSecret, body)).toBe(401);
    expect(await stored()).toBe(before);
    expect((await journey.contact(victor)).consent.status).toBe('PENDING');
  });

  it('that mix numbers take effect only for the organization whose secret signed them', async () => {
    const mallory = await journey.server.organization('mallory');
    const victor = await journey.asked();
    const at = victor.next();
    const messages = [buttonMessage({ from: victor.phone, at, payload: victor.accept })];
    const body = webhookOf(
      { phoneNumberId: mallory.phoneNumberId, messages: [] },
      { phoneNumberId: journey.organization.phoneNumberId, messages },
    );
    expect(await postWebhook(hook, mallory.appSecret, body)).toBe(200);
    await journey.settled();
    expect((await journey.contact(victor)).consent.status).toBe('PENDING');
  });
});

describe('Meta’s challenge', () => {
  it('is answered to whoever knows the verify token, and to nobody else', async () => {
    const ask = (token: string) =>
      fetch(
        `${hook}?${new URLSearchParams({ 'hub.mode': 'subscribe', 'hub.verify_token': token, 'hub.challenge': '42' })}`,
      );
    const [right, wrong] = [await ask('verify me'), await ask('guess')];
    expect([right.status, await right.text()]).toEqual([200, '42']);
    expect(wrong.status).toBe(403);
  });
});

describe('the secret of a channel', () => {
  const set = async (secret: string, ...more: readonly string[]): Promise<void> => {
    const channel = ['--org', 'acme', '--phone-number-id', journey.organization.phoneNumberId, '--access-token', 't'];
    const { code, err } = await assent(
      journey.server.env,
      'channel',
      'set',
      ...channel,
      '--app-secret',
      secret,
      ...more,
    );
    expect([code, err]).toEqual([0, '']);
  };
  const post = (secret: string): Promise<number> =>
    postWebhook(hook, secret, webhookOf({ phoneNumberId: journey.organization.phoneNumberId }));

  it('may be replaced while webhooks are signed with both, and the old one ended at once', async () => {
    const { appSecret } = journey.organization;
    await set('the second secret');
    await expect.poll(() => post('the second secret'), { timeout: 30_000 }).toBe(200);
    expect(await post(appSecret)).toBe(200);

    await set('the second secret');
    await set('the third secret', '--previous-secret-for', 'PT1H');
    await expect.poll(() => post('the third secret'), { timeout: 30_000 }).toBe(200);
    expect(await post('the second secret')).toBe(200);
    expect(await post(appSecret)).toBe(401);

    await set('the third secret', '--previous-secret-for', '0');
    await expect.poll(() => post('the second secret'), { timeout: 30_000 }).toBe(401);
    expect(await post('the third secret')).toBe(200);
    await set(appSecret, '--previous-secret-for', '0');
    await expect.poll(() => post(appSecret), { timeout: 30_000 }).toBe(200);
  });

  it('is kept unreadable, the one before it too', async () => {
    await set('a secret nobody reads');
    await set(journey.organization.appSecret);
    const [row] = await journey.database.sql`
      select previous_app_secret as secret, previous_secret_until > now() as good from whatsapp_channels`;
    expect(row?.['good']).toBe(true);
    expect(Buffer.from(row?.['secret']).toString('latin1')).not.toContain('nobody reads');
    await expect.poll(() => post(journey.organization.appSecret), { timeout: 30_000 }).toBe(200);
  });
});

describe('a webhook that is played again', () => {
  const day = 24 * 60 * 60 * 1000;

  it('after more than 8 days is kept and takes no effect; one of 7 days counts by its time', async () => {
    const [ida, udo] = [await journey.asked(), await journey.asked()];
    const old = buttonMessage({ from: ida.phone, at: new Date(Date.now() - 9 * day), payload: ida.accept });
    await journey.post({ messages: [old] });
    const late = buttonMessage({ from: udo.phone, at: new Date(Date.now() - 7 * day), payload: udo.accept });
    await journey.post({ messages: [late] });
    const contact = await journey.becomes(udo, 'OPTED_IN');
    expect(Date.parse(contact.consent.changedAt ?? '')).toBeLessThan(Date.now() - 6 * day);
    await journey.settled();
    expect((await journey.contact(ida)).consent.status).toBe('PENDING');
    const [row] = await journey.database.sql<{ kept: number }[]>`
      select count(*)::int as kept from webhook_inbox where quarantined_at is not null and processed_at is not null`;
    expect(row?.kept).toBe(1);
  });
});
