import type { Clock, NewId } from '../domain/ports/clock.js';
import type { Journal } from './journal.js';
import type { Phone, PhoneMessage, PhoneRecord, Phones, Post, SmsBusiness } from './phones.js';
import type { Postman } from './postman.js';
import type { Send } from './read-send.js';
import { smsForm, smsStatusForm } from './sms-forms.js';
import { messageBody, statusBody } from './webhook-bodies.js';

/** Why a phone can't do what it was told to. */
export type CanNot = { readonly canNot: string; readonly httpStatus: 404 | 409 };

/** What passes between businesses and simulated phones. */
export type Exchange = ReturnType<typeof createExchange>;

/** How a number behaves, by its last two digits. */
function behaviourOf(phone: Phone): 'UNREACHABLE' | 'ACCEPTS' | 'DECLINES' | 'WAITS' {
  if (phone.endsWith('01')) return 'UNREACHABLE';
  if (phone.endsWith('02')) return 'ACCEPTS';
  if (phone.endsWith('03')) return 'DECLINES';
  return 'WAITS';
}

/** Lets phones receive and answer. What follows from an act is kept with the act, so that no crash parts them. */
export function createExchange(dependencies: {
  readonly phones: Phones;
  readonly journal: Journal;
  readonly postman: Postman;
  readonly clock: Clock;
  readonly newId: NewId;
}) {
  const { phones, journal, postman, clock, newId } = dependencies;

  /** A business sends; the message's statuses, and the answer of a number that answers by itself, follow. */
  async function receive(phoneNumberId: string, send: Send): Promise<PhoneMessage> {
    const now = clock.now();
    const message: PhoneMessage = {
      id: newMessageId(),
      phone: send.to,
      channel: 'WHATSAPP',
      direction: 'RECEIVED',
      kind: send.kind,
      text: send.text,
      buttons: send.buttons,
      phoneNumberId,
      contextId: send.contextId,
      callbackData: send.callbackData,
      status: 'accepted',
      at: now.toISOString(),
    };
    const behaviour = behaviourOf(send.to);
    const kept: PhoneRecord[] = [{ type: 'MESSAGE', message }];
    if (behaviour === 'UNREACHABLE') {
      kept.push(...status(message, 'failed', now));
    } else {
      kept.push(...status(message, 'sent', now), ...status(message, 'delivered', now));
      if (behaviour === 'ACCEPTS') kept.push(...(pressing(message, 0)?.records ?? []));
      if (behaviour === 'DECLINES') kept.push(...(pressing(message, 1)?.records ?? []));
    }
    await keep(kept);
    return message;
  }

  /** The phone gets an SMS; what becomes of it is told to `statusCallback`. */
  async function receiveSms(
    phone: Phone,
    sms: SmsBusiness,
    text: string,
    statusCallback: string | null,
  ): Promise<PhoneMessage> {
    const message = smsMessage({ phone, sms, direction: 'RECEIVED', text, status: 'delivered' });
    const told = statusCallback === null ? [] : (['queued', 'sent', 'delivered'] as const);
    const posts = told.map((status) => smsPost(message, statusCallback, smsStatusForm(message, status)));
    await keep([{ type: 'MESSAGE', message }, ...posts]);
    return message;
  }

  /** Writes an SMS to a business. */
  async function writeSms(phone: Phone, sms: SmsBusiness, text: string): Promise<PhoneMessage> {
    const message = smsMessage({ phone, sms, direction: 'SENT', text, status: 'sent' });
    await keep([{ type: 'MESSAGE', message }, smsPost(message, null, smsForm(message))]);
    return message;
  }

  function smsMessage(
    act: Pick<PhoneMessage, 'phone' | 'direction' | 'text' | 'status'> & { readonly sms: SmsBusiness },
  ): PhoneMessage & { readonly sms: SmsBusiness } {
    return {
      ...act,
      id: `SM${newId().replaceAll('-', '')}`,
      channel: 'SMS',
      kind: 'text',
      buttons: [],
      phoneNumberId: null,
      contextId: null,
      callbackData: null,
      at: clock.now().toISOString(),
    };
  }

  function smsPost(
    { phone, sms }: PhoneMessage & { readonly sms: SmsBusiness },
    url: string | null,
    form: URLSearchParams,
  ): PhoneRecord {
    return { type: 'POST', post: { id: newId(), phone, sms, url, body: form.toString() } };
  }

  /** Presses a button of the newest message that has buttons. */
  async function press(
    phone: Phone,
    phoneNumberId: string | null,
    button: 'accept' | 'decline',
  ): Promise<PhoneMessage | CanNot> {
    const received = phones
      .on(phone)
      .filter(({ direction, channel }) => direction === 'RECEIVED' && channel === 'WHATSAPP')
      .filter((message) => phoneNumberId === null || message.phoneNumberId === phoneNumberId);
    if (received.length === 0) return { canNot: 'This phone has received nothing to answer.', httpStatus: 404 };
    const asked = received.findLast(({ buttons }) => buttons.length > 0);
    if (!asked) return { canNot: 'No message on this phone has buttons.', httpStatus: 409 };
    if (asked.status === 'failed') return { canNot: 'The message never reached this phone.', httpStatus: 409 };
    const pressed = pressing(asked, button === 'accept' ? 0 : 1);
    if (!pressed) return { canNot: 'The message has no such button.', httpStatus: 409 };
    await keep(pressed.records);
    return pressed.message;
  }

  /** Writes words to a business, also to one that never wrote. */
  async function write(phone: Phone, phoneNumberId: string, text: string): Promise<PhoneMessage> {
    const message = sent({ phone, phoneNumberId, kind: 'text', text, buttons: [], contextId: null });
    const unread = phones
      .on(phone)
      .filter((each) => each.direction === 'RECEIVED' && each.status === 'delivered' && each.channel === 'WHATSAPP')
      .filter((each) => each.phoneNumberId === phoneNumberId);
    const reading = unread.flatMap((each) => status(each, 'read', clock.now()));
    await keep([...reading, ...sending(message, null)]);
    return message;
  }

  function pressing(asked: PhoneMessage, index: 0 | 1) {
    const button = asked.buttons[index];
    if (!button) return null;
    const { phone, phoneNumberId, id: contextId } = asked;
    const message = sent({ phone, phoneNumberId, kind: 'button', text: button.title, buttons: [button], contextId });
    return { message, records: [...status(asked, 'read', clock.now()), ...sending(message, asked)] };
  }

  function sent(
    act: Pick<PhoneMessage, 'phone' | 'phoneNumberId' | 'kind' | 'text' | 'buttons' | 'contextId'>,
  ): PhoneMessage {
    const at = phones.nextActAt(act.phone, clock.now()).toISOString();
    return {
      ...act,
      id: newMessageId(),
      channel: 'WHATSAPP',
      direction: 'SENT',
      callbackData: null,
      status: 'sent',
      at,
    };
  }

  function sending(message: PhoneMessage, answered: PhoneMessage | null): readonly PhoneRecord[] {
    return [{ type: 'MESSAGE', message }, ...post(message, messageBody(message, answered))];
  }

  function status(
    message: PhoneMessage,
    value: 'sent' | 'delivered' | 'read' | 'failed',
    at: Date,
  ): readonly PhoneRecord[] {
    if (message.status === value) return [];
    const { phone, id } = message;
    return [{ type: 'STATUS', phone, id, status: value }, ...post(message, statusBody(message, value, at))];
  }

  function post({ phone, phoneNumberId }: PhoneMessage, body: string): readonly PhoneRecord[] {
    if (phoneNumberId === null) return [];
    return [{ type: 'POST', post: { id: newId(), phone, phoneNumberId, body } }];
  }

  async function keep(records: readonly PhoneRecord[]): Promise<void> {
    records.forEach(phones.apply);
    await journal.append(records);
    const posts = records.flatMap((record): Post[] => (record.type === 'POST' ? [record.post] : []));
    // After the caller has its answer, as a rule: Meta promises neither order.
    setImmediate(() => postman.deliver(posts));
  }

  function newMessageId(): string {
    return `wamid.${Buffer.from(newId()).toString('base64')}`;
  }

  return { receive, receiveSms, press, write, writeSms };
}
