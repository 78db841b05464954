import { randomBytes } from 'node:crypto';
import type { ISql } from 'postgres';
import { v7 as newId } from 'uuid';
import type { UnconfirmedPolicy } from '../domain/ports/outbox.js';
import { textKeys } from '../domain/message/texts.js';
import { placeOf } from './channel-rows.js';
import type { Secrets } from './secrets.js';

export type Organization = {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly locale: string;
};

/** A WhatsApp number as its operator knows it, at the provider. */
export type ChannelSettings = {
  readonly phoneNumberId: string;
  readonly accessToken: string;
  readonly appSecret: string;
  readonly templateName: string;
  /** The language of the template as it was approved; null for the organization's own. */
  readonly templateLocale: string | null;
  /** For the evidence of what is sent: the number itself, and the category and version of the template; null if not said. */
  readonly number?: string | null;
  readonly templateCategory?: string | null;
  readonly templateVersion?: string | null;
  /** The template that asks a contact to reopen the window; null for none. */
  readonly continueTemplate: string | null;
  /** How long the app secret before this one is good too, so that webhooks under way are; a day if not said. */
  readonly previousSecretForMs?: number;
};

type PreviousRow = {
  readonly app_secret: Uint8Array;
  readonly previous_app_secret: Uint8Array | null;
  readonly previous_secret_until: Date | null;
};

/** What an operator asked for and can't have; the message says why in one sentence. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}

/** What operators set up. Each operation throws a SetupError when it is refused; then nothing has changed. */
export interface Organizations {
  create(organization: Omit<Organization, 'id'>): Promise<Organization>;
  findBySlug(slug: string): Promise<Organization | null>;
  /** Sets the organization's number, or replaces it, enabled and with no problem noted. */
  setChannel(slug: string, channel: ChannelSettings): Promise<void>;
  disableChannel(slug: string): Promise<void>;
  /** Sets what becomes of messages of unknown fate that no report comes for. */
  setUnconfirmed(slug: string, policy: UnconfirmedPolicy): Promise<void>;
  /** Sets for how long texts of messages are kept; null for as long as their contact is. */
  setMessageRetention(slug: string, keepMs: number | null): Promise<void>;
  /** Sets the organization's own words for one message of the system in one language. */
  setText(slug: string, text: { readonly locale: string; readonly key: string; readonly text: string }): Promise<void>;
  /** The organization of those who only try: made at first use, with a simulated number if it has none. */
  ensureDemo(): Promise<Organization>;
}

const SLUG = /^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$/;
const LOCALE = /^[a-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*$/;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Longer than a post of the provider may be repeated, which is known by the ids that go with the texts. */
const SHORTEST_RETENTION_MS = 30 * DAY_MS;
const LONGEST_RETENTION_MS = 36_500 * DAY_MS;
const PHONE_NUMBER_ID = /^[\w.-]{1,64}$/;
const DEMO = { slug: 'demo', name: 'Acme Wealth', locale: 'en' };
const DEMO_NUMBER = '+15550100000';

export function createOrganizations(dependencies: { readonly sql: ISql; readonly secrets: Secrets }): Organizations {
  const { sql, secrets } = dependencies;

  async function findBySlug(slug: string): Promise<Organization | null> {
    const [found] = await sql<Organization[]>`select id, slug, name, locale from organizations where slug = ${slug}`;
    return found ?? null;
  }

  async function existing(slug: string): Promise<Organization> {
    const found = await findBySlug(slug);
    if (found === null) throw new SetupError(`There is no organization "${slug}".`);
    return found;
  }

  /** Null when the slug is taken. */
  async function insert({ slug, name, locale }: Omit<Organization, 'id'>): Promise<Organization | null> {
    const [created] = await sql<Organization[]>`
      insert into organizations (id, slug, name, locale)
      values (${newId()}, ${slug}, ${name}, ${locale})
      on conflict (slug) do nothing returning id, slug, name, locale`;
    return created ?? null;
  }

  function sealed(organizationId: string, channel: Pick<ChannelSettings, 'accessToken' | 'appSecret'>) {
    return {
      accessToken: secrets.seal(channel.accessToken, placeOf(organizationId, 'access_token')),
      appSecret: secrets.seal(channel.appSecret, placeOf(organizationId, 'app_secret')),
    };
  }

  /** What becomes the previous app secret, sealed anew for its place, and until when it is good. */
  async function previousSecret(organizationId: string, channel: ChannelSettings) {
    const { appSecret, previousSecretForMs = DAY_MS } = channel;
    const none = { secret: null, until: null };
    const [row] = await sql<PreviousRow[]>`
      select app_secret, previous_app_secret, previous_secret_until from whatsapp_channels
      where organization_id = ${organizationId} and not simulated for update`;
    if (!row || previousSecretForMs === 0) return none;
    const replaced = openOrNull(row.app_secret, placeOf(organizationId, 'app_secret'));
    if (replaced === null) return none;
    // Setting the same secret again changes nothing of the one before.
    if (replaced === appSecret) return { secret: row.previous_app_secret, until: row.previous_secret_until };
    const secret = secrets.seal(replaced, placeOf(organizationId, 'previous_app_secret'));
    return { secret, until: new Date(Date.now() + previousSecretForMs) };
  }

  /** A secret that no key opens any more is replaced, and can't be good any longer. */
  function openOrNull(sealedSecret: Uint8Array, place: string): string | null {
    try {
      return secrets.open(sealedSecret, place);
    } catch {
      return null;
    }
  }

  return {
    findBySlug,

    async create(organization) {
      const name = organization.name.trim();
      if (!SLUG.test(organization.slug)) {
        throw new SetupError(
          'A slug is 1 to 63 lower-case letters, digits, "-" or "_", and starts and ends with neither.',
        );
      }
      if (name === '') throw new SetupError('An organization needs a name.');
      requireLocale(organization.locale);
      const created = await insert({ ...organization, name });
      if (created === null) throw new SetupError(`There is already an organization "${organization.slug}".`);
      return created;
    },

    async setChannel(slug, channel) {
      requireUsable(channel);
      const { id, locale } = await existing(slug);
      const { accessToken, appSecret } = sealed(id, channel);
      const previous = await previousSecret(id, channel);
      try {
        await sql`
          insert into whatsapp_channels
            (organization_id, phone_number_id, access_token, app_secret, template_name, template_locale,
              number, template_category, template_version, continue_template, previous_app_secret, previous_secret_until)
          values (${id}, ${channel.phoneNumberId}, ${accessToken}, ${appSecret}, ${channel.templateName},
            ${channel.templateLocale ?? locale}, ${numberOf(channel)}, ${channel.templateCategory ?? null},
            ${channel.templateVersion ?? null}, ${channel.continueTemplate}, ${previous.secret}, ${previous.until})
          on conflict (organization_id) do update set phone_number_id = excluded.phone_number_id,
            access_token = excluded.access_token, app_secret = excluded.app_secret,
            template_name = excluded.template_name, template_locale = excluded.template_locale, number = excluded.number,
            template_category = excluded.template_category, template_version = excluded.template_version,
            continue_template = excluded.continue_template, previous_app_secret = excluded.previous_app_secret,
            previous_secret_until = excluded.previous_secret_until, enabled = true, simulated = false, problem = null,
            retries = 0, retry_at = null, template_problem = null, template_retry_at = null, updated_at = now()`;
      } catch (error) {
        if (!isTaken(error)) throw error;
        throw new SetupError('Another organization has this phone number id.', { cause: error });
      }
    },

    async disableChannel(slug) {
      const { id } = await existing(slug);
      const disabled = await sql`
        update whatsapp_channels set enabled = false, updated_at = now() where organization_id = ${id}`;
      if (disabled.count === 0) throw new SetupError(`The organization "${slug}" has no WhatsApp channel.`);
    },

    async setUnconfirmed(slug, policy) {
      const { id } = await existing(slug);
      await sql`update organizations set unconfirmed = ${policy} where id = ${id}`;
    },

    async setMessageRetention(slug, keepMs) {
      if (keepMs !== null && (keepMs < SHORTEST_RETENTION_MS || keepMs > LONGEST_RETENTION_MS)) {
        throw new SetupError('Texts of messages are kept for at least P30D and at most P36500D.');
      }
      const { id } = await existing(slug);
      const seconds = keepMs === null ? null : Math.ceil(keepMs / 1000);
      await sql`update organizations set message_retention = ${seconds} where id = ${id}`;
    },

    async setText(slug, { locale, key, text }) {
      requireLocale(locale);
      if (!textKeys.some((known) => known === key)) {
        throw new SetupError(`There is no text "${key}"; the texts are ${textKeys.join(', ')}.`);
      }
      if (text.trim() === '') throw new SetupError('A text needs words.');
      const { id } = await existing(slug);
      await sql`
        update organizations
        set texts = texts || jsonb_build_object(${locale}::text,
          coalesce(texts -> ${locale}::text, '{}') || jsonb_build_object(${key}::text, ${text}::text))
        where id = ${id}`;
    },

    async ensureDemo() {
      const demo = (await insert(DEMO)) ?? (await existing(DEMO.slug));
      const { accessToken, appSecret } = sealed(demo.id, {
        accessToken: randomBytes(32).toString('hex'),
        appSecret: randomBytes(32).toString('hex'),
      });
      await sql`
        insert into whatsapp_channels
          (organization_id, phone_number_id, access_token, app_secret, template_name, template_locale, number,
            template_category, template_version, simulated)
        values (${demo.id}, 'simulated', ${accessToken}, ${appSecret}, 'opt_in_request', 'en', ${DEMO_NUMBER},
          'MARKETING', '1', true)
        on conflict do nothing`;
      return demo;
    },
  };
}

function requireLocale(locale: string): void {
  if (!LOCALE.test(locale)) throw new SetupError(`"${locale}" is no locale; one looks like en, en_US or pt-BR.`);
}

function requireUsable(channel: ChannelSettings): void {
  if (channel.templateLocale !== null) requireLocale(channel.templateLocale);
  if (!PHONE_NUMBER_ID.test(channel.phoneNumberId)) {
    throw new SetupError("A phone number id is the number's id at the provider, for example 106540352242922.");
  }
  const needed = {
    'access token': channel.accessToken,
    'app secret': channel.appSecret,
    template: channel.templateName,
  };
  for (const [name, value] of Object.entries(needed)) {
    if (value.trim() === '') throw new SetupError(`The channel needs a value for its ${name}.`);
  }
}

/** As the provider shows it: digits, however they are set. */
function numberOf({ number }: ChannelSettings): string | null {
  if (number === undefined || number === null) return null;
  const digits = number.replace(/[\s().-]/g, '');
  if (/^\+[1-9]\d{6,14}$/.test(digits)) return digits;
  throw new SetupError(`"${number}" is no number; one looks like +14155550100.`);
}

const isTaken = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === '23505';
