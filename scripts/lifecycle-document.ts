import {
  BEFORE_REQUEST,
  consentStatuses,
  targetOf,
  type ConsentStatus,
  type TransitionEventType,
} from '../src/domain/consent/transitions.js';
import type { ConsentEventType } from '../src/domain/consent/events.js';

type UnplacedEventType = Exclude<ConsentEventType, TransitionEventType>;

const placed: Readonly<Record<TransitionEventType, string>> = {
  OptInRequested: 'An agent asked the contact for consent, for the first time or again.',
  OptInRequestFailed:
    'The request could not be delivered for a reason that says nothing about the contact. The status goes back to what it was before the request: never asked is not the same as no answer.',
  OptInRequestUndeliverable: 'The provider says that the number cannot receive WhatsApp.',
  OptInUnanswered: 'The resend interval passed since the provider accepted the request, without an answer.',
  ConsentGiven:
    'The contact agreed, by the button of any request or in words that mean yes. Held messages are released in the order they were queued.',
  ConsentRefused: 'The contact answered a request with no or stop. Held messages are cancelled.',
  ConsentWithdrawn: 'The contact said stop. What has not been handed to the provider is cancelled.',
  ConsentConfirmed: 'A contact whose wish had become unclear said that messages are welcome. Sending goes on.',
  IdentityChanged:
    'The number or the account behind the contact changed. An earlier yes says nothing about whoever is there now.',
  ConsentRecorded: 'The organization recorded a consent that it obtained elsewhere, with its own evidence.',
  WithdrawalRecorded: 'The organization recorded a withdrawal that it obtained elsewhere, with its own evidence.',
  ContactErased:
    'Everything personal of the contact was deleted; what waited is cancelled, and nothing happens to the contact any more. Whoever writes from that number later is a new contact.',
};

const unplaced: Readonly<Record<UnplacedEventType, string>> = {
  OptInRequestAccepted: 'The provider took the request, or may have. The resend interval runs from here.',
  WithdrawalRepeated: 'A contact who is opted out said stop again. A yes from before it no longer counts.',
  ConsentRepeated: 'A contact who is opted in said yes again. A stop from before it no longer counts.',
  SendingPaused:
    'The contact may want to stop, in words that leave doubt. Nothing is sent until they say which; the status stays.',
  ContactPrompted: 'The contact was shown buttons outside a request, at most once per resend interval.',
  SwitchedToSms: 'An agent went on by SMS.',
  SmsStopped:
    'The contact wants no SMS, by its own words or on the word of the provider. It says nothing about WhatsApp.',
  SmsStarted: 'A contact who wanted no SMS takes them again. It is no consent for WhatsApp.',
};

const placedEvents = Object.keys(placed) as TransitionEventType[];

/** The lifecycle as people read it: the table and the chart that the program itself goes by. */
export function lifecycleDocument(): string {
  return [
    '# The lifecycle of consent',
    'Generated from `src/domain/consent/transitions.ts` by `npm run lifecycle:emit`; change the table there, not here.',
    "A contact's consent is the fold of recorded events. Each event below changes the status, or confirms it, and has a place in the feed of the organization. Where the table has no cell, the event cannot happen in that status: what would cause it is refused, or changes nothing.",
    '## The chart',
    chart(),
    `\`${BEFORE_REQUEST}\` stands for the status that the contact had when the request was made (${before().join(', ')}): PENDING for one that was sent again while the earlier one still waits for its answer. A request that never reached the contact leaves no trace in the status.`,
    '## The table',
    table(),
    '## The events',
    placedEvents.map((event) => `- **${event}** (${moves(event)}): ${placed[event]}`).join('\n'),
    '## Remembered without a place in the feed',
    'These change what later decisions see, not the status.',
    Object.entries(unplaced)
      .map(([event, text]) => `- **${event}**: ${text}`)
      .join('\n'),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

function chart(): string {
  const arrows = new Map<string, string[]>();
  for (const from of consentStatuses) {
    for (const event of placedEvents) {
      const to = targetOf(from, event);
      if (to === null) continue;
      const arrow = `${from} --> ${to}`;
      arrows.set(arrow, [...(arrows.get(arrow) ?? []), event]);
    }
  }
  const lines = [...arrows].map(([arrow, events]) => `  ${arrow}: ${events.join(', ')}`);
  return ['```mermaid', 'stateDiagram-v2', '  [*] --> NOT_ASKED', ...lines, '```'].join('\n');
}

function table(): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const cell = (from: ConsentStatus, event: TransitionEventType) => targetOf(from, event) ?? '';
  return [
    row(['event', ...consentStatuses.map((status) => `from ${status}`)]),
    row(['---', ...consentStatuses.map(() => '---')]),
    ...placedEvents.map((event) => row([event, ...consentStatuses.map((from) => cell(from, event))])),
  ].join('\n');
}

function moves(event: TransitionEventType): string {
  const from = consentStatuses.filter((status) => targetOf(status, event) !== null);
  const to = new Set(from.map((status) => targetOf(status, event)));
  return `${from.join(', ')} → ${[...to].join(', ')}`;
}

/** Statuses from which a request may be made. */
function before(): readonly ConsentStatus[] {
  return consentStatuses.filter((status) => targetOf(status, 'OptInRequested') !== null);
}
