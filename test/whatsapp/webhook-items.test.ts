import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { phoneNumberIdsIn, readWebhook } from '../../src/whatsapp/webhook-items.js';
import {
  buttonMessage,
  interactiveMessage,
  reactionMessage,
  statusOf,
  systemMessage,
  textMessage,
  webhookOf,
  type ChangeContents,
} from '../support/provider-stand-in.js';

const at = new Date('2026-05-01T10:00:00Z');
const from = '+14155550177';
const act = { from, at, id: 'wamid.1' };

const itemsOf = (...messages: readonly unknown[]) => readAll({ phoneNumberId: '1', messages });
const readAll = (contents: ChangeContents) => readWebhook(webhookOf(contents), 'inbox-1').changes[0]?.items;
const inboundOf = (message: unknown) => {
  const [item] = itemsOf(message) ?? [];
  if (item?.kind !== 'INBOUND') throw new Error(`not inbound: ${JSON.stringify(item)}`);
  return item.inbound;
};
const raw = (type: string, part?: unknown, more: object = {}) => ({
  from: '14155550177',
  id: 'wamid.1',
  timestamp: '1777629600',
  type,
  ...(part === undefined ? {} : { [type]: part }),
  ...more,
});

describe('what a contact sends', () => {
  it('is words, with who said them, when, and in answer to what', () => {
    const message = textMessage({ ...act, body: 'YES', contextId: 'wamid.0' });
    const contacts = [{ profile: { name: 'Sheena' }, wa_id: '14155550177', user_id: 'US.1' }];
    expect(readAll({ phoneNumberId: '1', messages: [message], contacts })).toEqual([
      {
        kind: 'INBOUND',
        from: { phone: '+14155550177', identities: ['14155550177', 'US.1'], profileName: 'Sheena' },
        inbound: {
          providerMessageId: 'wamid.1',
          at,
          text: 'YES',
          content: { kind: 'WORDS' },
          contextId: 'wamid.0',
          opensWindow: true,
          inboxId: 'inbox-1',
        },
      },
    ]);
  });

  it('is a button with the request that it names', () => {
    const payload = 'optin:v1:reject:r-1';
    const content = { kind: 'BUTTON', answer: 'DECLINE', requestId: 'r-1' };
    const button = buttonMessage({ ...act, payload, label: 'No', contextId: 'wamid.0' });
    expect(inboundOf(button)).toMatchObject({ text: 'No', content, contextId: 'wamid.0', opensWindow: true });
    expect(inboundOf(interactiveMessage({ ...act, payload, label: 'No' }))).toMatchObject({ text: 'No', content });
    const list = raw('interactive', { type: 'list_reply', list_reply: { id: payload, title: 'No' } });
    expect(inboundOf(list)).toMatchObject({ text: 'No', content });
  });

  it('is the label of a button that has no payload of ours', () => {
    const words = { content: { kind: 'WORDS' }, contextId: 'wamid.0' };
    const button = buttonMessage({ ...act, payload: 'Accept', label: 'Accept', contextId: 'wamid.0' });
    expect(inboundOf(button)).toMatchObject({ ...words, text: 'Accept' });
    const bare = raw('button', { text: 'Accept' }, { context: { id: 'wamid.0' } });
    expect(inboundOf(bare)).toMatchObject({ ...words, text: 'Accept' });
    const foreign = interactiveMessage({ ...act, payload: 'menu:3', label: 'Menu', contextId: 'wamid.0' });
    expect(inboundOf(foreign)).toMatchObject({ ...words, text: 'Menu' });
  });

  it('is a reaction, which answers nothing and opens no window', () => {
    const reaction = { content: { kind: 'OTHER' }, contextId: 'wamid.0', opensWindow: false };
    expect(inboundOf(reactionMessage({ ...act, to: 'wamid.0', emoji: '👍' }))).toMatchObject({
      ...reaction,
      text: '👍',
    });
    expect(inboundOf(reactionMessage({ ...act, to: 'wamid.0' }))).toMatchObject(reaction);
  });

  it.each([
    ['image', { caption: 'yes', id: '1' }, '[image] yes'],
    ['audio', { id: '1' }, '[audio]'],
    ['location', { latitude: 1 }, '[location]'],
    ['unsupported', { type: 'poll' }, '[unsupported message]'],
    ['revoke', { original_message_id: 'wamid.0' }, '[deleted a message]'],
    ['interactive', { type: 'nfm_reply', nfm_reply: {} }, '[interactive]'],
    ['something_new', 7, '[something_new]'],
    ['order', undefined, '[order]'],
  ])('is %s, which can be no answer but opens the window', (type, part, text) => {
    expect(inboundOf(raw(type, part))).toMatchObject({ text, content: { kind: 'OTHER' }, opensWindow: true });
  });

  it('is an edited text, said when it was edited', () => {
    const edit = { original_message_id: 'wamid.0', message: { type: 'text', text: { body: 'stop' } } };
    expect(inboundOf(raw('edit', edit))).toMatchObject({ text: 'stop', content: { kind: 'WORDS' } });
    expect(inboundOf(raw('edit', { message: { type: 'image' } }))).toMatchObject({ content: { kind: 'OTHER' } });
  });

  it('can be stored whatever it is made of', () => {
    expect(inboundOf(raw('text', { body: 'a\u0000b\ud800c' })).text).toBe('a\ufffdb\ufffdc');
  });

  it('may come from someone without a number', () => {
    const message = { ...raw('text', { body: 'hi' }), from: undefined, from_user_id: 'US.9' };
    const sender = { phone: null, identities: ['US.9'] };
    expect(itemsOf(message)).toMatchObject([{ kind: 'INBOUND', from: sender }]);
    const bare = { ...raw('text', { body: 'hi' }), from: undefined };
    const contacts = [{ user_id: 'US.9' }];
    expect(readAll({ phoneNumberId: '1', messages: [bare], contacts })).toMatchObject([{ from: sender }]);
  });
});

describe('a change of identity', () => {
  it('tells the old names and the new ones', () => {
    const number = systemMessage({ ...act, type: 'user_changed_number', waId: '14155550188', userId: 'US.2' });
    expect(itemsOf(number)).toMatchObject([
      {
        kind: 'IDENTITY_CHANGED',
        change: 'NUMBER_CHANGED',
        at,
        from: { phone: '+14155550177' },
        to: { phone: '+14155550188', identities: ['14155550188', 'US.2'] },
      },
    ]);
    const body = 'User changed from US.1 to US.2';
    const id = raw('system', { body, type: 'user_changed_user_id', wa_id: '14155550177', user_id: 'US.2' });
    expect(itemsOf(id)).toMatchObject([
      {
        change: 'USER_ID_CHANGED',
        from: { identities: ['14155550177', 'US.1'] },
        to: { identities: ['14155550177', 'US.2'] },
      },
    ]);
  });

  it('is told by two kinds of system message and by no other', () => {
    expect(readWebhook(webhookOf({ phoneNumberId: '1', messages: [raw('system', { type: 'other' })] }), null)).toEqual({
      changes: [{ phoneNumberId: '1', items: [] }],
      unreadable: 0,
    });
  });
});

describe('what becomes of a message', () => {
  it.each([
    ['sent', 'SENT'],
    ['delivered', 'DELIVERED'],
    ['read', 'READ'],
    ['played', 'READ'],
  ] as const)('is %s', (wire, status) => {
    const statuses = [statusOf({ id: 'wamid.1', status: wire, at, callbackData: '1.m-1.2' })];
    expect(readAll({ phoneNumberId: '1', statuses })).toEqual([
      {
        kind: 'STATUS',
        attempt: { messageId: 'm-1', attempt: 2 },
        providerMessageId: 'wamid.1',
        report: { status, at, providerMessageId: 'wamid.1' },
      },
    ]);
  });

  it('is failed, with what the code means', () => {
    const statuses = [
      statusOf({ id: 'wamid.1', status: 'failed', at, code: 131026 }),
      { ...statusOf({ id: 'wamid.2', status: 'failed', at }) },
    ];
    expect(readAll({ phoneNumberId: '1', statuses })).toMatchObject([
      { attempt: null, report: { status: 'FAILED', failure: { kind: 'UNREACHABLE', code: 131026 } } },
      { report: { status: 'FAILED', failure: { kind: 'REJECTED', code: null } } },
    ]);
  });

  it('may be a word that is not known yet', () => {
    const statuses = [{ ...statusOf({ id: 'wamid.1', status: 'sent', at }), status: 'warning' }];
    expect(readWebhook(webhookOf({ phoneNumberId: '1', statuses }), null)).toMatchObject({ unreadable: 0 });
    expect(readAll({ phoneNumberId: '1', statuses })).toEqual([]);
  });
});

describe('a batch', () => {
  const good = textMessage({ ...act, body: 'STOP' });

  it.each([
    [null],
    ['text'],
    [[]],
    [{}],
    [raw('text', null)],
    [raw('text', { body: 7 })],
    [{ ...raw('text', { body: 'x' }), timestamp: 'yesterday' }],
    [{ ...raw('text', { body: 'x' }), timestamp: '1777629600000' }],
    [{ ...raw('text', { body: 'x' }), id: undefined }],
    [{ ...raw('text', { body: 'x' }), from: undefined }],
    [{ ...raw('text', { body: 'x' }), type: undefined }],
  ])('loses only its broken item %j', (broken) => {
    const statuses = [broken, statusOf({ id: 'wamid.9', status: 'read', at })];
    const body = webhookOf(
      { phoneNumberId: '1', messages: [broken, good, broken], statuses },
      { phoneNumberId: '2', messages: [good] },
    );
    const { changes, unreadable } = readWebhook(body, null);
    expect(changes.map(({ items }) => items.map(({ kind }) => kind))).toEqual([['INBOUND', 'STATUS'], ['INBOUND']]);
    expect(unreadable).toBe(3);
  });

  it('keeps the numbers apart and loses nothing to broken entries', () => {
    const whole = webhookOf({ phoneNumberId: '2', messages: [good] });
    const body = {
      entry: [null, { changes: 'x' }, { changes: [null, { value: 3 }] }, ...(whole as { entry: [] }).entry],
    };
    const { changes } = readWebhook(body, null);
    expect(changes.filter(({ items }) => items.length > 0)).toMatchObject([{ phoneNumberId: '2' }]);
    expect(phoneNumberIdsIn(body)).toEqual(['2']);
  });

  it('takes nothing from other fields', () => {
    const value = { metadata: { phone_number_id: '1' }, messages: [good], user_preferences: [{ value: 'resume' }] };
    const body = { entry: [{ changes: [{ field: 'user_preferences', value }] }] };
    expect(readWebhook(body, null)).toEqual({ changes: [{ phoneNumberId: '1', items: [] }], unreadable: 0 });
  });

  it('never throws, whatever JSON it is', () => {
    const values = fc.jsonValue();
    const keys = fc.constantFrom(
      'id',
      'from',
      'type',
      'timestamp',
      'text',
      'button',
      'interactive',
      'system',
      'errors',
      'status',
      'context',
      'edit',
      'reaction',
    );
    const types = fc.constantFrom(
      'text',
      'button',
      'interactive',
      'reaction',
      'system',
      'edit',
      'image',
      'constructor',
      '__proto__',
    );
    const item = fc
      .tuple(fc.dictionary(keys, values), types)
      .map(([fields, type]) => ({ timestamp: '1', from: '1', id: 'i', ...fields, type }));
    fc.assert(
      fc.property(values, fc.array(item), values, (anything, messages, contacts) => {
        readWebhook(anything, null);
        readWebhook({ entry: [{ changes: [{ value: { messages, statuses: messages, contacts } }] }] }, null);
        readWebhook({ entry: [{ changes: [{ value: { messages, contacts: [contacts] } }] }] }, null);
        phoneNumberIdsIn(anything);
      }),
    );
  });
});
