/** A number as the simulator writes it: `+` and digits. */
export type Phone = string;

/** Whom the phone has to do with by SMS: an account at the provider and its number. */
export type SmsBusiness = { readonly accountSid: string; readonly number: string };

export type PhoneButton = { readonly title: string; readonly payload: string };

/** A message on the screen of a simulated phone. */
export type PhoneMessage = {
  readonly id: string;
  readonly phone: Phone;
  readonly channel: 'WHATSAPP' | 'SMS';
  /** Seen from the phone. */
  readonly direction: 'RECEIVED' | 'SENT';
  readonly kind: 'template' | 'text' | 'interactive' | 'button';
  readonly text: string;
  readonly buttons: readonly PhoneButton[];
  /** The business's number on WhatsApp; null for SMS. */
  readonly phoneNumberId: string | null;
  /** The business on SMS. */
  readonly sms?: SmsBusiness;
  readonly contextId: string | null;
  readonly callbackData: string | null;
  readonly status: 'accepted' | 'sent' | 'delivered' | 'read' | 'failed';
  /** ISO 8601. */
  readonly at: string;
};

/** A webhook that waits to be taken; its signature is made when it is posted. */
export type Post = WhatsAppPost | SmsPost;

type WhatsAppPost = {
  readonly id: string;
  readonly phone: Phone;
  readonly phoneNumberId: string;
  readonly body: string;
};

type SmsPost = {
  readonly id: string;
  readonly phone: Phone;
  readonly sms: SmsBusiness;
  /** Null for where the business's number leads. */
  readonly url: string | null;
  /** A form. */
  readonly body: string;
};

/** One line of the simulator's memory. */
export type PhoneRecord =
  | { readonly type: 'MESSAGE'; readonly message: PhoneMessage }
  | { readonly type: 'STATUS'; readonly phone: Phone; readonly id: string; readonly status: PhoneMessage['status'] }
  | { readonly type: 'POST'; readonly post: Post }
  | { readonly type: 'POSTED'; readonly id: string };

/** What all simulated phones have received and sent. */
export type Phones = ReturnType<typeof createPhones>;

const windowMs = 24 * 60 * 60 * 1000;

/** Phones that have received and sent what the records say; `apply` adds another. */
export function createPhones() {
  const messages = new Map<Phone, PhoneMessage[]>();
  const posts = new Map<string, Post>();

  function apply(record: PhoneRecord): void {
    switch (record.type) {
      case 'MESSAGE':
        messages.set(record.message.phone, [...on(record.message.phone), record.message]);
        return;
      case 'STATUS':
        messages.set(
          record.phone,
          on(record.phone).map((each) => (each.id === record.id ? { ...each, status: record.status } : each)),
        );
        return;
      case 'POST':
        posts.set(record.post.id, record.post);
        return;
      case 'POSTED':
        posts.delete(record.id);
        return;
    }
  }

  function on(phone: Phone): readonly PhoneMessage[] {
    return messages.get(phone) ?? [];
  }

  return {
    apply,
    /** Everything on the phone's screen, in order. */
    on,
    all: (): readonly Phone[] => [...messages.keys()],
    unposted: (): readonly Post[] => [...posts.values()],
    /** The number of the business that wrote last; null if none has. */
    lastWriter(phone: Phone): string | null {
      return (
        on(phone).findLast(({ direction, phoneNumberId }) => direction === 'RECEIVED' && phoneNumberId)
          ?.phoneNumberId ?? null
      );
    },
    /** The business that wrote last by SMS; null if none has. */
    lastSmsWriter(phone: Phone): SmsBusiness | null {
      return on(phone).findLast(({ direction, sms }) => direction === 'RECEIVED' && sms)?.sms ?? null;
    },
    /** Whether the phone has written to the business within 24 hours: only then may it answer in free form. */
    windowIsOpen(phone: Phone, phoneNumberId: string, now: Date): boolean {
      const last = on(phone).findLast(
        (message) => message.direction === 'SENT' && message.phoneNumberId === phoneNumberId,
      );
      return last !== undefined && now.getTime() - Date.parse(last.at) < windowMs;
    },
    /**
     * The second in which the phone acts next: each later than the one before. Timestamps are whole seconds and of two
     * acts in one second a business must take the revocation; a person can not answer twice in a second, a script can.
     */
    nextActAt(phone: Phone, now: Date): Date {
      const last = on(phone).findLast(({ direction }) => direction === 'SENT');
      const second = Math.floor(now.getTime() / 1000);
      const after = last ? Math.floor(Date.parse(last.at) / 1000) + 1 : 0;
      return new Date(Math.max(second, after) * 1000);
    },
  };
}

/** A number however it is written: with or without `+`, with separators. Null when it can't be one. */
export function readPhone(text: string): Phone | null {
  const digits = text.replace(/[\s().+-]/g, '');
  return /^[1-9]\d{4,14}$/.test(digits) ? `+${digits}` : null;
}
