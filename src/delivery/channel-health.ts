import type { ProviderFailure } from '../domain/conversation/delivery-facts.js';
import type { OrganizationSettings } from '../domain/conversation/conversation.js';
import type { Channel } from '../domain/message/message.js';
import type { Channels } from '../domain/ports/channels.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Outbox } from '../domain/ports/outbox.js';

/** How long a channel rests that the provider found too fast. */
const REST_MS = 1_000;

type Lane = { readonly organizationId: string; readonly channel: Channel };

export type ChannelHealth = ReturnType<typeof createChannelHealth>;

/** Notes what the provider's answers and reports say of a channel itself, before the message is made to wait for it. */
export function createChannelHealth(dependencies: {
  readonly channels: Pick<Channels, 'noteRefused' | 'noteTemplateRefused' | 'noteServed'>;
  readonly outbox: Pick<Outbox, 'pause'>;
  readonly clock: Clock;
}) {
  const { channels, outbox, clock } = dependencies;
  return {
    refused: async (
      lane: Lane,
      { kind, reason, pauseMs }: ProviderFailure,
      /** Whether it was the template of the opt-in request. */
      { template }: { readonly template: boolean },
    ): Promise<void> => {
      const { organizationId, channel } = lane;
      if (kind === 'TOO_FAST_FOR_CHANNEL') await outbox.pause(lane, new Date(clock.now().getTime() + REST_MS));
      if (channel !== 'WHATSAPP') return;
      if (kind === 'CHANNEL_UNHEALTHY') await channels.noteRefused(organizationId, reason, pauseMs ?? null);
      if (kind === 'TEMPLATE_UNUSABLE' && template) await channels.noteTemplateRefused(organizationId, reason);
    },
    served: async (
      { organizationId, channel }: Lane,
      { whatsappHealthy, templateRetryAt }: Pick<OrganizationSettings, 'whatsappHealthy' | 'templateRetryAt'>,
      { template }: { readonly template: boolean },
    ): Promise<void> => {
      const isNews = !whatsappHealthy || (template && templateRetryAt !== null);
      if (channel === 'WHATSAPP' && isNews) await channels.noteServed(organizationId, { template });
    },
  };
}
