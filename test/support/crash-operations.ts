import { expect } from 'vitest';
import type { Organization } from './crash-matrix-scene.js';
import { AT_PROVIDER, type Part, type Point } from './crash-points.js';
import type { Contact, World } from './crash-world.js';
import { accept, drop, gate, type RecordedRequest } from './provider-stand-in.js';

/** What a conversation must be in the end: its lines in order, then the contact's status. */
export type Outcome = { readonly who: Contact; readonly lines: readonly unknown[] };

export type Operation = {
  readonly row: string;
  readonly organization?: Organization;
  readonly parts: readonly Part[];
  /** The server dies when it comes to a point of this kind for the nth time; the first unless it is said. */
  readonly nth?: Partial<Record<Part | 'COMMITTED', number>>;
  /** All that goes before. */
  readonly prepare: (world: World) => Promise<{
    /** Begins it; `isDead` tells whether anybody is left to go on with it. */
    readonly act: (isDead: () => boolean) => Promise<unknown>;
    readonly outcomes: (at: Point) => readonly Outcome[];
  }>;
};

/** Points at which the sender is already at work on what was recorded: how far it came is chance. */
const alongside: readonly Point[] = ['INBOX_ITEM_RECORDED', 'INBOX_RECORDED', 'INBOX_DONE', 'SWEPT'];

/** It left, or the server died over it. */
const leftOf = (message: string): unknown => expect.stringMatching(`^${message} (ACCEPTED 1|UNCONFIRMED [01])$`);

/** What becomes of the message over whose hand-over the server dies. */
function victim(message: string, point: Point): unknown {
  if (alongside.includes(point)) return leftOf(message);
  if (point === 'SEND_COMMITTED') return `${message} UNCONFIRMED 0`;
  return `${message} ${point === AT_PROVIDER || point === 'SEND_ANSWERED' ? 'UNCONFIRMED' : 'ACCEPTED'} 1`;
}

/** What becomes of one that is handed over before it or after. */
const bystander = (message: string, point: Point): unknown =>
  alongside.includes(point) ? leftOf(message) : `${message} ACCEPTED 1`;

const ASKED = 'OPT_IN_REQUEST ACCEPTED 1';
const AGREED = [ASKED, 'yes', 'OPT_IN_CONFIRMATION ACCEPTED 1'];
const says = (text: string) => (request: RecordedRequest) => request.body?.text?.body === text;
/** What agents begin, and what begins by itself. */
export const agentsOperations: readonly Operation[] = [
  {
    row: 'an opt-in request',
    parts: ['SENDING'],
    prepare: async ({ scene, does }) => {
      const phone = scene.nextPhone();
      return {
        act: () => does('sendOptIn', { phone, name: 'Ann' }),
        outcomes: (at) => [{ who: { id: '', phone }, lines: [victim('OPT_IN_REQUEST', at), 'PENDING'] }],
      };
    },
  },
  {
    row: 'a text in an open window',
    parts: ['SENDING'],
    prepare: async ({ agrees, queues }) => {
      const who = await agrees('Ann');
      return {
        act: () => queues(who, 'hello'),
        outcomes: (at) => [{ who, lines: [...AGREED, victim('hello', at), 'OPTED_IN'] }],
      };
    },
  },
  {
    row: 'an SMS',
    parts: ['SENDING'],
    prepare: async ({ scene, does, queues }) => {
      const phone = scene.nextPhone();
      const contact = await does('createContact', { phone, name: 'Ann' });
      const who = { id: contact?.id ?? '', phone };
      return {
        act: () => queues(who, 'hello', 'SMS'),
        outcomes: (at) => [{ who, lines: [victim('hello', at), 'NOT_ASKED'] }],
      };
    },
  },
  {
    row: 'held messages that move to SMS',
    parts: ['SENDING'],
    prepare: async ({ scene, asks, queues, tells, reportOf, lastSendTo, does }) => {
      const who = await asks('Ann');
      await queues(who, 'first');
      await queues(who, 'second');
      await tells({ statuses: [reportOf(lastSendTo(who), 'failed', 131026)] });
      await scene.settled();
      return {
        act: () => does('switchToSms', { contactId: who.id, heldMessages: 'SEND_BY_SMS' }),
        outcomes: (at) => [
          {
            who,
            lines: ['OPT_IN_REQUEST FAILED 1', victim('first', at), bystander('second', at), 'UNREACHABLE'],
          },
        ],
      };
    },
  },
  {
    row: 'a request to continue',
    organization: 'later',
    parts: ['SENDING'],
    prepare: async ({ sql, agrees, queues }) => {
      const who = await agrees('Ann');
      await sql`update contacts set window_opened_at = now() - interval '25 hours' where phone = ${who.phone}`;
      return {
        act: () => queues(who, 'hello'),
        outcomes: (at) => [{ who, lines: [...AGREED, 'hello HELD 0', victim('CONTINUE_REQUEST', at), 'OPTED_IN'] }],
      };
    },
  },
  {
    row: 'a text of unknown fate, sent again',
    organization: 'again',
    parts: ['SENDING', 'SWEEPING'],
    prepare: async ({ scene, sql, slug, provider, agrees, queues }) => {
      await sql`update organizations set unconfirmed = 'PARK' where slug = ${slug}`;
      const who = await agrees('Ann');
      const forget = provider.answerWhen(({ body }) => body.to === who.phone, drop('AFTER_READING'));
      await queues(who, 'hello');
      await scene.settled();
      forget();
      await sql`update messages set status_changed_at = now() - interval '1 minute' where status = 'UNCONFIRMED'`;
      return {
        act: () => sql`update organizations set unconfirmed = 'RESEND' where slug = ${slug}`,
        // A second attempt that may have left is followed by a third.
        outcomes: () => [{ who, lines: [...AGREED, expect.stringMatching(/^hello ACCEPTED [23]$/), 'OPTED_IN'] }],
      };
    },
  },
  {
    row: 'the expiry of held messages',
    parts: ['SWEEPING'],
    prepare: async ({ sql, asks, queues }) => {
      const who = await asks('Ann');
      await queues(who, 'first');
      await queues(who, 'second');
      return {
        act: () => sql`
          update messages set created_at = now() - interval '31 days'
          where status = 'HELD' and contact_id in (select id from contacts where phone = ${who.phone})`,
        outcomes: () => [{ who, lines: [ASKED, 'first EXPIRED 0', 'second EXPIRED 0', 'PENDING'] }],
      };
    },
  },
];

/** What the system answers when a contact has answered. */
export const answersOperations: readonly Operation[] = [
  {
    row: 'the confirmation of a yes',
    parts: ['SENDING', 'HEARING'],
    prepare: async ({ asks, tells, words }) => {
      const who = await asks('Ann');
      return {
        act: () => tells({ messages: [words(who, 'yes')] }),
        outcomes: (at) => [{ who, lines: [ASKED, 'yes', victim('OPT_IN_CONFIRMATION', at), 'OPTED_IN'] }],
      };
    },
  },
  {
    row: 'the notice of a no',
    parts: ['SENDING', 'HEARING'],
    prepare: async ({ asks, queues, tells, declines }) => {
      const who = await asks('Ann');
      await queues(who, 'held');
      return {
        act: () => tells({ messages: [declines(who)] }),
        outcomes: (at) => [
          {
            who,
            lines: [ASKED, 'held CANCELLED 0', expect.any(String), victim('OPT_OUT_NOTICE', at), 'OPTED_OUT'],
          },
        ],
      };
    },
  },
  {
    row: 'the prompt to one who opted out',
    parts: ['SENDING', 'HEARING'],
    prepare: async ({ scene, asks, tells, words }) => {
      const who = await asks('Ann');
      await tells({ messages: [words(who, 'no', 5)] });
      await scene.settled();
      return {
        act: () => tells({ messages: [words(who, 'what is new?')] }),
        outcomes: (at) => [
          {
            who,
            lines: [ASKED, 'no', 'OPT_OUT_NOTICE ACCEPTED 1', 'what is new?', victim('PROMPT', at), 'OPTED_OUT'],
          },
        ],
      };
    },
  },
  {
    row: 'reports of delivery',
    parts: ['HEARING'],
    prepare: async ({ scene, provider, agrees, queues, tells, reportOf, lastSendTo }) => {
      const who = await agrees('Ann');
      await queues(who, 'seen');
      await scene.settled();
      const seen = lastSendTo(who);
      const forget = provider.answerWhen(says('lost'), drop('AFTER_READING'));
      await queues(who, 'lost');
      await scene.settled();
      forget();
      const statuses = [reportOf(lastSendTo(who), 'delivered'), reportOf(seen, 'read')];
      return {
        act: () => tells({ statuses }),
        outcomes: () => [{ who, lines: [...AGREED, 'seen READ 1', 'lost DELIVERED 1', 'OPTED_IN'] }],
      };
    },
  },
];

/** What a yes sets free. */
export const releasesOperations: readonly Operation[] = [
  {
    row: 'the release of held messages',
    parts: ['SENDING', 'HEARING'],
    // After the confirmation and the first.
    nth: { SENDING: 3 },
    prepare: async ({ asks, queues, tells, words }) => {
      const who = await asks('Ann');
      for (const body of ['first', 'second', 'third']) await queues(who, body);
      return {
        act: () => tells({ messages: [words(who, 'yes')] }),
        outcomes: (at) => [
          {
            who,
            lines: [
              ASKED,
              bystander('first', at),
              victim('second', at),
              bystander('third', at),
              'yes',
              bystander('OPT_IN_CONFIRMATION', at),
              'OPTED_IN',
            ],
          },
        ],
      };
    },
  },
  {
    row: 'answers of several in one webhook',
    parts: ['SENDING', 'HEARING'],
    prepare: async ({ asks, queues, tells, words }) => {
      const [ann, bob, cid] = [await asks('Ann'), await asks('Bob'), await asks('Cid')];
      for (const who of [ann, bob, cid]) await queues(who, 'held');
      const messages = [words(ann, 'yes', 3), words(bob, 'stop', 2), words(ann, 'and thank you'), words(cid, 'yes')];
      const released = [ASKED, leftOf('held'), 'yes', leftOf('OPT_IN_CONFIRMATION')];
      return {
        act: () => tells({ messages }),
        outcomes: () => [
          { who: ann, lines: [...released, 'and thank you', 'OPTED_IN'] },
          { who: bob, lines: [ASKED, 'held CANCELLED 0', 'stop', leftOf('OPT_OUT_NOTICE'), 'OPTED_OUT'] },
          { who: cid, lines: [...released, 'OPTED_IN'] },
        ],
      };
    },
  },
  {
    row: 'a stop during a release',
    parts: ['SENDING', 'HEARING'],
    // The first text is the second send, and the stop is the second webhook and the fifth commit.
    nth: { SENDING: 2, HEARING: 2, COMMITTED: 5 },
    prepare: async ({ sql, provider, asks, queues, tells, words, until }) => {
      const who = await asks('Ann');
      await queues(who, 'first');
      await queues(who, 'second');
      const [yes, stop] = [words(who, 'yes', 3), words(who, 'stop')];
      const isFirst = (request: RecordedRequest): boolean => request.body?.to === who.phone && says('first')(request);
      const hasStopped = async (): Promise<boolean> =>
        (await sql`select 1 from contacts where phone = ${who.phone} and status = 'OPTED_OUT'`).length > 0;
      const answer = gate();
      const forget = provider.answerWhen(isFirst, accept({ until: answer.opened }));
      return {
        // While the provider has the first and has not answered, the contact says stop.
        act: async (isDead) => {
          await tells({ messages: [yes] });
          await until(() => isDead() || provider.requests.some(isFirst));
          await tells({ messages: [stop] });
          await until(async () => isDead() || (await hasStopped()));
          forget();
          answer.open();
        },
        outcomes: (at) => [
          {
            who,
            lines: [
              ASKED,
              `first ${firstAt(at)}`,
              'second CANCELLED 0',
              'yes',
              'OPT_IN_CONFIRMATION ACCEPTED 1',
              'stop',
              'OPT_OUT_NOTICE ACCEPTED 1',
              'OPTED_OUT',
            ],
          },
        ],
      };
    },
  },
];

/** Before SENDING is committed it can be taken back; while the provider has it, what becomes of it is not known. */
function firstAt(point: Point): string {
  if (point === 'SEND_CLAIMED') return 'CANCELLED 0';
  if (point === 'SEND_COMMITTED') return 'UNCONFIRMED 0';
  return point === 'SEND_SETTLED' || point === 'SEND_RELEASED' ? 'ACCEPTED 1' : 'UNCONFIRMED 1';
}
