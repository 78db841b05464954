import type { Sql } from 'postgres';
import type { Channels, WhatsAppChannel } from '../domain/ports/channels.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Logger } from '../domain/ports/logger.js';
import { channelColumns, toChannel } from './channel-rows.js';
import type { ChannelRow } from './channel-rows.js';
import type { Secrets } from './secrets.js';

const REMEMBERED_FOR_MS = 1000;
/** A channel that the provider refuses is tried again after this, twice as long each time, and at most after that. */
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 5 * 60_000;
/** A template that the provider refuses is tried again after this. */
const TEMPLATE_RETRY_MS = 60 * 60_000;

/**
 * Channels that were found are remembered for a second, since every webhook and every send asks; a change by another
 * process is seen within that. Of a list, a channel whose secrets can't be opened is left out and reported.
 */
export function createChannels(dependencies: {
  readonly sql: Sql;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly log: Logger;
}): Channels {
  const { sql, secrets, clock, log } = dependencies;
  const byOrganization = remember(clock);
  const byPhoneNumberId = remember(clock);
  /** Many sends ask at once when what they remember is too old. */
  const asking = new Map<string, Promise<WhatsAppChannel | null>>();

  function keep(channel: WhatsAppChannel): WhatsAppChannel {
    byOrganization.set(channel.organizationId, channel);
    byPhoneNumberId.set(channel.phoneNumberId, channel);
    return channel;
  }

  function readable(row: ChannelRow): readonly WhatsAppChannel[] {
    try {
      return [keep(toChannel(row, secrets))];
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      log.error({ organizationId: row.organization_id, reason }, "the secrets of a WhatsApp channel can't be read");
      return [];
    }
  }

  async function find(organizationId: string): Promise<WhatsAppChannel | null> {
    const [row] = await sql<ChannelRow[]>`
      select ${channelColumns(sql)}
      from whatsapp_channels where organization_id = ${organizationId}`;
    return row === undefined ? null : keep(toChannel(row, secrets));
  }

  return {
    async byOrganization(organizationId) {
      const known = byOrganization.get(organizationId);
      if (known !== undefined) return known;
      const asked = asking.get(organizationId) ?? find(organizationId).finally(() => asking.delete(organizationId));
      asking.set(organizationId, asked);
      return asked;
    },

    async byPhoneNumberIds(phoneNumberIds) {
      const asked = [...new Set(phoneNumberIds)];
      const known = asked.map((id) => byPhoneNumberId.get(id)).filter((channel) => channel !== undefined);
      const found = new Set(known.map((channel) => channel.phoneNumberId));
      const missing = asked.filter((id) => !found.has(id));
      if (missing.length === 0) return known;
      const rows = await sql<ChannelRow[]>`
        select ${channelColumns(sql)}
        from whatsapp_channels where phone_number_id = any(${missing}::text[])`;
      return [...known, ...rows.flatMap(readable)];
    },

    async enabled() {
      const rows = await sql<ChannelRow[]>`
        select ${channelColumns(sql)}
        from whatsapp_channels where enabled order by organization_id`;
      return rows.flatMap(readable);
    },

    async noteRefused(organizationId, problem, pauseMs) {
      const now = clock.now();
      await sql`
        update whatsapp_channels set problem = ${problem}, retries = retries + 1, updated_at = ${now},
          retry_at = ${now}::timestamptz + make_interval(secs =>
            greatest(${pauseMs ?? 0}, least(${FIRST_RETRY_MS} * 2.0 ^ least(retries, 20), ${MAX_RETRY_MS})) / 1000.0)
        where organization_id = ${organizationId} and (retry_at is null or retry_at <= ${now})`;
    },

    async noteTemplateRefused(organizationId, problem) {
      const retryAt = new Date(clock.now().getTime() + TEMPLATE_RETRY_MS);
      await sql`
        update whatsapp_channels set template_problem = ${problem}, template_retry_at = ${retryAt}
        where organization_id = ${organizationId}`;
    },

    async noteServed(organizationId, { template }) {
      await sql`
        update whatsapp_channels set problem = null, retries = 0, retry_at = null,
          template_problem = case when ${template} then null else template_problem end,
          template_retry_at = case when ${template} then null else template_retry_at end
        where organization_id = ${organizationId}
          and (problem is not null or (${template} and template_problem is not null))`;
    },
  };
}

function remember(clock: Clock) {
  const entries = new Map<string, { readonly channel: WhatsAppChannel; readonly until: number }>();
  return {
    get(key: string): WhatsAppChannel | undefined {
      const entry = entries.get(key);
      if (entry !== undefined && clock.now().getTime() < entry.until) return entry.channel;
      entries.delete(key);
      return undefined;
    },
    set(key: string, channel: WhatsAppChannel): void {
      entries.set(key, { channel, until: clock.now().getTime() + REMEMBERED_FOR_MS });
    },
  };
}
