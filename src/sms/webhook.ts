import { parsePhoneNumber } from '../domain/phone-number.js';
import type { Clock, NewId } from '../domain/ports/clock.js';
import type { Inbox } from '../domain/ports/inbox.js';
import type { Logger } from '../domain/ports/logger.js';
import type { SmsSender, SmsSenders } from '../domain/ports/sms-senders.js';
import { readStatusCallback } from './attempt-name.js';
import { verify } from './signature.js';

/** A request as it came: the path with its query, and the bytes of a form. */
export type SmsRequest = {
  readonly path: string;
  readonly body: Uint8Array;
  readonly signature: string | undefined;
};

/** The SMS provider's side: what contacts write, and what becomes of what was sent to them. */
export type SmsWebhook = {
  /** Both resolve to 200 only after what concerns an organization is stored; they reject when it can't be. */
  inbound(request: SmsRequest): Promise<{ readonly status: 200 | 401 }>;
  status(request: SmsRequest): Promise<{ readonly status: 200 | 401 }>;
};

/**
 * Takes requests that are signed with the token of the account that they come from. They are stored as they came for
 * each organization that they concern, and take effect later; `wake` is called after that.
 */
export function createSmsWebhook(dependencies: {
  readonly senders: Pick<SmsSenders, 'named' | 'organizationsKnowing'>;
  readonly inbox: Pick<Inbox, 'store'>;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Where the provider reaches this server: what it signs begins with it. */
  readonly publicUrl: () => string;
  readonly wake: () => void;
  readonly log: Logger;
  readonly reached?: (step: 'WEBHOOK_VERIFIED' | 'WEBHOOK_STORED') => void;
}): SmsWebhook {
  const { senders, inbox, clock, newId, publicUrl, wake, log, reached } = dependencies;

  /** Takes a request that one of the account's senders signed; `ours` is the field with the number of the sender. */
  async function take(
    { path, body, signature = '' }: SmsRequest,
    ours: 'To' | 'From',
    concerned: (signers: readonly SmsSender[], form: URLSearchParams, url: string) => Promise<readonly string[]>,
  ): Promise<{ readonly status: 200 | 401 }> {
    const url = `${publicUrl()}${path}`;
    const form = new URLSearchParams(Buffer.from(body).toString('utf8'));
    const named = { accountSid: form.get('AccountSid') ?? '', number: form.get(ours) ?? '' };
    const signers = (await senders.named(named)).filter(({ authToken }) => verify(url, form, signature, authToken));
    if (signers.length === 0) {
      log.warn({ bytes: body.length }, 'an SMS webhook was signed with no token that is known for it');
      return { status: 401 };
    }
    reached?.('WEBHOOK_VERIFIED');
    const receivedAt = clock.now();
    const entries = (await concerned(signers, form, url)).map((organizationId) => ({
      organizationId,
      id: newId(),
      channel: 'SMS' as const,
      receivedAt,
      url,
      body,
      signature,
    }));
    if (entries.length === 0) return { status: 200 };
    await inbox.store(entries);
    reached?.('WEBHOOK_STORED');
    wake();
    return { status: 200 };
  }

  /** The organization whose own sender was written to, or all that the one serves which has no owner. */
  async function addressed(signers: readonly SmsSender[], form: URLSearchParams): Promise<readonly string[]> {
    const owners = signers.filter(({ from }) => from === form.get('To')).map(({ organizationId }) => organizationId);
    const phone = parsePhoneNumber(form.get('From') ?? '');
    if (owners.length === 0 || !phone) return [];
    const knowing = await senders.organizationsKnowing(phone);
    const own = owners.find((organizationId) => organizationId !== null);
    return own === undefined ? knowing : knowing.filter((organizationId) => organizationId === own);
  }

  /** The organization that the address names, where its own sender signed or the one that serves all. */
  async function reported(signers: readonly SmsSender[], url: string): Promise<readonly string[]> {
    const attempt = readStatusCallback(url);
    const isTheirs = signers.some(
      ({ organizationId }) => organizationId === null || organizationId === attempt?.organizationId,
    );
    return attempt && isTheirs ? [attempt.organizationId] : [];
  }

  return {
    inbound: (request) => take(request, 'To', addressed),
    status: (request) => take(request, 'From', (signers, _form, url) => reported(signers, url)),
  };
}
