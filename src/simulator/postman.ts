import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Channels } from '../domain/ports/channels.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Logger } from '../domain/ports/logger.js';
import type { SmsSenders } from '../domain/ports/sms-senders.js';
import type { Post } from './phones.js';

/** Brings webhooks to their address. */
export type Postman = {
  /** Posts of one phone go one after the other; each is tried again until it is taken, or too old. */
  deliver(posts: readonly Post[]): void;
  /** Ends what is under way; what was not taken stays unposted. */
  stop(): Promise<void>;
};

const firstPauseMs = 200;
const longestPauseMs = 15_000;
const giveUpAfterMs = 60 * 60 * 1000;

/** A postman that signs with the secret of the business; `onDone` is told of each post that needs no more tries. */
export function createPostman(dependencies: {
  readonly channels: Pick<Channels, 'byPhoneNumberIds'>;
  readonly smsSenders: Pick<SmsSenders, 'named'>;
  readonly webhookUrl: () => string;
  /** Where the businesses' numbers lead what is written to them by SMS. */
  readonly smsWebhookUrl: () => string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onDone: (post: Post) => Promise<void>;
}): Postman {
  const { channels, smsSenders, webhookUrl, smsWebhookUrl, clock, log, onDone } = dependencies;
  const queues = new Map<string, Promise<void>>();
  const stopping = new AbortController();

  async function bring(post: Post): Promise<void> {
    const startedAt = clock.now().getTime();
    for (let pauseMs = firstPauseMs; !stopping.signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const problem = await tryOnce(post).catch((error: unknown) => (error instanceof Error ? error.name : 'error'));
      if (problem === null) return onDone(post);
      if (stopping.signal.aborted) return;
      if (clock.now().getTime() - startedAt > giveUpAfterMs) {
        log.error({ post: post.id, problem }, 'a simulated webhook was never taken');
        return onDone(post);
      }
      log.debug({ post: post.id, problem, pauseMs }, 'a simulated webhook was not taken and will be tried again');
      await pause(pauseMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  }

  async function tryOnce(post: Post): Promise<string | null> {
    const envelope = 'sms' in post ? await smsEnvelope(post) : await whatsappEnvelope(post);
    if (!envelope) return 'no such business';
    const response = await fetch(envelope.url, {
      method: 'POST',
      headers: envelope.headers,
      body: post.body,
      signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(10_000)]),
    });
    await response.arrayBuffer();
    return response.status === 200 ? null : `status ${response.status}`;
  }

  async function whatsappEnvelope({ phoneNumberId, body }: Extract<Post, { phoneNumberId: string }>) {
    const [channel] = await channels.byPhoneNumberIds([phoneNumberId]);
    if (!channel) return null;
    const signature = createHmac('sha256', channel.appSecret).update(body).digest('hex');
    const headers = { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` };
    return { url: webhookUrl(), headers };
  }

  async function smsEnvelope({ sms, url: told, body }: Extract<Post, { sms: object }>) {
    const senders = await smsSenders.named(sms);
    const sender = senders.find(({ from }) => from === sms.number);
    if (!sender) return null;
    const url = told ?? smsWebhookUrl();
    const fields = [...new URLSearchParams(body)].sort(([a], [b]) => (a < b ? -1 : 1)).flat();
    const signature = createHmac('sha1', sender.authToken)
      .update([url, ...fields].join(''))
      .digest('base64');
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature };
    return { url, headers };
  }

  return {
    deliver(posts) {
      for (const post of posts) {
        const queue = (queues.get(post.phone) ?? Promise.resolve())
          .then(() => bring(post))
          .catch((error: unknown) => log.error({ post: post.id, error: String(error) }, 'a simulated webhook was lost'))
          .finally(() => {
            if (queues.get(post.phone) === queue) queues.delete(post.phone);
          });
        queues.set(post.phone, queue);
      }
    },
    async stop() {
      stopping.abort();
      await Promise.all(queues.values());
    },
  };
}
