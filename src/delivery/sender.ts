import type { Core } from '../domain/core.js';
import type { SendOutcome } from '../domain/conversation/delivery-facts.js';
import { languageFor, render } from '../domain/message/texts.js';
import type { Channel } from '../domain/message/message.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Logger } from '../domain/ports/logger.js';
import type { MessagingProvider, OutgoingMessage } from '../domain/ports/messaging-provider.js';
import type { Claim, Lane, Outbox } from '../domain/ports/outbox.js';
import { gather } from './batch.js';
import type { ChannelHealth } from './channel-health.js';
import { createLoop, type Loop } from './loop.js';

const goneFailure = {
  kind: 'REJECTED',
  code: null,
  reason: 'The message no longer exists.',
  retryable: false,
} as const;

/** Conversations that one server works on at a time; of one organization's channel no more than the lesser number. */
const CONCURRENCY = 512;
const LANE_CONCURRENCY = 256;
/** Statements that serve many conversations at once serve this many at most. */
const GATHERED = 128;
const POLL_MS = 500;
/** With so many under way, what comes back or is committed is looked at together, so often. */
const BUSY = 16;
const GATHER_MS = 10;
/** What is due and yet not to be had waits for others: for its lane to have room, or for another sender. */
const NOT_TO_BE_HAD_MS = 20;

export type Sender = {
  /** Something was committed that may have to leave: look now. */
  readonly wake: () => void;
  /** Takes nothing new and finishes what is under way. */
  readonly stop: () => Promise<void>;
};

/** How far the handing over of one message has come; nothing else of it happens while a listener is told. */
export type SendStep = 'SEND_CLAIMED' | 'SEND_COMMITTED' | 'SEND_ANSWERED' | 'SEND_SETTLED' | 'SEND_RELEASED';

/**
 * Hands messages to the provider: claim a conversation, commit SENDING with consent checked, send, settle. The lease
 * outlives the provider's time limit, so a conversation has one sender.
 */
export function startSender(options: {
  readonly outbox: Outbox;
  readonly core: Pick<Core, 'startSend' | 'settleSend'>;
  readonly providers: Readonly<Record<Channel, MessagingProvider>>;
  readonly health: ChannelHealth;
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly log: Logger;
  readonly reached?: (step: SendStep) => void;
}): Sender {
  const { outbox, core, providers, health, clock, leaseMs, log, reached } = options;
  const underWay = new Set<Promise<void>>();
  const lanes = new Map<string, Lane>();
  let gathering: NodeJS.Timeout | null = null;
  const contentOf = gather((asked: Parameters<Outbox['contents']>[0]) => outbox.contents(asked), GATHERED);
  const release = gather(async (claims: readonly Claim[]) => {
    await outbox.release(claims);
    return claims.map(() => true);
  }, GATHERED);

  const loop: Loop = createLoop({
    name: 'sender',
    log,
    step: async () => {
      const free = CONCURRENCY - underWay.size;
      if (free === 0) return POLL_MS;
      const claims = await outbox.claim({
        now: clock.now(),
        leaseMs,
        limit: free,
        laneLimit: LANE_CONCURRENCY,
        underWay: [...lanes.values()],
      });
      for (const claim of claims) {
        count(claim, 1);
        const work = handOver(claim).finally(() => {
          count(claim, -1);
          underWay.delete(work);
          wake();
        });
        underWay.add(work);
      }
      if (claims.length === free) return POLL_MS;
      const due = await outbox.nextDueAt();
      const soonest = claims.length === 0 ? NOT_TO_BE_HAD_MS : 1;
      return due === null ? POLL_MS : Math.min(POLL_MS, Math.max(soonest, due.getTime() - clock.now().getTime()));
    },
  });

  function wake(): void {
    if (underWay.size < BUSY) return loop.wake();
    gathering ??= setTimeout(() => {
      gathering = null;
      loop.wake();
    }, GATHER_MS);
  }

  function count({ organizationId, channel }: Claim, change: 1 | -1): void {
    const name = `${organizationId} ${channel}`;
    const lane = { organizationId, channel, count: (lanes.get(name)?.count ?? 0) + change };
    if (lane.count > 0) lanes.set(name, lane);
    else lanes.delete(name);
  }

  async function handOver(claim: Claim): Promise<void> {
    let released = false;
    try {
      reached?.('SEND_CLAIMED');
      const started = await core.startSend(claim);
      if (started) {
        reached?.('SEND_COMMITTED');
        const { organizationId } = claim;
        const { message, contact } = started;
        const outgoing = await compose(claim, started);
        const outcome: SendOutcome = outgoing
          ? await providers[claim.channel].send(outgoing)
          : { outcome: 'REFUSED', failure: goneFailure };
        reached?.('SEND_ANSWERED');
        await noteHealth(claim, started, outcome);
        const sent = { messageId: message.id, attempt: message.attempts, outcome };
        released = await core.settleSend(organizationId, sent, { claim, conversation: started.conversation });
        reached?.('SEND_SETTLED');
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
      if (!released) await release(claim);
      reached?.('SEND_RELEASED');
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
    const content = await contentOf({ organizationId, messageId: message.id });
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

  async function noteHealth(
    claim: Claim,
    { organization, message }: NonNullable<Awaited<ReturnType<Core['startSend']>>>,
    outcome: SendOutcome,
  ): Promise<void> {
    const used = { template: message.kind === 'OPT_IN_REQUEST' };
    if (outcome.outcome === 'REFUSED') await health.refused(claim, outcome.failure, used);
    if (outcome.outcome === 'ACCEPTED') await health.served(claim, organization, used);
  }

  return {
    wake,
    stop: async () => {
      await loop.stop();
      if (gathering) clearTimeout(gathering);
      await Promise.allSettled(underWay);
    },
  };
}
