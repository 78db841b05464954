import type { Channels, WhatsAppChannel } from '../../src/domain/ports/channels.js';
import type { Logger } from '../../src/domain/ports/logger.js';

/** A channel that lacks nothing. */
export const channelOf = (changes: Partial<WhatsAppChannel> = {}): WhatsAppChannel => ({
  organizationId: 'org-1',
  phoneNumberId: '1001',
  accessToken: 'token-1',
  appSecret: 'secret-1',
  previousAppSecret: null,
  templateName: 'consent_request',
  templateLocale: 'en_US',
  number: '+15550100000',
  templateCategory: 'MARKETING',
  templateVersion: '3',
  continueTemplate: null,
  enabled: true,
  simulated: false,
  ...changes,
});

/** Channels in memory. */
export const channelsOf = (...all: readonly WhatsAppChannel[]): Channels => ({
  byOrganization: async (id) => all.find(({ organizationId }) => organizationId === id) ?? null,
  byPhoneNumberIds: async (ids) => all.filter(({ phoneNumberId }) => ids.includes(phoneNumberId)),
  enabled: async () => all.filter(({ enabled }) => enabled),
  noteRefused: async () => undefined,
  noteTemplateRefused: async () => undefined,
  noteServed: async () => undefined,
});

/** A log whose lines a test can read. */
export function recordingLog(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const write = (fields: object, message: string): void => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  return { lines, debug: write, info: write, warn: write, error: write };
}
