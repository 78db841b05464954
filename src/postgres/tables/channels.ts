import { boolean, index, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { bytea, time } from './columns.js';
import { organizationId } from './organizations.js';

/** WhatsApp numbers. The secrets are encrypted. */
export const whatsappChannels = pgTable('whatsapp_channels', {
  organizationId: organizationId().primaryKey(),
  phoneNumberId: text('phone_number_id').notNull().unique(),
  accessToken: bytea('access_token').notNull(),
  appSecret: bytea('app_secret').notNull(),
  /** The secret before, which is good until its time. */
  previousAppSecret: bytea('previous_app_secret'),
  previousSecretUntil: time('previous_secret_until'),
  templateName: text('template_name').notNull(),
  templateLocale: text('template_locale').notNull(),
  /** For the evidence of what was sent, as far as the organization has said: the number, and the kind and version of the template. */
  number: text('number'),
  templateCategory: text('template_category'),
  templateVersion: text('template_version'),
  enabled: boolean('enabled').notNull().default(true),
  simulated: boolean('simulated').notNull().default(false),
  /** What the provider holds against the channel; null while it serves it. */
  problem: text('problem'),
  /** How often it was tried again since, and when it is the next time. */
  retries: integer('retries').notNull().default(0),
  retryAt: time('retry_at'),
  /** What the provider holds against the template of the opt-in request, and when that is tried again. */
  templateProblem: text('template_problem'),
  templateRetryAt: time('template_retry_at'),
  /** The template that asks a contact to reopen the window; null where there is none. */
  continueTemplate: text('continue_template'),
  updatedAt: time('updated_at').notNull().defaultNow(),
});

/** What organizations send SMS with that have a sender of their own. The token is encrypted. */
export const smsSenders = pgTable(
  'sms_senders',
  {
    organizationId: organizationId().primaryKey(),
    accountSid: text('account_sid').notNull(),
    authToken: bytea('auth_token').notNull(),
    fromNumber: text('from_number').notNull().unique(),
    enabled: boolean('enabled').notNull().default(true),
    updatedAt: time('updated_at').notNull().defaultNow(),
  },
  (table) => [index('sms_senders_account').on(table.accountSid)],
);
