import { describe, expect, it, vi } from 'vitest';
import { setCrashScene, type CrashScene } from '../support/crash-scene.js';
import { accept, gate, statusOf, textMessage } from '../support/provider-stand-in.js';

const ANN = '+16502531001';
const BOB = '+16502531002';
const CID = '+16502531003';
const secondsAgo = (seconds: number): Date => new Date(Date.now() - seconds * 1000);

/** Ann is asked, and two messages wait for her answer; no server runs. */
async function annIsAsked(scene: CrashScene): Promise<string> {
  await scene.begin();
  const ann = await scene.asks('Ann', ANN);
  await scene.queues(ann, 'first');
  await scene.queues(ann, 'second');
  await scene.end();
  return ann;
}

const yes = (from = ANN) => textMessage({ from, at: secondsAgo(1), body: 'yes' });
const fateOf = async (scene: CrashScene, body: string) => {
  const found = (await scene.fates()).find((fate) => fate.body === body);
  return { status: found?.status, sent: found?.sends.length, send: found?.sends[0] };
};

describe.concurrent('a server that is killed while it sends', { timeout: 60_000 }, () => {
  // The first send is the confirmation of the yes, the second is the first message that it released.
  it.for([
    { when: 'after it has claimed the conversation', step: 'SEND_CLAIMED', status: 'ACCEPTED', sent: 1 },
    { when: 'after SENDING is committed', step: 'SEND_COMMITTED', status: 'UNCONFIRMED', sent: 0 },
    { when: 'after the provider has answered', step: 'SEND_ANSWERED', status: 'UNCONFIRMED', sent: 1 },
    { when: 'after the outcome is committed', step: 'SEND_SETTLED', status: 'ACCEPTED', sent: 1 },
  ] as const)(
    '$when leaves a message that becomes $status and is not sent again',
    async ({ step, status, sent }, { onTestFinished }) => {
      const scene = await setCrashScene(onTestFinished);
      await annIsAsked(scene);
      const doomed = await scene.beginDoomed(step, 2);
      await scene.posts({ messages: [yes()] });
      expect(await doomed.ended).toMatchObject({ signal: 'SIGKILL' });
      expect(await fateOf(scene, 'second')).toMatchObject({ status: 'QUEUED', sent: 0 });

      await scene.begin();
      await scene.settled();
      const first = await fateOf(scene, 'first');
      const second = await fateOf(scene, 'second');
      expect(first).toMatchObject({ status, sent });
      expect(second).toMatchObject({ status: 'ACCEPTED', sent: 1 });
      expect(scene.provider.sendsTo(ANN).at(-1)).toBe(second.send);
      await scene.holdsTrue({ consented: ['Ann'] });
    },
  );

  it('before the provider answers leaves a message of unknown fate until a status names its attempt', async ({
    onTestFinished,
  }) => {
    const scene = await setCrashScene(onTestFinished);
    await annIsAsked(scene);
    const answer = gate();
    const isFirst = ({ body }: { body?: { text?: { body?: string } } }) => body?.text?.body === 'first';
    const forget = scene.provider.answerWhen(isFirst, accept({ until: answer.opened }));
    const doomed = await scene.beginDoomed('SEND_SETTLED', 1_000);
    await scene.posts({ messages: [yes()] });
    await vi.waitUntil(() => scene.provider.requests.some(isFirst), { timeout: 10_000, interval: 5 });
    doomed.kill('SIGKILL');
    await doomed.ended;
    forget();
    answer.open();

    await scene.begin();
    await scene.settled();
    const { send, ...first } = await fateOf(scene, 'first');
    expect(first).toEqual({ status: 'UNCONFIRMED', sent: 1 });
    expect(await fateOf(scene, 'second')).toMatchObject({ status: 'ACCEPTED', sent: 1 });
    await scene.holdsTrue({ consented: ['Ann'] });

    const callbackData = String(send?.body.biz_opaque_callback_data);
    const delivered = statusOf({ id: 'wamid.late', status: 'delivered', at: new Date(), callbackData });
    expect(await scene.posts({ statuses: [delivered] })).toBe(200);
    await scene.settled();
    expect(await fateOf(scene, 'first')).toMatchObject({ status: 'DELIVERED', sent: 1 });
  });

  it('does not make its successor send to a contact who has said stop since', async ({ onTestFinished }) => {
    const scene = await setCrashScene(onTestFinished, { DELIVERY_LEASE: 'PT6S' });
    await annIsAsked(scene);
    const doomed = await scene.beginDoomed('SEND_CLAIMED', 2);
    await scene.posts({ messages: [yes()] });
    await doomed.ended;
    await scene.begin();
    expect(await scene.posts({ messages: [textMessage({ from: ANN, at: new Date(), body: 'stop' })] })).toBe(200);
    await scene.settled();
    expect(await fateOf(scene, 'first')).toMatchObject({ status: 'CANCELLED', sent: 0 });
    expect(await fateOf(scene, 'second')).toMatchObject({ status: 'CANCELLED', sent: 0 });
    await scene.holdsTrue({ consented: [] });
  });

  it('has asked for consent once, whether or not the caller heard of it', async ({ onTestFinished }) => {
    const scene = await setCrashScene(onTestFinished);
    const ask = `mutation { sendOptIn(input: { phone: "${BOB}", name: "Bob", idempotencyKey: "once" }) {
      contact { id consent { status resendAvailableAt } } userErrors { code } replayed } }`;
    const doomed = await scene.beginDoomed('SEND_COMMITTED');
    await scene.agent.raw(ask).catch(() => null);
    await doomed.ended;

    await scene.begin();
    await scene.settled();
    const { sendOptIn } = await scene.agent.ask(ask);
    const consent = { status: 'PENDING', resendAvailableAt: expect.any(String) };
    expect(sendOptIn).toMatchObject({ contact: { consent }, userErrors: [], replayed: true });
    const again = `mutation ($id: ID!) { resendOptIn(input: { contactId: $id }) { userErrors { code } } }`;
    const { resendOptIn } = await scene.agent.ask(again, { id: sendOptIn.contact.id });
    expect(resendOptIn.userErrors).toEqual([{ code: 'RESEND_TOO_SOON' }]);
    expect(await scene.fates()).toMatchObject([{ kind: 'OPT_IN_REQUEST', status: 'UNCONFIRMED', sends: [] }]);
    await scene.holdsTrue({ consented: [] });
  });
});

describe.concurrent('a server that is killed over a webhook', { timeout: 60_000 }, () => {
  it.for([
    { when: 'before it is stored', step: 'WEBHOOK_VERIFIED', count: 1, answered: null, stored: 0 },
    { when: 'after it is stored, before it is answered', step: 'WEBHOOK_STORED', count: 1, answered: null, stored: 1 },
    { when: 'after it is answered, before it is read', step: 'INBOX_CLAIMED', count: 1, answered: 200, stored: 1 },
    { when: 'in the middle of its items', step: 'INBOX_ITEM_RECORDED', count: 2, answered: 200, stored: 1 },
    { when: 'after its facts, before it is done', step: 'INBOX_RECORDED', count: 1, answered: 200, stored: 1 },
  ] as const)(
    '$when loses nothing and does nothing twice',
    async ({ step, count, answered, stored }, { onTestFinished }) => {
      const scene = await setCrashScene(onTestFinished);
      await scene.begin();
      for (const [name, phone] of [
        ['Ann', ANN],
        ['Bob', BOB],
        ['Cid', CID],
      ] as const) {
        await scene.queues(await scene.asks(name, phone), `for ${name}`);
      }
      await scene.end();
      const batch = {
        messages: [
          yes(ANN),
          textMessage({ from: BOB, at: secondsAgo(2), body: 'stop' }),
          textMessage({ from: ANN, at: secondsAgo(1), body: 'and thank you' }),
          yes(CID),
        ],
      };
      const doomed = await scene.beginDoomed(step, count);
      expect(await scene.posts(batch)).toBe(answered);
      expect(await doomed.ended).toMatchObject({ signal: 'SIGKILL' });
      expect(await scene.sql`select 1 from webhook_inbox`).toHaveLength(stored);

      await scene.begin();
      // What was not answered is delivered again, and what was may be.
      if (answered === null) expect(await scene.posts(batch)).toBe(200);
      await scene.settled();
      const after = await scene.fates();
      expect(await scene.posts(batch)).toBe(200);
      await scene.settled();

      expect(await scene.fates()).toEqual(after);
      expect(
        after.filter(({ direction }) => direction === 'INBOUND').map(({ name, body }) => `${name}: ${body}`),
      ).toEqual(['Ann: yes', 'Ann: and thank you', 'Bob: stop', 'Cid: yes']);
      const known = after.filter(({ direction, kind }) => direction === 'OUTBOUND' && kind !== 'OPT_IN_REQUEST');
      const left = expect.stringMatching(/^(ACCEPTED|UNCONFIRMED)$/);
      expect(known).toMatchObject([
        { name: 'Ann', kind: 'TEXT', status: left },
        { name: 'Ann', kind: 'OPT_IN_CONFIRMATION', status: left },
        { name: 'Bob', kind: 'TEXT', status: 'CANCELLED' },
        { name: 'Bob', kind: 'OPT_OUT_NOTICE', status: left },
        { name: 'Cid', kind: 'TEXT', status: left },
        { name: 'Cid', kind: 'OPT_IN_CONFIRMATION', status: left },
      ]);
      const statuses = await scene.sql`select name, status from contacts order by name`;
      expect(statuses.map(({ name, status }) => `${name} ${status}`)).toEqual([
        'Ann OPTED_IN',
        'Bob OPTED_OUT',
        'Cid OPTED_IN',
      ]);
      await scene.holdsTrue({ consented: ['Ann', 'Cid'] });
    },
  );
});
