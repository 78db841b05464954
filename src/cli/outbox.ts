import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { createOutboxList, outboxStatuses, type OutboxMessage, type OutboxStatus } from '../postgres/outbox-list.js';
import { fromGlobalId, toGlobalId } from '../schema/global-id.js';
import { example, wholeNumberUpTo } from './arguments.js';
import { operatorCore } from './operator-core.js';
import { print } from './terminal.js';
import type { Terminal } from './terminal.js';
import { withDatabase } from './with-database.js';

type Opened = Parameters<Parameters<typeof withDatabase>[1]>[0];
type ListOptions = {
  readonly org: string;
  readonly status?: OutboxStatus;
  readonly limit: number;
  readonly json?: boolean;
};
type OperateOptions = { readonly org: string; readonly message: string; readonly by?: string; readonly json?: boolean };

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1_000;

/** `assent outbox …` It tells neither what messages say nor to whom. */
export function addOutboxCommand(program: Command, terminal: Terminal): void {
  const outbox = program.command('outbox').description('messages that have not left, and what becomes of them');

  outbox
    .command('list')
    .description('list what waits or may not have arrived, the longest waiting first')
    .requiredOption('--org <slug>', 'the organization')
    .addOption(new Option('--status <status>', 'only these (default: all but failed)').choices(outboxStatuses))
    .addOption(
      new Option('--limit <number>', `how many at most, up to ${MAX_LIMIT}`)
        .argParser(wholeNumberUpTo(MAX_LIMIT))
        .default(DEFAULT_LIMIT),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', example('outbox list --org acme --status parked'))
    .action(async ({ org, status, limit, json }: ListOptions) => {
      const found = await withDatabase(terminal, async (opened) =>
        createOutboxList(opened.database.scoped).list(await organizationOf(opened, org), status ?? null, limit + 1),
      );
      const messages = found.slice(0, limit);
      const more = found.length > limit;
      const lines = messages.length === 0 ? ['There is none.'] : messages.map(lineOf);
      const text = [...lines, ...(more ? ['There are more.'] : [])].join('\n');
      print(terminal, { json }, { organization: org, messages: messages.map(dataOf), more }, text);
    });

  addOperation('PARK', outbox.command('park').description('keep a message from leaving, until it is retried'));
  addOperation(
    'RETRY',
    outbox
      .command('retry')
      .description(
        'let a message leave that is parked, has failed, or may or may not have left; the rules still apply',
      ),
  );

  function addOperation(action: 'PARK' | 'RETRY', command: Command): void {
    command
      .requiredOption('--org <slug>', 'the organization')
      .addOption(
        new Option('--message <id>', "the message's id, as the API or the log has it")
          .argParser(messageIdFrom)
          .makeOptionMandatory(),
      )
      .option('--by <name>', 'who does it, as it is recorded with the message (default: as --as)')
      .option('--json', 'print JSON')
      .addHelpText(
        'after',
        example(`outbox ${action.toLowerCase()} --org acme --message 01a2047c-37b0-7769-ab6e-fee378883f49`),
      )
      .action(async ({ org, message: messageId, by: said, json }: OperateOptions) => {
        const by = said ?? terminal.actor();
        const message = await withDatabase(terminal, async (opened) => {
          const organizationId = await organizationOf(opened, org);
          const list = createOutboxList(opened.database.scoped);
          const core = await operatorCore(opened);
          const changed = await core.operate(organizationId, { action, messageId, by });
          const now = await list.find(organizationId, messageId);
          if (now === null) throw new Error(`There is no message ${messageId} to a contact of "${org}".`);
          if (!changed) throw new Error(refusalOf(action, now));
          const act = `outbox.${action === 'PARK' ? 'park' : 'retry'}`;
          await opened.record({ organization: org, action: act, target: messageId, details: { by } });
          return now;
        });
        print(terminal, { json }, { organization: org, by, message: dataOf(message) }, outcomeOf(message));
      });
  }
}

async function organizationOf({ organizations }: Opened, slug: string): Promise<string> {
  const found = await organizations.findBySlug(slug);
  if (found === null) throw new Error(`There is no organization "${slug}".`);
  return found.id;
}

function refusalOf(action: 'PARK' | 'RETRY', message: OutboxMessage): string {
  if (message.kind !== 'TEXT') return `It is a message of the system (${message.kind}); only a person's can be meant.`;
  const state = stateOf(message);
  return action === 'PARK'
    ? `It is ${state}; only what is HELD or QUEUED, and not parked, can be parked.`
    : `It is ${state}; only what is parked, FAILED or UNCONFIRMED can be retried.`;
}

function outcomeOf(message: OutboxMessage): string {
  const { id, status, heldReason } = message;
  if (heldReason === 'PARKED') return `The message ${id} is parked.`;
  if (status === 'QUEUED') return `The message ${id} is QUEUED and leaves when its turn comes.`;
  return `The message ${id} is ${stateOf(message)}.`;
}

const stateOf = ({ status, heldReason }: OutboxMessage): string =>
  heldReason === null ? status : `${status} (${heldReason})`;

function lineOf(message: OutboxMessage): string {
  const { id, channel, kind, attempts, failure, parkedBy, possibleDuplicate, statusChangedAt } = message;
  const parts = [
    id,
    stateOf(message).padEnd('HELD (AWAITING_CONSENT)'.length),
    `since ${statusChangedAt.toISOString()}`,
    `${channel} ${kind}`,
    `attempts: ${attempts}`,
    ...(parkedBy === null ? [] : [`by ${parkedBy}`]),
    ...(possibleDuplicate ? ['possible duplicate'] : []),
    ...(failure === null ? [] : [failure.code === null ? failure.reason : `${failure.code}: ${failure.reason}`]),
  ];
  return parts.join('  ');
}

/** As the API names it, and as the log does. */
function dataOf({ id, contactId, ...rest }: OutboxMessage): object {
  return { id: toGlobalId('Message', id), uuid: id, contactId: toGlobalId('Contact', contactId), ...rest };
}

function messageIdFrom(text: string): string {
  const id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
    ? text.toLowerCase()
    : fromGlobalId('Message', text);
  if (id === null) throw new InvalidArgumentError('It is no id of a message.');
  return id;
}
