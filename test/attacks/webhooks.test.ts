import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CLARA, setAttackScene, type AttackScene } from '../support/attack-scene.js';
import { patience } from '../support/patience.js';
import { signed, textMessage, webhookOf } from '../support/provider-stand-in.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const MEGABYTE = 1024 * 1024;

let scene: AttackScene;

beforeAll(async () => {
  scene = await setAttackScene();
});
afterAll(async () => {
  expect(scene.leaks()).toEqual([]);
  await scene.close();
});

const stop = (at = new Date(), id?: string) =>
  webhookOf({
    phoneNumberId: scene.acme.phoneNumberId,
    messages: [textMessage({ from: CLARA.phone, at, body: 'stop', ...(id !== undefined && { id }) })],
  });

async function post(body: string | Uint8Array, headers: Readonly<Record<string, string>>): Promise<number> {
  const response = await fetch(`${scene.url}/webhooks/whatsapp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  const text = await response.text();
  for (const inside of ['select', 'postgres', scene.acme.appSecret]) expect(text).not.toContain(inside);
  return response.status;
}

/** Posts what somebody signed who has this secret. */
async function postSigned(body: object | string, secret: string, headers: Readonly<Record<string, string>> = {}) {
  const { bytes, signature } = signed(body, secret);
  return post(bytes, { 'x-hub-signature-256': signature, ...headers });
}

const kept = async (): Promise<number> => {
  const [row] = await scene.sql<{ count: number }[]>`select count(*)::int as count from webhook_inbox`;
  return row?.count ?? -1;
};
const settled = () =>
  vi.waitFor(async () => {
    const rows = await scene.sql`select 1 from webhook_inbox where processed_at is null and quarantined_at is null`;
    if (rows.length > 0) throw new Error('webhooks wait');
  }, patience);
const statusOfClara = async (): Promise<string> => {
  const { contact } = await scene.victim.ask('query ($id: ID!) { contact(id: $id) { consent { status } } }', {
    id: scene.clara.id,
  });
  return contact.consent.status;
};

describe('a forged webhook', () => {
  it('is turned away and not kept, whatever signs it', async () => {
    const before = await kept();
    const { bytes, signature } = signed(stop(), scene.acme.appSecret);
    const hex = signature.slice('sha256='.length);
    const wrong = [
      '',
      'sha256=',
      hex,
      `sha1=${hex}`,
      `sha512=${hex}`,
      `sha256=${hex}${hex}`,
      `sha256=${hex.slice(0, -2)}`,
      `sha256=${'0'.repeat(64)}`,
      `sha256=${'z'.repeat(64)}`,
      `sha256=${hex}, sha256=${hex}`,
      `sha256=${'a'.repeat(8_000)}`,
    ];
    for (const header of wrong) expect(await post(bytes, { 'x-hub-signature-256': header })).toBe(401);
    expect(await post(bytes, { 'x-hub-signature': signature })).toBe(401);
    expect(await post(Buffer.concat([bytes, Buffer.from(' ')]), { 'x-hub-signature-256': signature })).toBe(401);
    for (const secret of ['', 'null', 'undefined', scene.globex.appSecret, 'verify me', 'acme-token']) {
      expect(await postSigned(stop(), secret)).toBe(401);
    }
    expect(await kept()).toBe(before);
    expect(await statusOfClara()).toBe('PENDING');
  });

  it('that answers the challenge needs the token, and nothing of it is shown as a page', async () => {
    const challenge = async (query: string) => fetch(`${scene.url}/webhooks/whatsapp?${query}`);
    const page = encodeURIComponent('<script>alert(1)</script>');
    for (const token of ['', 'x', 'verify%20me2', 'verify%20me&hub.verify_token=x']) {
      expect((await challenge(`hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=1`)).status).toBe(403);
    }
    const known = await challenge(`hub.mode=subscribe&hub.verify_token=verify%20me&hub.challenge=${page}`);
    expect([known.status, known.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/plain/)]);
  });
});

describe('a webhook with the right signature', () => {
  it('that is older than eight days changes nothing', async () => {
    expect(await postSigned(stop(new Date(Date.now() - 9 * DAY_MS)), scene.acme.appSecret)).toBe(200);
    await settled();
    expect(await statusOfClara()).toBe('PENDING');
  });

  it('of more than four megabytes is refused, with or without its length', async () => {
    const before = await kept();
    const large = JSON.stringify({ ...stop(), padding: 'x'.repeat(4 * MEGABYTE) });
    expect(await postSigned(large, scene.acme.appSecret).catch(() => 413)).toBe(413);
    const chunks = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024).fill(0x20)),
    });
    const streamed = await fetch(`${scene.url}/webhooks/whatsapp`, {
      ...{ method: 'POST', body: chunks, duplex: 'half' },
      headers: { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` },
    }).then(
      ({ status }) => status,
      () => 413,
    );
    expect(streamed).toBe(413);
    expect(await kept()).toBe(before);
  });

  it.each<[string, () => string]>([
    ['nested without an end', () => `${'['.repeat(500_000)}${']'.repeat(500_000)}`],
    ['objects nested without an end', () => `${'{"entry":'.repeat(200_000)}1${'}'.repeat(200_000)}`],
    [
      'an entry nested without an end',
      () => JSON.stringify(stop()).replace('"stop"', `${'['.repeat(200_000)}${']'.repeat(200_000)}`),
    ],
    [
      'a million entries',
      () => JSON.stringify({ object: 'whatsapp_business_account', entry: Array(500_000).fill({}) }),
    ],
    [
      'a hundred thousand messages that are none',
      () =>
        JSON.stringify(
          webhookOf({ phoneNumberId: scene.acme.phoneNumberId, messages: Array(100_000).fill({ id: 'x' }) }),
        ),
    ],
    [
      'names that an object has of its own',
      () =>
        JSON.stringify(stop()).replace(
          '"object"',
          '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"object"',
        ),
    ],
    [
      'a prototype in a message',
      () =>
        JSON.stringify(webhookOf({ phoneNumberId: scene.acme.phoneNumberId, messages: [{ from: '1' }] })).replace(
          '"from"',
          '"__proto__":{"polluted":1,"from":"16502531234","type":"text"},"from"',
        ),
    ],
    ['numbers that are none', () => JSON.stringify(stop()).replace(/"timestamp":"\d+"/, '"timestamp":"1e999"')],
    ['half a character', () => JSON.stringify(stop()).replace('"stop"', '"\\ud800\\u0000"')],
  ])('of %s breaks nothing: what came before and after it counts', async (_what, body) => {
    expect([200, 400, 401]).toContain(await postSigned(body(), scene.acme.appSecret));
    await settled();
    expect(Object.prototype).not.toHaveProperty('polluted');
    expect(await scene.serves()).toBe(true);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml'])(
    'counts by its bytes, whatever type they are said to be of (%s)',
    async (type) => {
      const told = webhookOf({ phoneNumberId: scene.acme.phoneNumberId, messages: [] });
      expect(await postSigned(told, 'a secret of nobody', { 'content-type': type })).toBe(401);
      expect(await postSigned(told, scene.acme.appSecret, { 'content-type': type })).toBe(200);
    },
  );

  it('that comes a hundred times changes what it says once', async () => {
    const { bytes, signature } = signed(stop(new Date(), 'wamid.again'), scene.acme.appSecret);
    const headers = { 'x-hub-signature-256': signature };
    expect(await Promise.all(Array.from({ length: 100 }, () => post(bytes, headers)))).toEqual(Array(100).fill(200));
    await settled();
    const [row] = await scene.sql<{ count: number }[]>`
      select count(*)::int as count from messages where provider_message_id = 'wamid.again'`;
    expect(row?.count).toBe(1);
    const transitions = await scene.victim.ask(
      'query ($id: ID!) { contact(id: $id) { consent { status } transitions { nodes { to } } } }',
      { id: scene.clara.id },
    );
    expect(transitions.contact.consent.status).toBe('OPTED_OUT');
    expect(transitions.contact.transitions.nodes.filter(({ to }: { to: string }) => to === 'OPTED_OUT')).toHaveLength(
      1,
    );
  });
});

describe('an SMS webhook', () => {
  it('that nobody signed is turned away and not kept, at both addresses', async () => {
    const before = await kept();
    for (const path of ['/webhooks/sms', '/webhooks/sms/status?attempt=x', '/webhooks/sms?x=%00']) {
      for (const signature of [null, '', 'x', 'A'.repeat(4_000), Buffer.alloc(20).toString('base64')]) {
        const response = await fetch(`${scene.url}${path}`, {
          method: 'POST',
          headers: {
            'content-type': 'application/x-www-form-urlencoded',
            ...(signature !== null && { 'x-twilio-signature': signature }),
          },
          body: new URLSearchParams({ From: CLARA.phone, Body: 'STOP', AccountSid: 'AC1', To: '+15005550001' }),
        });
        expect([401, 200]).toContain(response.status);
        await response.text();
      }
    }
    expect(await kept()).toBe(before);
  });
});
