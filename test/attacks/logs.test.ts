import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { CLARA, setAttackScene, type AttackScene } from '../support/attack-scene.js';
import { openBareSocket } from '../support/bare-socket.js';
import { postWebhook, refuse, rubbish, textMessage, webhookOf } from '../support/provider-stand-in.js';
import { transports } from '../support/transports.js';

let scene: AttackScene;

beforeAll(async () => {
  scene = await setAttackScene();
});
afterAll(() => scene.close());

it('hold no number, text, token or key, wherever these were put and whatever failed', async () => {
  const { server, victim, acme, sql } = scene;
  const key = await scene.partner({ name: 'Billing', enforcement: 'AUDIT' }, 'acme');
  const typo = scene.secret(`${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`);
  const cut = scene.secret(victim.token.slice(0, -2));

  // In every place where a caller may put them.
  for (const secret of [victim.token, key, typo, cut, CLARA.phone, CLARA.text]) {
    const put = encodeURIComponent(secret);
    for (const path of [
      `/graphql?query=${put}&access_token=${put}`,
      `/graphql/d/${put}`,
      `/${put}`,
      `/webhooks/whatsapp?x=${put}`,
    ]) {
      for (const authorization of [`Bearer ${put}`, `Bearer ${secret.replace(/[^\x20-\x7e]/g, '')}`]) {
        const response = await fetch(`${server.url}${path}`, { headers: { authorization, 'x-request-id': put } });
        await response.arrayBuffer();
      }
    }
    for (const run of Object.values(transports)) {
      for (const token of [victim.token, key, typo, cut]) {
        const given = { query: `query ($x: String) { contacts(search: $x) { nodes { nothing } } } # ${secret}` };
        await run({ url: server.url, token }, { ...given, variables: { x: secret } }).catch(() => null);
        await run({ url: server.url, token }, { query: `{ contacts(search: "${secret}") { nodes { id } } }` }).catch(
          () => null,
        );
      }
    }
  }
  const socket = openBareSocket(`${server.url.replace('http', 'ws')}/graphql`);
  await socket.opened();
  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${typo}` } });
  await socket.closed();
  const broken = openBareSocket(`${server.url.replace('http', 'ws')}/graphql`);
  await broken.begin(victim.token);
  broken.socket.send(`{"type": "${CLARA.text}", ${victim.token}`);
  await broken.closed();

  // The provider says them again, and webhooks bring them.
  server.provider.answerNext(rubbish(500, `<html>${CLARA.phone} ${CLARA.text} acme-token`));
  server.provider.answerWhen(
    ({ body }) => body?.text?.body === CLARA.text,
    refuse(190, 401, { message: `Invalid token acme-token for ${CLARA.phone}` }),
  );
  const text = scene.secret('call my sister instead');
  const hook = (contents: object, secret: string) =>
    postWebhook(
      `${server.url}/webhooks/whatsapp`,
      secret,
      webhookOf({ phoneNumberId: acme.phoneNumberId, ...contents }),
    );
  expect(await hook({ messages: [textMessage({ from: CLARA.phone, at: new Date(), body: text })] }, 'wrong')).toBe(401);
  expect(
    await hook(
      { messages: [{ from: CLARA.phone, text: { body: text } }], statuses: [{ to: CLARA.phone }] },
      acme.appSecret,
    ),
  ).toBe(200);
  expect(
    await hook({ messages: [textMessage({ from: CLARA.phone, at: new Date(), body: 'yes' })] }, acme.appSecret),
  ).toBe(200);
  await vi.waitFor(
    async () => {
      const refused = await sql`select 1 from whatsapp_channels where problem is not null`;
      const waiting = await sql`select 1 from webhook_inbox where processed_at is null`;
      if (refused.length === 0 || waiting.length > 0) throw new Error('nothing has failed yet');
    },
    { timeout: 30_000, interval: 20 },
  );

  expect(scene.lines.length).toBeGreaterThan(5);
  await expect.poll(() => scene.lines.join('\n')).toContain('a partner ran a document that is not published for it');
  expect(scene.leaks()).toEqual([]);
});
