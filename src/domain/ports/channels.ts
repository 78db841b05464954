/** An organization's WhatsApp number with what is needed to use it. */
export type WhatsAppChannel = {
  readonly organizationId: string;
  readonly phoneNumberId: string;
  readonly accessToken: string;
  readonly appSecret: string;
  /** The secret before, which signs too until its time. */
  readonly previousAppSecret: { readonly secret: string; readonly until: Date } | null;
  readonly templateName: string;
  readonly templateLocale: string;
  /** The number itself, and what the template counts as at the provider and which version it is; null where nobody has said. */
  readonly number: string | null;
  readonly templateCategory: string | null;
  readonly templateVersion: string | null;
  /** The template that asks a contact to reopen the window; null where there is none. */
  readonly continueTemplate: string | null;
  readonly enabled: boolean;
  /** Served by the built-in simulator. */
  readonly simulated: boolean;
};

export interface Channels {
  byOrganization(organizationId: string): Promise<WhatsAppChannel | null>;
  byPhoneNumberIds(phoneNumberIds: readonly string[]): Promise<readonly WhatsAppChannel[]>;
  /** All enabled channels: to find whose secret signed a body that names no number. */
  enabled(): Promise<readonly WhatsAppChannel[]>;
  /** Notes that the provider refuses the channel: it is tried again after a while, longer each time. */
  noteRefused(organizationId: string, problem: string, pauseMs: number | null): Promise<void>;
  /** Notes that the provider refuses the template of the opt-in request. */
  noteTemplateRefused(organizationId: string, problem: string): Promise<void>;
  /** Notes that the provider served the channel, and its template where that was used. */
  noteServed(organizationId: string, used: { readonly template: boolean }): Promise<void>;
}
