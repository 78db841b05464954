import type { PermissionBasis, RecordedEvidence } from './consent/events.js';
import * as agent from './conversation/agent-commands.js';
import type { Draft } from './conversation/conversation.js';
import { eraseContact } from './conversation/erasure.js';
import { decided, refuse, type Refusal } from './conversation/refusal.js';
import { targetOf, type Caller, type Deciding, type Outcome } from './deciding.js';
import type { Channel } from './message/message.js';
import type { PhoneNumber } from './phone-number.js';
import type { NewId } from './ports/clock.js';
import type { Erasure } from './ports/deletion.js';

export type SendOptInCommand = {
  readonly contactId: string | null;
  readonly phone: PhoneNumber | null;
  readonly name: string | null;
  readonly basis: PermissionBasis | null;
  readonly locale: string | null;
  readonly idempotencyKey: string | null;
};

export type RecordElsewhereCommand = {
  readonly contactId: string;
  readonly at: Date | null;
  readonly evidence: RecordedEvidence;
  readonly idempotencyKey: string | null;
};

/** What agents ask for. Each is refused with a reason, or carried out once per idempotency key. */
export function createAgentOperations({
  command,
  newId,
  policy,
  erasure,
}: {
  readonly command: Deciding['command'];
  readonly newId: NewId;
  readonly policy: agent.Policy;
  readonly erasure: Pick<Erasure, 'purge'>;
}) {
  return {
    createContact(
      caller: Caller,
      input: { readonly phone: PhoneNumber; readonly name: string; readonly locale: string | null },
    ): Promise<Outcome> {
      const contact = { name: input.name.trim(), phone: input.phone, locale: input.locale };
      const refusal = contactRefusal(contact);
      if (refusal) return Promise.resolve({ refusal });
      return command(
        caller,
        'createContact',
        input,
        targetOf({ phone: input.phone, identities: [] }),
        (draft) => (draft.conversation.revision > 0 ? refuse('PHONE_NUMBER_TAKEN', ['phone']) : decided(draft, null)),
        { create: () => ({ ...contact, id: newId() }) },
      );
    },

    sendOptIn(caller: Caller, input: SendOptInCommand): Promise<Outcome> {
      const { contactId, phone } = input;
      const decide = (draft: Draft) =>
        agent.sendOptIn({ by: caller.name, basis: input.basis, locale: input.locale }, draft);
      if (contactId !== null && phone !== null) return Promise.resolve(refuse('INVALID_INPUT', ['phone']));
      if (contactId !== null) return command(caller, 'sendOptIn', input, { contactId }, decide);
      if (phone === null) return Promise.resolve(refuse('INVALID_INPUT', ['contactId']));
      const contact = { name: input.name?.trim() ?? phone, phone, locale: input.locale };
      const refusal = contactRefusal(contact);
      if (refusal) return Promise.resolve({ refusal });
      return command(caller, 'sendOptIn', input, targetOf({ phone, identities: [] }), decide, {
        create: () => ({ ...contact, id: newId() }),
      });
    },

    resendOptIn(
      caller: Caller,
      input: { readonly contactId: string; readonly idempotencyKey: string | null },
    ): Promise<Outcome> {
      return command(caller, 'resendOptIn', input, { contactId: input.contactId }, (draft) =>
        agent.resendOptIn({ by: caller.name }, draft, policy),
      );
    },

    queueMessage(
      caller: Caller,
      input: {
        readonly contactId: string;
        readonly body: string;
        readonly channel: Channel;
        readonly idempotencyKey: string | null;
      },
    ): Promise<Outcome> {
      const { contactId, body, channel } = input;
      return command(caller, 'queueMessage', input, { contactId }, (draft) =>
        agent.queueMessage({ body, channel, author: caller.name }, draft, policy),
      );
    },

    cancelMessage(caller: Caller, input: { readonly messageId: string }): Promise<Outcome> {
      const { messageId } = input;
      return command(
        caller,
        'cancelMessage',
        input,
        { messageId },
        (draft) => agent.cancelMessage(draft.conversation.messages.find(({ id }) => id === messageId) ?? null, draft),
        { messageIds: [messageId], notFound: { code: 'MESSAGE_NOT_FOUND', path: ['messageId'] } },
      );
    },

    switchToSms(
      caller: Caller,
      input: {
        readonly contactId: string;
        readonly heldMessages: agent.HeldMessageChoice;
        readonly idempotencyKey: string | null;
      },
    ): Promise<Outcome> {
      return command(caller, 'switchToSms', input, { contactId: input.contactId }, (draft) =>
        agent.switchToSms({ by: caller.name, heldMessages: input.heldMessages }, draft),
      );
    },

    recordConsent: (caller: Caller, input: RecordElsewhereCommand) => recordElsewhere(caller, input, true),
    withdrawConsent: (caller: Caller, input: RecordElsewhereCommand) => recordElsewhere(caller, input, false),

    /** Erases everything personal of the contact; it is gone when this resolves. */
    async eraseContact(caller: Caller, { contactId }: { readonly contactId: string }): Promise<Outcome> {
      const outcome = await command(caller, 'eraseContact', {}, { contactId }, (draft) =>
        draft.conversation.onHold
          ? refuse('CONTACT_ON_HOLD', ['contactId'])
          : decided(eraseContact({ by: caller.name }, draft), null),
      );
      if (!outcome.refusal) await erasure.purge({ organizationId: caller.organizationId, contactId });
      return outcome;
    },
  };

  function recordElsewhere(caller: Caller, input: RecordElsewhereCommand, granted: boolean): Promise<Outcome> {
    const { contactId, at, evidence } = input;
    return command(caller, granted ? 'recordConsent' : 'withdrawConsent', input, { contactId }, (draft) =>
      agent.recordObtained({ at: at ?? draft.now, by: caller.name, granted, evidence }, draft),
    );
  }
}

const LOCALE = /^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$/;

function contactRefusal(contact: { readonly name: string; readonly locale: string | null }): Refusal | null {
  if (contact.name === '' || contact.name.length > 200) return { code: 'INVALID_INPUT', path: ['name'] };
  if (contact.locale !== null && !LOCALE.test(contact.locale)) return { code: 'INVALID_INPUT', path: ['locale'] };
  return null;
}
