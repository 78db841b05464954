import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assent } from '../support/command-line.js';
import { startJourney, textsOf, type Asked, type Journey } from '../support/journey.js';
import { accept, drop, gate, refuse, type Answer } from '../support/provider-stand-in.js';

let journey: Journey;

beforeAll(async () => {
  journey = await startJourney();
});
afterAll(() => journey.close());

/** Lets the provider answer the first send of this text so, and any later one as usual. */
function firstTime(text: string, answer: Answer): void {
  const release = journey.provider.answerWhen(({ body }) => body?.text?.body === text, {
    ...answer,
    before: async () => release(),
  });
}

async function attemptsOf(id: string) {
  const { node } = await journey.agent.ask(
    `query ($id: ID!) { node(id: $id) { ... on Message {
      possibleDuplicate expectedAt attempts { number startedAt endedAt outcome failure { code } } } } }`,
    { id },
  );
  return node;
}

async function figure(line: string): Promise<number> {
  const text = await (await fetch(`${journey.server.url}/metrics`)).text();
  return Number(
    text
      .split('\n')
      .find((one) => one.startsWith(line))
      ?.split(' ')
      .at(-1),
  );
}

const textsTo = (who: Asked): readonly string[] => textsOf(journey.provider.sendsTo(who.phone)).slice(2);
const operate = (...args: readonly string[]) => assent(journey.server.env, 'outbox', ...args, '--org', 'acme');

describe('what becomes of a message', () => {
  it('is shown to agents attempt by attempt, and counted', async () => {
    const accepted = 'assent_send_attempts_total{channel="WHATSAPP",outcome="ACCEPTED"}';
    const refused = 'assent_send_attempts_total{channel="WHATSAPP",outcome="REFUSED"}';
    const before = [await figure(accepted), await figure(refused)];
    const rita = await journey.optedIn();
    firstTime('twice', refuse(131056));
    await journey.queue(rita, 'twice');
    const { id } = await journey.message(rita, 'twice', 'ACCEPTED');

    const { attempts, expectedAt } = await attemptsOf(id);
    expect(expectedAt).toBeNull();
    expect(attempts).toMatchObject([
      { number: 1, outcome: 'REFUSED', failure: { code: 131056 } },
      { number: 2, outcome: 'ACCEPTED', failure: null },
    ]);
    const times = attempts.flatMap((one: { startedAt: string; endedAt: string }) => [one.startedAt, one.endedAt]);
    expect(times).toEqual([...times].sort());
    expect([await figure(accepted), await figure(refused)]).toEqual([(before[0] ?? 0) + 3, (before[1] ?? 0) + 1]);
    expect(await figure('assent_send_seconds_count{channel="WHATSAPP"}')).toBeGreaterThanOrEqual(4);
  });
});

describe('an operator', () => {
  it('finds a message of unknown fate and has a running server send it again, marked', async () => {
    const una = await journey.optedIn();
    firstTime('lost', drop('AFTER_READING'));
    await journey.queue(una, 'lost');
    const { id } = await journey.message(una, 'lost', 'UNCONFIRMED');
    await expect.poll(() => figure('assent_messages_unconfirmed'), { timeout: 30_000 }).toBe(1);
    const { out } = await operate('list', '--status', 'unconfirmed', '--json');
    expect(JSON.parse(out).messages).toMatchObject([{ id, attempts: 1 }]);

    expect(await operate('retry', '--message', id)).toMatchObject({ code: 0, err: '' });

    await journey.message(una, 'lost', 'ACCEPTED');
    expect(textsTo(una)).toEqual(['lost', 'lost']);
    expect(await attemptsOf(id)).toMatchObject({
      possibleDuplicate: true,
      attempts: [{ outcome: 'UNCONFIRMED' }, { outcome: 'ACCEPTED' }],
    });
    await expect.poll(() => figure('assent_messages_unconfirmed'), { timeout: 30_000 }).toBe(0);
  });

  it('keeps a message that waits from leaving, while those after it leave', async () => {
    const clara = await journey.optedIn();
    const slow = gate();
    firstTime('one', accept({ until: slow.opened }));
    await journey.queue(clara, 'one');
    const two = await journey.queue(clara, 'two');
    await journey.queue(clara, 'three');
    expect(await operate('park', '--message', two.id)).toMatchObject({ code: 0, err: '' });
    slow.open();

    await journey.message(clara, 'three', 'ACCEPTED');
    expect(await journey.message(clara, 'two', 'HELD')).toMatchObject({ heldReason: 'PARKED' });
    await operate('retry', '--message', two.id);
    await journey.message(clara, 'two', 'ACCEPTED');
    expect(textsTo(clara)).toEqual(['one', 'three', 'two']);
  });
});
