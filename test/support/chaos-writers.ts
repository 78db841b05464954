import { createHash } from 'node:crypto';
import { v7 as newId } from 'uuid';
import { vi } from 'vitest';
import { createCore } from '../../src/domain/core.js';
import { appendChanges } from '../../src/postgres/append.js';
import { createErasure } from '../../src/postgres/erasure.js';
import { openDatabase, type Database } from '../../src/postgres/database.js';
import { loadConversations } from '../../src/postgres/load-conversations.js';
import { chanceOf, type Chance } from './chance.js';
import type { ChaosScene } from './chaos-scene.js';
import type { AtEnd } from './server-process.js';
import { testPolicy } from './policy.js';
import { unscoped } from './unscoped.js';

/** How long a transaction is held open before its commit, at most. */
const HOLD_S = 0.3;
const WRITER = 'writer';
const ANSWER_MS = 20_000;
/** A write that fails is tried again, with the same idempotency key, until it is answered. */
const patience = { timeout: 60_000, interval: 25 };
const WRITE = {
  record: `mutation ($id: ID!, $key: String!) { answer: recordConsent(
    input: { contactId: $id, source: PAPER, idempotencyKey: $key }) { userErrors { code } } }`,
  withdraw: `mutation ($id: ID!, $key: String!) { answer: withdrawConsent(
    input: { contactId: $id, source: PAPER, idempotencyKey: $key }) { userErrors { code } } }`,
};

export type Writers = {
  /** Resolves to how many writes were acknowledged, each of them one transition, once none is under way. */
  readonly stop: () => Promise<number>;
  readonly acknowledged: () => number;
};

type WriterOptions = {
  readonly seed: number;
  readonly writers: number;
  readonly contacts: ChaosScene['contacts'];
};

/** One transition of a contact; it may be asked for again with the same key. */
type Write = { readonly contact: ChaosScene['contacts'][number]; readonly granted: boolean; readonly key: string };

/**
 * Writers that commit as the store of a server does, with its own statements, but hold each transaction open for a
 * random time. Writers of one contact wait for one another at the contact's row.
 */
export async function writeBySql(atEnd: AtEnd, scene: ChaosScene, options: WriterOptions): Promise<Writers> {
  const { organizationId, database } = scene;
  await database.createUser(WRITER);
  // Each writes on a connection of its own, too seldom for PostgreSQL to keep a plan by itself.
  await scene.sql.unsafe(`alter role "${WRITER}" set plan_cache_mode = force_generic_plan`);
  /** On a connection that is the writer's own: when it breaks, what the transaction did is undone. */
  async function commit({ sql }: Database, name: string, { contact, granted, key }: Write, holdS: number) {
    await sql`begin`;
    await sql`select 1 from contacts where organization_id = ${organizationId} and id = ${contact.id} for update`;
    const core = createCore({
      store: {
        load: (requests) => loadConversations(unscoped(sql), false, requests),
        append: (changes) => appendChanges(unscoped(sql), changes),
      },
      clock: { now: () => new Date() },
      newId,
      digest: (text) => createHash('sha256').update(text).digest('base64url'),
      policy: testPolicy,
      erasure: createErasure(sql),
    });
    const evidence = { source: 'PAPER', reference: null, note: null };
    const { refusal } = await core[granted ? 'recordConsent' : 'withdrawConsent'](
      { organizationId, id: name, name },
      { contactId: contact.id, at: null, evidence, idempotencyKey: key },
    );
    if (refusal) throw new Error(`refused: ${refusal.code}`);
    await sql`select pg_sleep(${holdS})`;
    await sql`commit`;
  }

  const open = new Set<Database>();
  const connect = (): Database => {
    const own = openDatabase(database.url(WRITER), { connections: 1, role: null });
    open.add(own);
    return own;
  };
  const leave = async (own: Database): Promise<void> => {
    open.delete(own);
    await own.sql.end({ timeout: 0 });
  };

  atEnd(async () => void (await Promise.all([...open].map(leave))));
  return startWriters('sql', atEnd, options, (name, chance) => {
    let own = connect();
    return async (write) => {
      await database.running();
      try {
        await commit(own, name, write, chance.below(HOLD_S));
      } catch (error) {
        await leave(own);
        own = connect();
        throw error;
      }
    };
  });
}

/** Writers that are clients of the API, each time of another server. An answer that does not come is not waited for. */
export function writeByApi(
  atEnd: AtEnd,
  scene: ChaosScene,
  options: WriterOptions & { readonly urls: readonly string[] },
): Writers & { readonly unanswered: () => number } {
  let unanswered = 0;
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${scene.token}` };

  const writers = startWriters('api', atEnd, options, (_, chance) => async ({ contact, granted, key }) => {
    const body = JSON.stringify({
      query: granted ? WRITE.record : WRITE.withdraw,
      variables: { id: contact.apiId, key },
    });
    const signal = AbortSignal.timeout(ANSWER_MS);
    try {
      const response = await fetch(`${chance.oneOf(options.urls)}/graphql`, { method: 'POST', headers, body, signal });
      const { data, errors } = await response.json();
      if (errors || data.answer.userErrors.length > 0) throw new Error(JSON.stringify({ data, errors }));
    } catch (error) {
      if (signal.aborted) unanswered += 1;
      throw error;
    }
  });
  return { ...writers, unanswered: () => unanswered };
}

function startWriters(
  kind: string,
  atEnd: AtEnd,
  options: WriterOptions,
  writerOf: (name: string, chance: Chance) => (write: Write) => Promise<void>,
): Writers {
  let isStopped = false;
  let isAbandoned = false;
  let acknowledged = 0;

  async function write(number: number): Promise<void> {
    const name = `${kind} writer ${number}`;
    const chance = chanceOf(options.seed, name);
    const attempt = writerOf(name, chance);
    for (let turn = 0; !isStopped; turn += 1) {
      const contact = chance.oneOf(options.contacts);
      const next = { contact, granted: chance.below(1) < 0.5, key: `${name}, ${turn}` };
      let failure: unknown = null;
      const isDone = async (): Promise<boolean> => {
        failure = await attempt(next).then(
          () => null,
          (error: unknown) => error,
        );
        return failure === null || isAbandoned;
      };
      await vi.waitUntil(isDone, patience).catch((timeout: unknown) => {
        throw new Error(`${name} could not write`, { cause: failure ?? timeout });
      });
      acknowledged += 1;
    }
  }

  const writing = Promise.all(Array.from({ length: options.writers }, (_, number) => write(number)));
  writing.catch(() => undefined);
  atEnd(async () => {
    isStopped = isAbandoned = true;
    await writing.catch(() => undefined);
  });
  return {
    acknowledged: () => acknowledged,
    stop: async () => {
      isStopped = true;
      await writing;
      return acknowledged;
    },
  };
}
