import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPost } from '../../src/delivery/post.js';
import { parsePhoneNumber } from '../../src/domain/phone-number.js';
import type { WhatsAppChannel } from '../../src/domain/ports/channels.js';
import type { OutgoingMessage } from '../../src/domain/ports/messaging-provider.js';
import { createCloudApi } from '../../src/whatsapp/cloud-api.js';
import { templateLanguage } from '../../src/whatsapp/template-language.js';
import { channelOf, channelsOf } from '../support/channel-fakes.js';
import {
  accept,
  drop,
  gate,
  refuse,
  rubbish,
  startProviderStandIn,
  type ProviderStandIn,
} from '../support/provider-stand-in.js';

let meta: ProviderStandIn;
beforeEach(async () => {
  meta = await startProviderStandIn();
});
afterEach(() => meta.close());

const to = parsePhoneNumber('+14155550177');
if (!to) throw new Error('not a number');

const messageOf = (changes: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  organizationId: 'org-1',
  messageId: 'm-1',
  attempt: 3,
  to,
  kind: 'TEXT',
  body: 'Good morning',
  locale: 'en',
  requestId: null,
  organizationName: 'Acme\n  Wealth',
  buttons: { accept: 'Yes, I agree to all of it', decline: 'No, thanks' },
  ...changes,
});
const request = messageOf({ kind: 'OPT_IN_REQUEST', requestId: 'r-1' });

const now = new Date('2026-03-02T09:00:00.000Z');
const clock = { now: () => now };

function apiAt(baseUrl: string, channel: WhatsAppChannel | null = channelOf(), timeoutMs = 5000) {
  const channels = channelsOf(...(channel ? [channel] : []));
  const post = createPost({ timeoutMs });
  return createCloudApi({ channels, baseUrlFor: () => baseUrl, version: 'v25.0', post, clock });
}
const send = (message: OutgoingMessage, channel?: WhatsAppChannel) => apiAt(meta.baseUrl, channel).send(message);

describe('what is sent to Meta', () => {
  it('goes to the channel’s number with its token', async () => {
    meta.answerNext(accept({ id: 'wamid.7' }));
    expect(await send(messageOf())).toMatchObject({ outcome: 'ACCEPTED', providerMessageId: 'wamid.7' });
    expect(meta.requests).toMatchObject([
      { method: 'POST', path: '/v25.0/1001/messages', headers: { authorization: 'Bearer token-1' } },
    ]);
  });

  it('is kept with its answer as it went over the wire, without the token', async () => {
    meta.answerNext(accept({ id: 'wamid.7' }));
    const { exchange } = await send(messageOf());
    const [request] = meta.requests;
    expect(JSON.parse(exchange?.request ?? '')).toEqual(request?.body);
    expect(exchange).toMatchObject({ url: `${meta.baseUrl}/v25.0/1001/messages`, sentAt: now });
    expect(exchange?.answer).toMatchObject({ status: 200, at: now, text: expect.stringContaining('wamid.7') });
    expect(JSON.stringify(exchange)).not.toContain('token-1');
  });

  it('is kept with who it was sent as and with which template, as far as that is known', async () => {
    const sentWith = async (kind: OutgoingMessage['kind'], channel: WhatsAppChannel) =>
      (await send(messageOf({ kind, requestId: 'r-1', organizationName: 'Acme Ltd' }), channel)).exchange;
    const told = channelOf({ continueTemplate: 'go_on' });
    expect(await sentWith('OPT_IN_REQUEST', told)).toMatchObject({
      sender: { phoneNumberId: '1001', number: '+15550100000', businessName: 'Acme Ltd' },
      template: { name: 'consent_request', language: 'en_US', category: 'MARKETING', version: '3' },
    });
    const [category, version] = [null, null];
    expect((await sentWith('CONTINUE_REQUEST', told))?.template).toMatchObject({ name: 'go_on', category, version });
    expect((await sentWith('TEXT', told))?.template).toBeNull();
    const untold = channelOf({ number: null, templateCategory: null, templateVersion: null });
    const { sender, template } = (await sentWith('OPT_IN_REQUEST', untold)) ?? {};
    expect({ number: sender?.number, ...template }).toMatchObject({ number: null, category, version });
  });

  it.each(['TEXT', 'OPT_IN_CONFIRMATION', 'OPT_OUT_NOTICE'] as const)('is text for %s', async (kind) => {
    await send(messageOf({ kind }));
    expect(meta.requests[0]?.body).toEqual({
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: '+14155550177',
      biz_opaque_callback_data: '1.m-1.3',
      type: 'text',
      text: { preview_url: false, body: 'Good morning' },
    });
  });

  it('is a template with two quick replies for a request', async () => {
    await send(request);
    const reply = (index: string, payload: string) => ({
      type: 'button',
      sub_type: 'quick_reply',
      index,
      parameters: [{ type: 'payload', payload }],
    });
    expect(meta.requests[0]?.body).toMatchObject({
      to: '+14155550177',
      biz_opaque_callback_data: '1.m-1.3',
      type: 'template',
      template: {
        name: 'consent_request',
        language: { code: 'en_US' },
        components: [
          { type: 'body', parameters: [{ type: 'text', text: 'Acme Wealth' }] },
          reply('0', 'optin:v1:accept:r-1'),
          reply('1', 'optin:v1:decline:r-1'),
        ],
      },
    });
  });

  it('is reply buttons for a prompt, their titles cut to what Meta takes', async () => {
    await send(messageOf({ kind: 'PROMPT', requestId: 'p-1', body: 'Do you agree?' }));
    const button = (id: string, title: string) => ({ type: 'reply', reply: { id, title } });
    expect(meta.requests[0]?.body).toMatchObject({
      type: 'interactive',
      interactive: {
        type: 'button',
        body: { text: 'Do you agree?' },
        action: {
          buttons: [button('optin:v1:accept:p-1', 'Yes, I agree to all'), button('optin:v1:decline:p-1', 'No, thanks')],
        },
      },
    });
  });

  it('falls back once to the channel’s language when the template is not translated', async () => {
    meta.answerNext(refuse(132001, 404));
    expect(await send(messageOf({ ...request, locale: 'es-MX' }))).toMatchObject({ outcome: 'ACCEPTED' });
    expect(meta.requests.map(({ body }) => body.template.language.code)).toEqual(['es_MX', 'en_US']);
  });

  it('does not fall back twice, nor to the same language', async () => {
    meta.answerNext(refuse(132001, 404), refuse(132001, 404));
    expect(await send(messageOf({ ...request, locale: 'es' }))).toMatchObject({ failure: { code: 132001 } });
    meta.answerNext(refuse(132001, 404));
    expect(await send(request)).toMatchObject({ failure: { code: 132001, kind: 'REJECTED' } });
    expect(meta.requests).toHaveLength(3);
  });

  it.each([
    ['en', 'en_US', 'en_US'],
    ['en-gb', 'en_US', 'en_GB'],
    ['es', 'en_US', 'es'],
    ['pt', 'en_US', 'pt_BR'],
    ['zh-Hant', 'en_US', 'zh_TW'],
    ['nonsense!', 'de', 'de'],
    ['', 'de', 'de'],
  ])('in %j on a channel of %s uses the template in %s', (locale, own, expected) => {
    expect(templateLanguage(locale, own)).toBe(expected);
  });
});

describe('what comes of a send', () => {
  it('is a refusal when Meta says why', async () => {
    meta.answerNext(refuse(131056, 400), refuse(190, 401));
    expect(await send(messageOf())).toMatchObject({
      outcome: 'REFUSED',
      failure: { kind: 'TOO_FAST_FOR_CONTACT', code: 131056 },
    });
    expect(await send(messageOf())).toMatchObject({ outcome: 'REFUSED', failure: { kind: 'CHANNEL_UNHEALTHY' } });
  });

  it.each([
    ['the connection ends before Meta has read', drop('BEFORE_READING')],
    ['the connection ends after Meta has read', drop('AFTER_READING')],
    ['the answer makes no sense', rubbish(200)],
    ['the answer lacks an id', rubbish(200, '{"messages":[{}]}')],
    ['somebody between answers 502', rubbish(502, 'Bad gateway')],
    ['Meta fails', refuse(131000, 500)],
  ])('is unknown when %s', async (_case, answer) => {
    meta.answerNext(answer);
    expect(await send(messageOf())).toMatchObject({ outcome: 'UNKNOWN' });
    expect(meta.requests).toHaveLength(1);
  });

  it('is unknown when no answer comes in time', async () => {
    const { opened, open } = gate();
    meta.answerNext(accept({ until: opened }));
    expect(await apiAt(meta.baseUrl, channelOf(), 1_000).send(messageOf())).toMatchObject({ outcome: 'UNKNOWN' });
    open();
  });

  it('is a refusal to be tried again when nothing listens there', async () => {
    expect(await apiAt('http://127.0.0.1:1').send(messageOf())).toMatchObject({
      outcome: 'REFUSED',
      failure: { kind: 'RETRY_LATER' },
    });
  });

  it('is a refusal to be tried again when the name or the handshake fails', async () => {
    const again = { outcome: 'REFUSED', failure: { kind: 'RETRY_LATER' } };
    expect(await apiAt('http://nowhere.invalid').send(messageOf())).toMatchObject(again);
    expect(await apiAt(meta.baseUrl.replace('http:', 'https:')).send(messageOf())).toMatchObject(again);
    expect(meta.requests).toEqual([]);
  });

  it('is the channel’s fault when it is missing, off or can’t be used', async () => {
    const unhealthy = { outcome: 'REFUSED', failure: { kind: 'CHANNEL_UNHEALTHY' } };
    expect(await apiAt(meta.baseUrl, null).send(messageOf())).toMatchObject(unhealthy);
    expect(await send(messageOf(), channelOf({ enabled: false }))).toMatchObject(unhealthy);
    expect(await send(messageOf(), channelOf({ accessToken: 'line\nbreak' }))).toMatchObject(unhealthy);
    expect(await apiAt('not an address').send(messageOf())).toMatchObject(unhealthy);
    expect(meta.requests).toEqual([]);
  });

  it('is a refusal to be tried again when the channel can’t be read', async () => {
    const channels = { byOrganization: () => Promise.reject(new Error('database')) };
    const api = createCloudApi({
      channels,
      baseUrlFor: () => meta.baseUrl,
      version: 'v25.0',
      post: createPost({ timeoutMs: 5000 }),
      clock,
    });
    expect(await api.send(messageOf())).toMatchObject({ failure: { kind: 'RETRY_LATER' } });
  });

  it('is a refusal when the buttons would name nothing', async () => {
    expect(await send({ ...request, requestId: null })).toMatchObject({ failure: { kind: 'REJECTED' } });
    expect(meta.requests).toEqual([]);
  });
});
