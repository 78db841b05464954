import type { Channels, WhatsAppChannel } from '../domain/ports/channels.js';
import type { Clock, NewId } from '../domain/ports/clock.js';
import type { Inbox } from '../domain/ports/inbox.js';
import type { Logger } from '../domain/ports/logger.js';
import { objectIn } from './json.js';
import { isSignature, verify } from './signature.js';
import { newestTimeIn, phoneNumberIdsIn } from './webhook-items.js';

/** The parameters of a query string, as parsed by whoever serves it. */
export type Query = Readonly<Record<string, unknown>>;

/** Meta's side of the conversation: the challenge when the address is set up, then the webhooks. */
export type Webhook = {
  challenge(query: Query): { readonly status: number; readonly body: string };
  /** Resolves to 200 only after the body is stored. Rejects when it can't be stored: then answer 5xx. */
  receive(rawBody: Uint8Array, signatureHeader: string | undefined): Promise<{ readonly status: number }>;
};

/**
 * The provider repeats what it could not deliver for up to seven days. What is older, by the newest time in it, is no
 * repetition of theirs.
 */
const REPLAYED_AFTER_MS = 8 * 24 * 60 * 60 * 1000;

/** How far the taking of one webhook has come; nothing else of it happens while a listener is told. */
export type WebhookStep = 'WEBHOOK_VERIFIED' | 'WEBHOOK_STORED';

/**
 * Takes webhooks that are signed with the secret of a channel they are about, or with the one before while that is
 * good. They are stored as they came and take effect later; `wake` is called after that. A replay is stored too, set
 * aside, and takes no effect.
 */
export function createWebhook(dependencies: {
  readonly channels: Pick<Channels, 'byPhoneNumberIds' | 'enabled'>;
  readonly inbox: Pick<Inbox, 'store'>;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly verifyToken: string;
  readonly wake: () => void;
  readonly log: Logger;
  readonly reached?: (step: WebhookStep) => void;
  /** Told of each replay that was set aside. */
  readonly quarantined?: () => void;
}): Webhook {
  const { channels, inbox, clock, newId, verifyToken, wake, log, reached, quarantined } = dependencies;

  async function receive(rawBody: Uint8Array, signature: string | undefined): Promise<{ readonly status: number }> {
    if (!isSignature(signature)) return { status: 401 };
    const body = parse(rawBody);
    if (body === undefined) return { status: 400 };
    const owners = await verifiedOwners(body, rawBody, signature);
    if (owners.length === 0) {
      log.warn({ bytes: rawBody.length }, 'a webhook was signed with no secret that is known for it');
      return { status: 401 };
    }
    reached?.('WEBHOOK_VERIFIED');
    const receivedAt = clock.now();
    const isReplay = receivedAt.getTime() - (newestTimeIn(body) ?? receivedAt).getTime() > REPLAYED_AFTER_MS;
    await inbox.store(
      owners.map((organizationId) => ({
        organizationId,
        id: newId(),
        channel: 'WHATSAPP' as const,
        receivedAt,
        url: null,
        body: rawBody,
        signature,
        ...(isReplay && { quarantinedAt: receivedAt }),
      })),
    );
    reached?.('WEBHOOK_STORED');
    if (isReplay) {
      log.warn({ organizationIds: owners }, 'a webhook was set aside: all of it is older than 8 days');
      quarantined?.();
      return { status: 200 };
    }
    wake();
    return { status: 200 };
  }

  /** The organizations whose numbers the body names and whose secret signed it. */
  async function verifiedOwners(body: unknown, rawBody: Uint8Array, signature: string): Promise<readonly string[]> {
    const now = clock.now();
    const signed = new Map<string, boolean>();
    const isSignedWith = (secret: string): boolean => {
      const known = signed.get(secret) ?? verify(rawBody, signature, secret);
      signed.set(secret, known);
      return known;
    };
    const isSignedBy = ({ appSecret, previousAppSecret: previous }: WhatsAppChannel): boolean =>
      isSignedWith(appSecret) || (previous !== null && now < previous.until && isSignedWith(previous.secret));
    const ids = phoneNumberIdsIn(body);
    const named = ids.length === 0 ? [] : await channels.byPhoneNumberIds(ids);
    if (named.length > 0) {
      return [...new Set(named.filter(isSignedBy).map(({ organizationId }) => organizationId))];
    }
    // It is about nobody's number (an account's news, say): one entry keeps it, and none of it is anyone's message.
    return (await channels.enabled())
      .filter(isSignedBy)
      .slice(0, 1)
      .map(({ organizationId }) => organizationId);
  }

  function challenge(query: Query): { readonly status: number; readonly body: string } {
    const given = query['hub.challenge'];
    const matches = verifyToken !== '' && query['hub.verify_token'] === verifyToken;
    if (query['hub.mode'] !== 'subscribe' || !matches || typeof given !== 'string') return { status: 403, body: '' };
    return { status: 200, body: given };
  }

  return { challenge, receive };
}

function parse(rawBody: Uint8Array): unknown {
  try {
    const body: unknown = JSON.parse(Buffer.from(rawBody.buffer, rawBody.byteOffset, rawBody.length).toString('utf8'));
    return objectIn(body);
  } catch {
    return undefined;
  }
}
