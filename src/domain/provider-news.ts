import type { Policy } from './conversation/agent-commands.js';
import { recordInbound, recordNewIdentity } from './conversation/contact-facts.js';
import type { Draft } from './conversation/conversation.js';
import { recordStatus, type DeliveryPolicy } from './conversation/delivery-facts.js';
import { recordInboundSms } from './conversation/sms-facts.js';
import { loadRequest, silently, targetOf, type Deciding } from './deciding.js';
import type { Evidence } from './evidence.js';
import type { NewId } from './ports/clock.js';
import type { ConsentStore } from './ports/consent-store.js';
import type { ProviderItem, ProviderNews } from './ports/provider-news.js';

/** What a provider told takes effect or, known already, changes nothing. */
export function createProviderNews({
  fact,
  store,
  newId,
  policy,
}: {
  readonly fact: Deciding['fact'];
  readonly store: Pick<ConsentStore, 'load'>;
  readonly newId: NewId;
  readonly policy: Policy & DeliveryPolicy;
}): ProviderNews {
  return {
    record: async (organizationId, item, posted) => {
      const evidence = posted && { posted };
      switch (item.kind) {
        case 'INBOUND':
          return inbound(organizationId, item, evidence);
        case 'INBOUND_SMS':
          // From a number that the organization does not know, it is nobody's message.
          return fact(
            loadRequest(organizationId, targetOf({ phone: item.phone, identities: [] }), {
              providerMessageIds: [item.inbound.providerMessageId],
            }),
            (draft) => silently(recordInboundSms(item.inbound, draft)),
            undefined,
            { evidence },
          );
        case 'STATUS': {
          const { attempt, providerMessageId, report } = item;
          const target = attempt ? { messageId: attempt.messageId } : { providerMessageId };
          const names = attempt ? { messageIds: [attempt.messageId] } : { providerMessageIds: [providerMessageId] };
          return fact(
            loadRequest(organizationId, target, names),
            (draft) => {
              const message = draft.conversation.messages.find(
                (one) => one.id === attempt?.messageId || one.providerMessageId === providerMessageId,
              );
              if (!message) return silently(draft);
              return silently(
                recordStatus({ messageId: message.id, attempt: attempt?.attempt ?? null, report }, draft, policy),
              );
            },
            undefined,
            { evidence },
          );
        }
        case 'IDENTITY_CHANGED':
          return identityChanged(organizationId, item, evidence);
      }
    },
  };

  function inbound(
    organizationId: string,
    item: ProviderItem & { readonly kind: 'INBOUND' },
    evidence: Evidence | undefined,
  ): Promise<void> {
    const { from, inbound: received } = item;
    const { phone } = from;
    const names = [received.providerMessageId, ...(received.contextId === null ? [] : [received.contextId])];
    return fact(
      loadRequest(organizationId, targetOf(from), { providerMessageIds: names }),
      (draft) => {
        const next = recordInbound(received, draft, policy);
        return silently(next === draft ? draft : knownBy(next, from.identities));
      },
      undefined,
      {
        evidence,
        create:
          phone === null ? undefined : () => ({ id: newId(), name: from.profileName ?? phone, phone, locale: null }),
      },
    );
  }

  async function identityChanged(
    organizationId: string,
    item: ProviderItem & { readonly kind: 'IDENTITY_CHANGED' },
    evidence: Evidence | undefined,
  ): Promise<void> {
    const { from, to, at, change } = item;
    const newPhone = to.phone;
    const owner =
      newPhone === null
        ? null
        : (await store.load([loadRequest(organizationId, targetOf({ ...to, identities: [] }))]))[0];
    return fact(
      loadRequest(organizationId, targetOf(from)),
      (draft) => {
        const changed = knownBy(recordNewIdentity({ at, kind: change }, draft), to.identities);
        if (newPhone === null || owner?.conversation) return silently(changed);
        const contact = { ...changed.conversation.contact, phone: newPhone };
        return silently({ ...changed, conversation: { ...changed.conversation, contact } });
      },
      undefined,
      { evidence },
    );
  }
}

function knownBy(draft: Draft, identities: readonly string[]): Draft {
  const known = new Set([...draft.conversation.identities, ...identities]);
  if (known.size === draft.conversation.identities.length) return draft;
  return { ...draft, conversation: { ...draft.conversation, identities: [...known] } };
}
