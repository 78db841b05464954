import type { Change, ConsentStore, Loaded, LoadRequest, Target } from './ports/consent-store.js';
import { Unanswered } from './unanswered.js';

/** What a command makes of what was loaded: an answer, and a change to append before the answer is given. */
export type Decided<Answer> = { readonly change: Change | null; readonly answer: Answer };

export interface CommitGroup {
  /**
   * Loads, decides and appends; resolves after the commit. A conflict is decided again. What is known from a commit
   * before is not loaded: if the contact has moved on since, that is a conflict.
   */
  submit<Answer>(
    request: LoadRequest,
    decide: (loaded: Loaded) => Decided<Answer>,
    known?: Loaded | null,
  ): Promise<Answer>;
}

type Job = {
  readonly request: LoadRequest;
  readonly key: string;
  readonly decide: (loaded: Loaded) => { readonly change: Change | null; readonly answer: unknown };
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly origin: object | null;
  known: Loaded | null;
  tries: number;
};

const MAX_BATCH = 128;
const LANES = 2;
const MAX_TRIES = 8;

/**
 * Commits in groups: what arrives while a commit is under way goes together in the next one. No timer: an idle group
 * starts at once. Of one contact only one command is under way; a batch that fails is run again one by one, so that a
 * command which fails alone fails alone; not so one that was not answered, which may have been committed. `origin` is
 * asked where each command comes from, and the store is told.
 */
export function createCommitGroup(store: ConsentStore, origin: () => object | null = () => null): CommitGroup {
  let waiting: Job[] = [];
  const busy = new Set<string>();
  let lanes = 0;

  function pump(): void {
    while (lanes < LANES && waiting.length > 0) {
      const batch = take();
      if (batch.length === 0) return;
      lanes += 1;
      void run(batch).finally(() => {
        lanes -= 1;
        for (const job of batch) busy.delete(job.key);
        pump();
      });
    }
  }

  function take(): Job[] {
    const batch: Job[] = [];
    const rest: Job[] = [];
    for (const job of waiting) {
      if (batch.length >= MAX_BATCH || busy.has(job.key)) {
        rest.push(job);
        continue;
      }
      busy.add(job.key);
      batch.push(job);
    }
    waiting = rest;
    return batch;
  }

  async function run(batch: readonly Job[]): Promise<void> {
    try {
      await commit(batch);
    } catch (error) {
      if (batch.length === 1 || error instanceof Unanswered) {
        for (const job of batch) job.reject(error);
        return;
      }
      for (const job of batch) await run([job]);
    }
  }

  async function commit(batch: readonly Job[]): Promise<void> {
    const loaded = await load(batch);
    const ready: { readonly job: Job; readonly change: Change; readonly answer: unknown }[] = [];
    const answered: (() => void)[] = [];
    const contacts = new Set<string>();
    for (const [index, job] of batch.entries()) {
      const found = loaded[index];
      if (!found) throw new Error('the store answered with too few conversations');
      try {
        const { change, answer } = job.decide(found);
        const contactId = change?.draft.conversation.contact.id;
        if (!change || contactId === undefined) answered.push(() => job.resolve(answer));
        else if (contacts.has(contactId)) answered.push(() => again(job));
        else {
          contacts.add(contactId);
          ready.push({ job, change, answer });
        }
      } catch (error) {
        answered.push(() => job.reject(error));
      }
    }
    const changes = ready.map(({ change }) => change);
    const origins = ready.map(({ job }) => job.origin);
    const outcomes = changes.length === 0 ? [] : await store.append(changes, origins);
    for (const [index, { job, answer }] of ready.entries()) {
      if (outcomes[index] === 'COMMITTED') job.resolve(answer);
      else again(job);
    }
    for (const settle of answered) settle();
  }

  async function load(batch: readonly Job[]): Promise<readonly (Loaded | undefined)[]> {
    const unknown = batch.filter(({ known }) => known === null);
    if (unknown.length === 0) return batch.map(({ known }) => known ?? undefined);
    const loaded = await store.load(unknown.map(({ request }) => request));
    const found = new Map(unknown.map((job, index) => [job, loaded[index]]));
    return batch.map((job) => job.known ?? found.get(job));
  }

  function again(job: Job): void {
    job.known = null;
    job.tries += 1;
    if (job.tries >= MAX_TRIES) return job.reject(new Error('the contact was changed by others again and again'));
    waiting.unshift(job);
  }

  return {
    submit: (request, decide, known = null) =>
      new Promise((resolve, reject) => {
        const key = `${request.organizationId} ${keyOf(request.target)}`;
        const settle = { resolve: resolve as (answer: unknown) => void, reject };
        waiting.push({ request, key, decide, ...settle, origin: origin(), known, tries: 0 });
        queueMicrotask(pump);
      }),
  };
}

function keyOf(target: Target): string {
  if ('contactId' in target) return target.contactId;
  if ('messageId' in target) return `message ${target.messageId}`;
  if ('providerMessageId' in target) return `provider message ${target.providerMessageId}`;
  return `sender ${target.phoneKey ?? target.identities.join(' ')}`;
}
