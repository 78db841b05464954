import type { WhatsAppChannel } from '../domain/ports/channels.js';
import type { Sql } from 'postgres';
import type { Secrets } from './secrets.js';

/** A row of whatsapp_channels as it is read. */
export type ChannelRow = {
  readonly organization_id: string;
  readonly phone_number_id: string;
  readonly access_token: Uint8Array;
  readonly app_secret: Uint8Array;
  readonly previous_app_secret: Uint8Array | null;
  readonly previous_secret_until: Date | null;
  readonly template_name: string;
  readonly template_locale: string;
  readonly number: string | null;
  readonly template_category: string | null;
  readonly template_version: string | null;
  readonly continue_template: string | null;
  readonly enabled: boolean;
  readonly simulated: boolean;
};

/** The columns of such a row. */
export const channelColumns = (sql: Sql) => sql`
  organization_id, phone_number_id, access_token, app_secret, previous_app_secret, previous_secret_until,
  template_name, template_locale, number, template_category, template_version, continue_template, enabled, simulated`;

type Column = 'access_token' | 'app_secret' | 'previous_app_secret';

/** What binds a secret to its row and column: put elsewhere, it does not open. */
export function placeOf(organizationId: string, column: Column): string {
  return `whatsapp_channels/${organizationId}/${column}`;
}

/** The channel with its secrets open; throws when one can't be opened. */
export function toChannel(row: ChannelRow, secrets: Secrets): WhatsAppChannel {
  const openSecret = (column: 'access_token' | 'app_secret') =>
    secrets.open(row[column], placeOf(row.organization_id, column));
  return {
    organizationId: row.organization_id,
    phoneNumberId: row.phone_number_id,
    accessToken: openSecret('access_token'),
    appSecret: openSecret('app_secret'),
    previousAppSecret: previousSecretOf(row, secrets),
    templateName: row.template_name,
    templateLocale: row.template_locale,
    number: row.number,
    templateCategory: row.template_category,
    templateVersion: row.template_version,
    continueTemplate: row.continue_template,
    enabled: row.enabled,
    simulated: row.simulated,
  };
}

/** One that can't be opened is none: the channel works without it. */
function previousSecretOf(row: ChannelRow, secrets: Secrets): WhatsAppChannel['previousAppSecret'] {
  const { previous_app_secret: sealed, previous_secret_until: until } = row;
  if (sealed === null || until === null) return null;
  try {
    return { secret: secrets.open(sealed, placeOf(row.organization_id, 'previous_app_secret')), until };
  } catch {
    return null;
  }
}
