import type { OutgoingMessage } from '../domain/ports/messaging-provider.js';
import { buttonPayload, callbackData, continuePayload } from './payload.js';

const longestTitle = 20;

/**
 * The body of a send, in Meta's words; null for a message that lacks the request its buttons must name. Numbers always
 * carry their `+`: without it Meta prepends the country code of the business.
 */
export function sendBody(
  message: OutgoingMessage,
  template: { readonly name: string; readonly language: string },
): object | null {
  const { kind, requestId, body } = message;
  const envelope = {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: `+${message.to.replace(/^\++/, '')}`,
    biz_opaque_callback_data: callbackData(message),
  };
  switch (kind) {
    case 'TEXT':
    case 'OPT_IN_CONFIRMATION':
    case 'OPT_OUT_NOTICE':
      return { ...envelope, type: 'text', text: { preview_url: false, body } };
    case 'OPT_IN_REQUEST':
      if (requestId === null) return null;
      return { ...envelope, type: 'template', template: templateOf(template, message.organizationName, requestId) };
    case 'CONTINUE_REQUEST':
      return { ...envelope, type: 'template', template: continueTemplateOf(template, message) };
    case 'PROMPT':
      if (requestId === null) return null;
      return { ...envelope, type: 'interactive', interactive: questionOf(message, requestId) };
  }
}

function templateOf(
  { name, language }: { readonly name: string; readonly language: string },
  organizationName: string,
  requestId: string,
): object {
  const quickReply = (index: string, answer: 'ACCEPT' | 'DECLINE') => ({
    type: 'button',
    sub_type: 'quick_reply',
    index,
    parameters: [{ type: 'payload', payload: buttonPayload({ answer, requestId }) }],
  });
  return {
    name,
    language: { code: language },
    components: [bodyOf(organizationName), quickReply('0', 'ACCEPT'), quickReply('1', 'DECLINE')],
  };
}

/** A template with one quick reply; pressing it says nothing about consent, and opens the window. */
function continueTemplateOf(
  { name, language }: { readonly name: string; readonly language: string },
  { organizationName, messageId }: OutgoingMessage,
): object {
  const payload = { type: 'payload', payload: continuePayload(messageId) };
  return {
    name,
    language: { code: language },
    components: [
      bodyOf(organizationName),
      { type: 'button', sub_type: 'quick_reply', index: '0', parameters: [payload] },
    ],
  };
}

/** Meta refuses line breaks, tabs and runs of spaces in a parameter. */
function bodyOf(organizationName: string): object {
  return { type: 'body', parameters: [{ type: 'text', text: organizationName.replace(/\s+/g, ' ').trim() }] };
}

function questionOf({ body, buttons }: OutgoingMessage, requestId: string): object {
  const button = (answer: 'ACCEPT' | 'DECLINE', title: string) => ({
    type: 'reply',
    reply: { id: buttonPayload({ answer, requestId }), title: cut(title) },
  });
  return {
    type: 'button',
    body: { text: body },
    action: { buttons: [button('ACCEPT', buttons.accept), button('DECLINE', buttons.decline)] },
  };
}

/** Whole characters only, and never more than Meta takes. */
function cut(title: string): string {
  let kept = '';
  for (const character of title.trim()) {
    if (kept.length + character.length > longestTitle) break;
    kept += character;
  }
  return kept.trim();
}
