import type { PhoneMessage } from './phones.js';

const displayNumber = '15550100000';

const undeliverable = {
  code: 131026,
  title: 'Message undeliverable',
  message: 'Message undeliverable',
  error_data: { details: 'Message Undeliverable.' },
  href: '/documentation/business-messaging/whatsapp/support/error-codes',
};

/** The webhook that tells a status of a message the phone was sent. */
export function statusBody(message: PhoneMessage, status: 'sent' | 'delivered' | 'read' | 'failed', at: Date): string {
  return envelope(message.phoneNumberId, {
    statuses: [
      {
        id: message.id,
        status,
        timestamp: seconds(at),
        recipient_id: waId(message),
        ...(message.callbackData === null ? {} : { biz_opaque_callback_data: message.callbackData }),
        ...(status === 'failed' ? { errors: [undeliverable] } : {}),
      },
    ],
  });
}

/** The webhook that tells what the phone sent: words, or the button of the message that it answers. */
export function messageBody(message: PhoneMessage, answered: PhoneMessage | null): string {
  const button = message.buttons[0];
  return envelope(message.phoneNumberId, {
    contacts: [{ profile: { name: `Simulated ${message.phone.slice(-4)}` }, wa_id: waId(message) }],
    messages: [
      {
        ...(message.contextId === null ? {} : { context: { from: displayNumber, id: message.contextId } }),
        from: waId(message),
        id: message.id,
        timestamp: seconds(new Date(message.at)),
        ...(button === undefined
          ? { type: 'text', text: { body: message.text } }
          : answered?.kind === 'template'
            ? { type: 'button', button: { payload: button.payload, text: button.title } }
            : {
                type: 'interactive',
                interactive: { type: 'button_reply', button_reply: { id: button.payload, title: button.title } },
              }),
      },
    ],
  });
}

function envelope(phoneNumberId: string | null, value: object): string {
  const metadata = { display_phone_number: displayNumber, phone_number_id: phoneNumberId };
  const change = { field: 'messages', value: { messaging_product: 'whatsapp', metadata, ...value } };
  return JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: 'simulator', changes: [change] }] });
}

function waId({ phone }: PhoneMessage): string {
  return phone.slice(1);
}

function seconds(at: Date): string {
  return String(Math.floor(at.getTime() / 1000));
}
