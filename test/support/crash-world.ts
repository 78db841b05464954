import { expect, vi } from 'vitest';
import { payloadsOf } from './journey.js';
import type { MatrixScene, Organization } from './crash-matrix-scene.js';
import { buttonMessage, statusOf, textMessage, type RecordedRequest } from './provider-stand-in.js';

const patience = { timeout: 60_000, interval: 10 };
const secondsAgo = (seconds: number): Date => new Date(Date.now() - seconds * 1000);

export type Contact = { readonly id: string; readonly phone: string };

const MUTATIONS = {
  createContact: 'contact { id }',
  sendOptIn: 'contact { id }',
  queueMessage: 'message { id }',
  switchToSms: 'contact { id }',
} as const;

export type World = ReturnType<typeof createWorld>;

/**
 * An agent, contacts and the provider of one organization. Each says again what it had no answer to: `again` repeats
 * all that was said since `from`, answered or not.
 */
export function createWorld(scene: MatrixScene, slug: Organization) {
  const { sql, provider } = scene;
  const agent = scene.agentOf(slug);
  let said: (() => Promise<unknown>)[] = [];
  let keys = 0;

  function say<Answer>(once: () => Promise<Answer>): Promise<Answer> {
    said.push(once);
    return once();
  }

  /** Null when it had no answer. */
  function does(mutation: keyof typeof MUTATIONS, input: object): Promise<{ readonly id: string } | null> {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
    const document = `mutation ($input: ${type}!) {
      answer: ${mutation}(input: $input) { result: ${MUTATIONS[mutation]} userErrors { code } } }`;
    const idempotencyKey = mutation === 'createContact' ? undefined : `${scene.nextPhone()} ${(keys += 1)}`;
    return say(async () => {
      const answered = await agent.raw(document, { input: { ...input, idempotencyKey } }).catch(() => null);
      if (answered === null) return null;
      expect(answered).toMatchObject({ data: { answer: { userErrors: [] } } });
      return answered.data.answer.result;
    });
  }

  const tells = (contents: Parameters<MatrixScene['posts']>[1]): Promise<number | null> =>
    say(() => scene.posts(slug, contents));

  async function asks(name: string): Promise<Contact> {
    const phone = scene.nextPhone();
    const contact = await does('sendOptIn', { phone, name });
    await scene.settled();
    return { id: contact?.id ?? '', phone };
  }

  const words = ({ phone }: Contact, body: string, ago = 1): object =>
    textMessage({ from: phone, at: secondsAgo(ago), body });

  async function agrees(name: string): Promise<Contact> {
    const who = await asks(name);
    await tells({ messages: [words(who, 'yes', 5)] });
    await scene.settled();
    return who;
  }

  function lastSendTo({ phone }: Contact): RecordedRequest {
    const send = provider.sendsTo(phone).at(-1);
    if (!send) throw new Error(`nothing was sent to ${phone}`);
    return send;
  }

  return {
    scene,
    sql,
    provider,
    slug,
    does,
    tells,
    asks,
    agrees,
    words,
    lastSendTo,
    queues: (who: Contact, body: string, channel = 'WHATSAPP') =>
      does('queueMessage', { contactId: who.id, body, channel }),
    declines: (who: Contact): object =>
      buttonMessage({ from: who.phone, at: secondsAgo(1), payload: payloadsOf(lastSendTo(who)).decline }),
    /** What the provider says of the send. */
    reportOf: (send: RecordedRequest, status: 'delivered' | 'read' | 'failed', code?: number): object => {
      const callbackData = String(send.body.biz_opaque_callback_data);
      return statusOf({ id: `wamid.${callbackData}`, status, at: new Date(), callbackData, code });
    },
    /** Resolves when the number was sent this text, or when nobody is left to send it. */
    until: (isTrue: () => boolean | Promise<boolean>) => vi.waitUntil(isTrue, patience),
    /** From here on it is remembered what is said. */
    from: (): void => void (said = []),
    again: async (): Promise<void> => {
      const all = said;
      for (const once of all) await once();
      said = all;
    },
  };
}
