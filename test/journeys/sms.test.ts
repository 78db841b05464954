import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accept, drop, gate, type RecordedRequest } from '../support/provider-stand-in.js';
import { textsOf } from '../support/journey.js';
import { postForm } from '../support/sms-fakes.js';
import { own, shared, startSmsJourney, type SmsJourney } from '../support/sms-journey.js';

let journey: SmsJourney;

beforeAll(async () => {
  journey = await startSmsJourney();
});
afterAll(() => journey.close());

const optedOut = [{ code: 'CONTACT_OPTED_OUT' }];
const toSms = (phone: string) => (request: RecordedRequest) => request.body?.To === phone;
const inboxOf = async (part: string): Promise<number> => {
  const pattern = `%${encodeURIComponent(part)}%`;
  const rows = await journey.database.sql`
    select 1 from webhook_inbox where channel = 'SMS' and convert_from(body, 'UTF8') like ${pattern}`;
  return rows.length;
};

describe('an SMS that leaves', () => {
  it('goes out from the organization’s own number, and names its attempt for reports', async () => {
    const nadia = await journey.unreachable('one', 'two', 'three');
    expect(await journey.switchToSms(nadia, 'SEND_BY_SMS')).toMatchObject({
      userErrors: [],
      contact: { composer: { heldCount: 0 } },
    });
    const sends = await journey.smsTo(nadia, 3);
    expect(textsOf(sends)).toEqual(['one', 'two', 'three']);
    expect(sends[0]).toMatchObject({ path: '/2010-04-01/Accounts/AC1/Messages.json', body: { From: own.from } });
    for (const { body } of sends) {
      expect(body.StatusCallback).toMatch(new RegExp(`^${journey.server.url}/webhooks/sms/status\\?attempt=[\\w-]+$`));
      expect(body.StatusCallback).not.toContain(nadia.phone.slice(1));
    }
  });

  it('becomes what the provider reports of it, and only ever moves forward', async () => {
    const nadia = await journey.unreachable();
    await journey.queueSms(nadia, 'hello');
    await journey.message(nadia, 'hello', 'ACCEPTED');
    const [sent] = await journey.smsTo(nadia, 1);
    for (const [word, status] of [
      ['queued', 'ACCEPTED'],
      ['sending', 'SENT'],
      ['delivered', 'DELIVERED'],
      ['sent', 'DELIVERED'],
      ['delivered', 'DELIVERED'],
      ['read', 'READ'],
      ['undelivered', 'READ'],
    ] as const) {
      expect(await journey.reports(sent, word)).toMatchObject({ status: 200, text: '' });
      await journey.settled();
      await journey.message(nadia, 'hello', status);
    }
    const steps = await journey.database.sql`
      select e.status from message_events e join messages m on m.organization_id = e.organization_id
        and m.id = e.message_id join contacts c on c.organization_id = m.organization_id and c.id = m.contact_id
      where c.phone = ${nadia.phone} and m.body = 'hello' order by e.revision, e.ordinal`;
    expect(steps.map(({ status }) => status)).toEqual(['QUEUED', 'SENDING', 'ACCEPTED', 'SENT', 'DELIVERED', 'READ']);
  });

  it.each([
    ['undelivered', 30003, false],
    ['undelivered', 30007, false],
    ['failed', 30008, true],
  ])('that is reported %s with %i has failed, and says why', async (word, code, retryable) => {
    const nadia = await journey.unreachable();
    await journey.queueSms(nadia, 'hello');
    const [sent] = await journey.smsTo(nadia, 1);
    await journey.reports(sent, word, { errorCode: String(code) });
    expect(await journey.message(nadia, 'hello', 'FAILED')).toMatchObject({ failure: { code, retryable } });
    expect((await journey.contact(nadia)).composer.canSwitchToSms).toBe(true);
  });

  it('of unknown fate is settled by a report that echoes its attempt', async () => {
    const nadia = await journey.unreachable();
    const release = journey.provider.answerWhen(toSms(nadia.phone), drop('AFTER_READING'));
    await journey.queueSms(nadia, 'hello');
    await journey.message(nadia, 'hello', 'UNCONFIRMED');
    release();
    const [sent] = await journey.smsTo(nadia, 1);
    await journey.reports(sent, 'delivered', { id: 'SM.unheard' });
    await journey.message(nadia, 'hello', 'DELIVERED');
    const [row] = await journey.database.sql`
      select count(*)::int as known from messages where provider_message_id = 'SM.unheard'`;
    expect(row).toEqual({ known: 1 });
    expect(await journey.smsTo(nadia, 1)).toHaveLength(1);
  });

  it('is cancelled or kept with the agent’s choice', async () => {
    const nadia = await journey.unreachable('one');
    expect(await journey.switchToSms(nadia, 'CANCEL')).toMatchObject({ userErrors: [] });
    await journey.message(nadia, 'one', 'CANCELLED');
    const nico = await journey.unreachable('two');
    expect(await journey.switchToSms(nico, 'KEEP')).toMatchObject({ contact: { composer: { heldCount: 1 } } });
    expect(await journey.message(nico, 'two', 'HELD')).toMatchObject({ channel: 'WHATSAPP' });
  });

  it('waits where the provider is busy, and is sent again', async () => {
    const nadia = await journey.unreachable();
    journey.provider.answerNext({ kind: 'ERROR', httpStatus: 429, body: { code: 20429 } });
    await journey.queueSms(nadia, 'hello');
    await journey.message(nadia, 'hello', 'ACCEPTED');
    expect(await journey.smsTo(nadia, 2)).toHaveLength(2);
  });
});

describe('a report or an SMS with a wrong signature', () => {
  it('is turned away, and nothing of it is stored', async () => {
    const nadia = await journey.unreachable();
    await journey.queueSms(nadia, 'hello');
    await journey.message(nadia, 'hello', 'ACCEPTED');
    const [sent] = await journey.smsTo(nadia, 1);
    expect(await journey.reports(sent, 'delivered', { token: 'guessed', id: 'SM.forged' })).toMatchObject({
      status: 401,
    });
    expect(await journey.writes(nadia, 'STOP', { token: 'guessed' })).toMatchObject({ status: 401 });
    expect(await journey.writes(nadia, 'STOP', { token: shared.authToken })).toMatchObject({ status: 401 });
    const unsigned = await fetch(`${journey.server.url}/webhooks/sms`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ AccountSid: 'AC1', From: nadia.phone, To: own.from, Body: 'STOP' }),
    });
    expect(unsigned.status).toBe(401);
    expect([await inboxOf(nadia.phone), await inboxOf('SM.forged')]).toEqual([0, 0]);
    expect(await journey.smsFacts(nadia)).toEqual([]);
  });
});

describe('an SMS that a contact writes', () => {
  it('is shown to the agent, once, and the provider has nothing to say to the contact', async () => {
    const nadia = await journey.unreachable();
    const answer = { status: 200, type: expect.stringContaining('text/xml'), text: '<Response/>' };
    expect(await journey.writes(nadia, 'See you & goodbye ✓', { id: 'SM.twice' })).toEqual(answer);
    expect(await journey.shown(nadia, 'See you & goodbye ✓')).toMatchObject({ channel: 'SMS', direction: 'INBOUND' });
    expect(await journey.writes(nadia, 'See you & goodbye ✓', { id: 'SM.twice' })).toEqual(answer);
    await journey.settled();
    await journey.shown(nadia, 'See you & goodbye ✓');
    expect(await inboxOf(nadia.phone)).toBe(2);
  });

  it('from a number that nobody knows is answered, and kept nowhere', async () => {
    const stranger = { phone: journey.nextPhone() };
    for (const to of [own, shared]) {
      expect(await journey.writes(stranger, 'hello?', { to })).toMatchObject({ status: 200, text: '<Response/>' });
    }
    await journey.settled();
    const contacts = await journey.database.sql`select 1 from contacts where phone = ${stranger.phone}`;
    expect([await inboxOf(stranger.phone), contacts.length]).toEqual([0, 0]);
  });

  it('to the number of all is for every organization that knows the contact, and for no other', async () => {
    const phone = journey.nextPhone();
    await Promise.all(['globex', 'initech', 'umbrella'].map((slug) => journey.server.organization(slug)));
    const [globex, initech] = await Promise.all([journey.server.caller('globex'), journey.server.caller('initech')]);
    const [one, two] = [await journey.ask({ phone }, globex), await journey.ask({ phone }, initech)];
    await journey.writes({ phone }, 'STOP', { to: shared });
    await journey.settled();
    const rows = await journey.database.sql`
      select o.slug from webhook_inbox i join organizations o on o.id = i.organization_id
      where convert_from(i.body, 'UTF8') like ${`%${phone.slice(1)}%`} and i.channel = 'SMS' order by 1`;
    expect(rows.map(({ slug }) => slug)).toEqual(['globex', 'initech']);
    for (const [caller, who] of [
      [globex, one],
      [initech, two],
    ] as const) {
      const { queueMessage } = await caller.ask(
        'mutation ($id: ID!) { queueMessage(input: { contactId: $id, body: "x", channel: SMS }) { userErrors { code } } }',
        { id: who.id },
      );
      expect(queueMessage.userErrors).toEqual(optedOut);
    }
  });

  it('to an organization’s own number is not for others who know the contact', async () => {
    const phone = journey.nextPhone();
    const globex = await journey.server.caller('globex');
    const [ours, theirs] = [await journey.ask({ phone }), await journey.ask({ phone }, globex)];
    await journey.writes(ours, 'only for acme');
    await journey.shown(ours, 'only for acme');
    const { contact } = await globex.ask('query ($id: ID!) { contact(id: $id) { messages { nodes { body } } } }', {
      id: theirs.id,
    });
    expect(JSON.stringify(contact)).not.toContain('only for acme');
  });
});

describe('STOP and START', () => {
  it('cancel what waits to leave by SMS, refuse more, and allow it again', async () => {
    const nadia = await journey.unreachable();
    const { opened, open } = gate();
    const release = journey.provider.answerWhen(toSms(nadia.phone), accept({ until: opened }));
    for (const body of ['one', 'two', 'three']) await journey.queueSms(nadia, body);
    await journey.smsTo(nadia, 1);
    await journey.writes(nadia, 'STOP');
    await journey.shown(nadia, 'STOP');
    for (const body of ['two', 'three']) await journey.message(nadia, body, 'CANCELLED');
    open();
    release();
    await journey.message(nadia, 'one', 'ACCEPTED');

    expect((await journey.queueSms(nadia, 'four')).userErrors).toMatchObject(optedOut);
    expect((await journey.switchToSms(nadia, 'SEND_BY_SMS')).userErrors).toMatchObject(optedOut);
    const { composer } = await journey.contact(nadia);
    expect(composer).toMatchObject({ canSwitchToSms: false, notice: expect.stringContaining('stopped SMS') });

    await journey.writes(nadia, 'START');
    await journey.shown(nadia, 'START');
    expect((await journey.contact(nadia)).composer.canSwitchToSms).toBe(true);
    expect((await journey.switchToSms(nadia, 'KEEP')).userErrors).toEqual([]);
    expect((await journey.queueSms(nadia, 'five')).userErrors).toEqual([]);
    await journey.message(nadia, 'five', 'ACCEPTED');
    expect(textsOf(await journey.smsTo(nadia, 2))).toEqual(['one', 'five']);
    expect(await journey.smsFacts(nadia)).toEqual(['SmsStopped', 'SmsStarted']);
  });

  it('told twice, or late, change nothing', async () => {
    const nadia = await journey.unreachable();
    await journey.writes(nadia, 'UNSUBSCRIBE', { id: 'SM.stop' });
    await journey.shown(nadia, 'UNSUBSCRIBE');
    await journey.writes(nadia, 'UNSTOP', { id: 'SM.start' });
    await journey.shown(nadia, 'UNSTOP');
    await journey.writes(nadia, 'UNSUBSCRIBE', { id: 'SM.stop' });
    await journey.settled();
    expect(await journey.smsFacts(nadia)).toEqual(['SmsStopped', 'SmsStarted']);
    expect((await journey.queueSms(nadia, 'hello')).userErrors).toEqual([]);
  });

  it('are recorded with what proves them, and have no place in the feed', async () => {
    const nadia = await journey.unreachable();
    const before = await journey.history(nadia);
    await journey.writes(nadia, 'Stop texting me', { id: 'SM.proof' });
    await journey.shown(nadia, 'Stop texting me');
    const [fact] = await journey.database.sql`
      select data, contact_version, cause, e.occurred_at = i.received_at as on_time
      from consent_events e join webhook_inbox i on i.id::text = e.data #>> '{evidence,inboxId}'
      where e.data #>> '{evidence,providerMessageId}' = 'SM.proof'`;
    expect(fact).toMatchObject({
      data: { type: 'SmsStopped', evidence: { rules: expect.any(String), kind: 'TEXT' } },
      contact_version: null,
      cause: null,
      on_time: true,
    });
    expect(await journey.history(nadia)).toEqual(before);
  });

  it('are also known to the provider: what it refuses for that stops SMS too (21610)', async () => {
    const nadia = await journey.unreachable();
    const answer = { kind: 'ERROR', httpStatus: 400, body: { code: 21610, message: 'unsubscribed' } } as const;
    const release = journey.provider.answerWhen(toSms(nadia.phone), answer);
    await journey.queueSms(nadia, 'hello');
    expect(await journey.message(nadia, 'hello', 'FAILED')).toMatchObject({
      failure: { code: 21610, retryable: false },
    });
    release();
    expect((await journey.queueSms(nadia, 'again')).userErrors).toMatchObject(optedOut);
    expect(await journey.smsFacts(nadia)).toEqual(['SmsStopped']);
  });
});

describe('consent for WhatsApp and the wish about SMS never stand in for one another', () => {
  it('an opt-in on WhatsApp does not lift a stop by SMS', async () => {
    const olga = await journey.asked();
    await journey.writes(olga, 'STOP');
    await journey.shown(olga, 'STOP');
    await journey.says(olga, 'yes');
    await journey.becomes(olga, 'OPTED_IN');
    expect((await journey.queueSms(olga, 'by SMS')).userErrors).toMatchObject(optedOut);
    await journey.queue(olga, 'on WhatsApp');
    await journey.message(olga, 'on WhatsApp', 'ACCEPTED');
  });

  it('a stop by SMS is no opt-out on WhatsApp, whose messages still go', async () => {
    const olga = await journey.optedIn();
    await journey.writes(olga, 'STOP');
    await journey.shown(olga, 'STOP');
    expect((await journey.contact(olga)).consent.status).toBe('OPTED_IN');
    await journey.queue(olga, 'on WhatsApp');
    await journey.message(olga, 'on WhatsApp', 'ACCEPTED');
    expect((await journey.history(olga)).map(({ cause }) => cause)).toEqual(['OPT_IN_REQUESTED', 'ACCEPTED']);
  });

  it('a start or a yes by SMS is no opt-in on WhatsApp', async () => {
    const otto = await journey.asked();
    for (const words of ['START', 'YES', 'I agree']) {
      await journey.writes(otto, words);
      await journey.shown(otto, words);
    }
    expect((await journey.contact(otto)).consent.status).toBe('PENDING');
    await journey.queue(otto, 'waits');
    await journey.message(otto, 'waits', 'HELD');
  });

  it('an opt-out on WhatsApp refuses SMS too, and a start by SMS does not lift it', async () => {
    const otto = await journey.optedOut();
    expect((await journey.queueSms(otto, 'by SMS')).userErrors).toMatchObject(optedOut);
    await journey.writes(otto, 'START');
    await journey.shown(otto, 'START');
    expect((await journey.contact(otto)).consent.status).toBe('OPTED_OUT');
    expect((await journey.queueSms(otto, 'by SMS')).userErrors).toMatchObject(optedOut);
    expect(journey.provider.sendsTo(otto.phone).filter(toSms(otto.phone))).toEqual([]);
  });
});

describe('the sender of an organization', () => {
  it('that is disabled makes room for the one of all, and still hears a stop', async () => {
    const nadia = await journey.unreachable();
    await journey.operator('sms', 'disable', '--org', 'acme');
    try {
      await journey.queueSms(nadia, 'hello');
      const [sent] = await journey.smsTo(nadia, 1);
      expect(sent).toMatchObject({ path: '/2010-04-01/Accounts/AC0/Messages.json', body: { From: shared.from } });
      const fields = { MessageSid: 'SM.shared', MessageStatus: 'delivered', AccountSid: shared.accountSid };
      expect(await postForm(String(sent?.body.StatusCallback), fields, shared.authToken)).toMatchObject({
        status: 200,
      });
      await journey.message(nadia, 'hello', 'DELIVERED');
      await journey.writes(nadia, 'STOP', { to: own });
      await journey.shown(nadia, 'STOP');
      expect((await journey.queueSms(nadia, 'more')).userErrors).toMatchObject(optedOut);
    } finally {
      const account = ['--account-sid', own.accountSid, '--auth-token', own.authToken, '--from', own.from];
      await journey.operator('sms', 'set', '--org', 'acme', ...account);
    }
  });
});

describe('a server that the outside reaches elsewhere', () => {
  it('names that address to the provider, and expects it to be signed', async () => {
    const outside = 'https://assent.example.com/behind';
    const elsewhere = await startSmsJourney({ PUBLIC_URL: `${outside}/` });
    try {
      const nadia = await elsewhere.unreachable();
      await elsewhere.queueSms(nadia, 'hello');
      const [sent] = await elsewhere.smsTo(nadia, 1);
      const callback = String(sent?.body.StatusCallback);
      expect(callback.startsWith(`${outside}/webhooks/sms/status?`)).toBe(true);
      const fields = { MessageSid: 'SM1', MessageStatus: 'delivered', AccountSid: own.accountSid };
      const within = callback.replace(outside, elsewhere.server.url);
      expect(await postForm(within, fields, own.authToken)).toMatchObject({ status: 401 });
      expect(await postForm(within, fields, own.authToken, callback)).toMatchObject({ status: 200 });
      await elsewhere.message(nadia, 'hello', 'DELIVERED');
    } finally {
      await elsewhere.close();
    }
  });
});
