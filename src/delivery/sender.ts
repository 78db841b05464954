import type { Core } from '../domain/core.js';
import type { SendOutcome } from '../domain/conversation/delivery-facts.js';
import { languageFor, render } from '../domain/message/texts.js';
import type { Channel } from '../domain/message/message.js';
import type { Channels, Claim, Clock, Logger, MessagingProvider, Outbox, OutgoingMessage } from '../domain/ports.js';
import { createLoop, type Loop } from './loop.js';

const goneFailure = {
  kind: 'REJECTED',
  code: null,
  reason: 'The message no longer exists.',
  retryable: false,
} as const;

/** Conversations that one server works on at a time. */
const CONCURRENCY = 64;
const POLL_MS = 500;

export type Sender = {
  /** Something was committed that may have to leave: look now. */
  readonly wake: () => void;
  /** Takes nothing new and finishes what is under way. */
  readonly stop: () => Promise<void>;
};

/** How far the handing over of one message has come; nothing else of it happens while a listener is told. */
export type SendStep = 'SEND_CLAIMED' | 'SEND_COMMITTED' | 'SEND_ANSWERED' | 'SEND_SETTLED';

/**
 * Hands messages to the provider: claim a conversation, commit SENDING with consent checked, send, settle. The lease
 * outlives the provider's time limit, so a conversation has one sender.
 */
export function startSender(options: {
  readonly outbox: Outbox;
  readonly core: Pick<Core, 'startSend' | 'settleSend'>;
  readonly providers: Readonly<Record<Channel, MessagingProvider>>;
  readonly channels: Pick<Channels, 'noteHealth'>;
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly log: Logger;
  readonly reached?: (step: SendStep) => void;
}): Sender {
  const { outbox, core, providers, channels, clock, leaseMs, log, reached } = options;
  const underWay = new Set<Promise<void>>();

  const loop: Loop = createLoop({
    name: 'sender',
    log,
    step: async () => {
      const free = CONCURRENCY - underWay.size;
      const claims = free === 0 ? [] : await outbox.claim({ now: clock.now(), leaseMs, limit: free });
      for (const claim of claims) {
        const work = handOver(claim).finally(() => {
          underWay.delete(work);
          loop.wake();
        });
        underWay.add(work);
      }
      if (claims.length > 0 && claims.length === free) return 0;
      const due = await outbox.nextDueAt();
      return due === null ? POLL_MS : Math.min(POLL_MS, Math.max(1, due.getTime() - clock.now().getTime()));
    },
  });

  async function handOver(claim: Claim): Promise<void> {
    try {
      reached?.('SEND_CLAIMED');
      const started = await core.startSend(claim);
      if (started) {
        reached?.('SEND_COMMITTED');
        const { organizationId } = claim;
        const { message, organization, contact } = started;
        const outgoing = await compose(claim, started);
        const outcome: SendOutcome = outgoing
          ? await providers[claim.channel].send(outgoing)
          : { outcome: 'REFUSED', failure: goneFailure };
        reached?.('SEND_ANSWERED');
        await core.settleSend(organizationId, { messageId: message.id, attempt: message.attempts, outcome });
        reached?.('SEND_SETTLED');
        await noteHealth(claim, organization.whatsappHealthy, outcome);
        log.info(
          {
            organizationId,
            contactId: contact.id,
            messageId: message.id,
            kind: message.kind,
            attempt: message.attempts,
            outcome: outcome.outcome,
            code: outcome.outcome === 'REFUSED' ? outcome.failure.code : undefined,
          },
          'handed over',
        );
      }
      await outbox.release([claim]);
    } catch (error) {
      // The lease runs out and the next sender finds what was left.
      log.error(
        { err: error, organizationId: claim.organizationId, contactId: claim.contactId },
        'could not hand over',
      );
    }
  }

  async function compose(
    { organizationId }: Claim,
    { organization, contact, message }: NonNullable<Awaited<ReturnType<Core['startSend']>>>,
  ): Promise<OutgoingMessage | null> {
    const content = await outbox.content(organizationId, message.id);
    if (!content) return null;
    const locale = content.locale ?? languageFor(contact.locale, organization.locale);
    const business = organization.name;
    return {
      organizationId,
      messageId: message.id,
      attempt: message.attempts,
      to: contact.phone,
      kind: message.kind,
      body: content.body,
      locale,
      requestId: content.requestId,
      organizationName: business,
      buttons: {
        accept: render(organization.texts, locale, 'ACCEPT_BUTTON', { business }),
        decline: render(organization.texts, locale, 'DECLINE_BUTTON', { business }),
      },
    };
  }

  async function noteHealth({ organizationId, channel }: Claim, healthy: boolean, outcome: SendOutcome): Promise<void> {
    if (channel !== 'WHATSAPP') return;
    if (outcome.outcome === 'REFUSED' && outcome.failure.kind === 'CHANNEL_UNHEALTHY') {
      await channels.noteHealth(organizationId, outcome.failure.reason);
    } else if (outcome.outcome === 'ACCEPTED' && !healthy) {
      await channels.noteHealth(organizationId, null);
    }
  }

  return {
    wake: loop.wake,
    stop: async () => {
      await loop.stop();
      await Promise.allSettled(underWay);
    },
  };
}
