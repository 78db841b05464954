import { describe, expect, it, vi } from 'vitest';
import { createCommitGroup } from '../../src/domain/commit-group.js';
import { draftOf } from '../../src/domain/conversation/conversation.js';
import type { AppendOutcome, Change, ConsentStore, Loaded, LoadRequest } from '../../src/domain/ports/consent-store.js';
import { Unanswered } from '../../src/domain/unanswered.js';
import { startConversation } from '../support/conversation-spec.js';
import { patience } from '../support/patience.js';

const template = startConversation().conversation();

const request = (contactId: string): LoadRequest => ({
  organizationId: 'acme',
  target: { contactId },
  messageIds: [],
  providerMessageIds: [],
  idempotencyKey: null,
});

function changeOf({ conversation }: Loaded): Change {
  if (!conversation) throw new Error('nothing was loaded');
  const draft = draftOf(conversation, new Date(0), () => 'id');
  return { draft, revision: conversation.revision, answerDueAt: null, idempotency: null };
}
const idOf = ({ draft }: Change): string => draft.conversation.contact.id;

/** A store that does as it is told: commits wait until let go, and outcomes can be dictated. */
function createObedientStore() {
  const revisions = new Map<string, number>();
  const commits: string[][] = [];
  const loads: string[][] = [];
  const behaviour = {
    slow: false,
    outcome: (_contactId: string): AppendOutcome | 'FAIL' => 'COMMITTED',
    failBatch: (_contactIds: readonly string[]): boolean => false,
  };
  let waiting: (() => void)[] = [];
  const store: ConsentStore = {
    load: async (requests) => {
      const ids = requests.map(({ target }) => ('contactId' in target ? target.contactId : 'unnamed'));
      loads.push(ids);
      return ids.map((id) => ({
        organization: template.organization,
        conversation: {
          ...template,
          contact: { ...template.contact, id: id.split('/')[0] ?? id },
          revision: revisions.get(id) ?? 1,
        },
        earlier: null,
      }));
    },
    append: async (changes) => {
      const ids = changes.map(idOf);
      commits.push(ids);
      if (behaviour.slow) await new Promise<void>((go) => waiting.push(go));
      if (behaviour.failBatch(ids)) throw new Error('the database failed');
      const outcomes = ids.map((id) => behaviour.outcome(id));
      if (outcomes.includes('FAIL')) throw new Error('that change is not possible');
      for (const [index, id] of ids.entries())
        if (outcomes[index] === 'COMMITTED') revisions.set(id, (revisions.get(id) ?? 1) + 1);
      return outcomes as AppendOutcome[];
    },
  };
  return {
    store,
    commits,
    loads,
    behaviour,
    letGo: () => {
      const held = waiting;
      waiting = [];
      for (const go of held) go();
    },
    settled: () => waiting.length,
  };
}

function start() {
  const told = createObedientStore();
  const group = createCommitGroup(told.store);
  const write = (contactId: string, name = contactId): Promise<string> =>
    group.submit(request(contactId), (loaded) => ({ change: changeOf(loaded), answer: name }));
  return { ...told, group, write };
}

describe('a commit group', () => {
  it('starts at once when it is idle', async () => {
    const { write, commits } = start();
    await expect(write('a')).resolves.toBe('a');
    expect(commits).toEqual([['a']]);
  });

  it('takes together what arrives while commits are under way', async () => {
    const { write, commits, behaviour, letGo } = start();
    behaviour.slow = true;
    const first = write('a');
    await vi.waitFor(() => expect(commits).toHaveLength(1), patience);
    const second = write('b');
    await vi.waitFor(() => expect(commits).toHaveLength(2), patience);
    const rest = ['c', 'd', 'e', 'f'].map((id) => write(id));
    letGo();
    await Promise.all([first, second]);
    await vi.waitFor(() => expect(commits).toHaveLength(3), patience);
    letGo();
    await Promise.all(rest);
    expect(commits).toEqual([['a'], ['b'], ['c', 'd', 'e', 'f']]);
  });

  it('takes together what arrives in the same moment', async () => {
    const { write, commits } = start();
    await Promise.all(['a', 'b', 'c'].map((id) => write(id)));
    expect(commits).toEqual([['a', 'b', 'c']]);
  });

  it('loads nothing of what is known, and all of it when the contact has moved on', async () => {
    const { write, group, loads, commits, behaviour } = start();
    await write('a');
    const [loaded] = await createObedientStore().store.load([request('a')]);
    const known = { organization: null, earlier: null, conversation: null, ...loaded };
    const decided: (number | undefined)[] = [];
    const settle = () =>
      group.submit(
        request('a'),
        (given) => {
          decided.push(given.conversation?.revision);
          return { change: changeOf(given), answer: null };
        },
        known,
      );
    await settle();
    expect(loads).toEqual([['a']]);
    let conflicts = 1;
    behaviour.outcome = () => ((conflicts -= 1) < 0 ? 'COMMITTED' : 'CONFLICT');
    await settle();
    expect(loads).toEqual([['a'], ['a']]);
    expect(decided).toEqual([1, 1, 3]);
    expect(commits).toHaveLength(4);
  });

  it('takes no more than 128 at once', async () => {
    const { write, commits } = start();
    await Promise.all(Array.from({ length: 300 }, (_, n) => write(`c${n}`)));
    expect(Math.max(...commits.map(({ length }) => length))).toBe(128);
    expect(new Set(commits.flat()).size).toBe(300);
  });

  it('has one command of a contact under way at a time, in the order they came', async () => {
    const { write, commits, behaviour, letGo, group } = start();
    behaviour.slow = true;
    const revisions: number[] = [];
    const commands = Array.from({ length: 3 }, () =>
      group.submit(request('a'), (loaded) => {
        revisions.push(loaded.conversation?.revision ?? 0);
        return { change: changeOf(loaded), answer: null };
      }),
    );
    const other = write('b');
    for (const count of [1, 2, 3]) {
      await vi.waitFor(() => expect(commits.filter((ids) => ids.includes('a'))).toHaveLength(count), patience);
      letGo();
    }
    await Promise.all([...commands, other]);
    expect(revisions).toEqual([1, 2, 3]);
    expect(commits.filter((ids) => ids.filter((id) => id === 'a').length > 1)).toEqual([]);
  });

  it('two names for one contact: the second is decided again after the first', async () => {
    const { group, commits } = start();
    const decided: string[] = [];
    const submit = (name: string): Promise<string> =>
      group.submit(request(name), (loaded) => {
        decided.push(name);
        return { change: changeOf(loaded), answer: name };
      });
    await expect(Promise.all([submit('a/by id'), submit('a/by number')])).resolves.toEqual(['a/by id', 'a/by number']);
    expect(commits).toEqual([['a'], ['a']]);
    expect(decided).toEqual(['a/by id', 'a/by number', 'a/by number']);
  });

  it('answers after the commit only', async () => {
    const { write, commits, behaviour, letGo, group } = start();
    behaviour.slow = true;
    const answered: string[] = [];
    const writing = write('a').then((name) => answered.push(name));
    const reading = group
      .submit(request('b'), () => ({ change: null, answer: 'read' }))
      .then((name) => answered.push(name));
    await vi.waitFor(() => expect(commits).toHaveLength(1), patience);
    expect(answered).toEqual([]);
    letGo();
    await Promise.all([writing, reading]);
    expect(answered.sort()).toEqual(['a', 'read']);
  });

  it('appends nothing for a command that changes nothing', async () => {
    const { group, commits } = start();
    await expect(group.submit(request('a'), () => ({ change: null, answer: 1 }))).resolves.toBe(1);
    expect(commits).toEqual([]);
  });

  it('loads and decides again what met a conflict', async () => {
    const { write, behaviour, loads } = start();
    let conflicts = 3;
    behaviour.outcome = (id) => (id === 'a' && conflicts-- > 0 ? 'CONFLICT' : 'COMMITTED');
    await expect(Promise.all([write('a'), write('b')])).resolves.toEqual(['a', 'b']);
    expect(loads).toEqual([['a', 'b'], ['a'], ['a'], ['a']]);
  });

  it('gives up on a conflict without end, and goes on with others', async () => {
    const { write, behaviour, loads } = start();
    behaviour.outcome = (id) => (id === 'a' ? 'CONFLICT' : 'COMMITTED');
    await expect(write('a')).rejects.toThrow('changed by others again and again');
    expect(loads).toHaveLength(8);
    await expect(write('b')).resolves.toBe('b');
  });

  it('runs one by one a batch that failed: a command that fails alone fails alone', async () => {
    const { write, behaviour } = start();
    behaviour.outcome = (id) => (id === 'b' ? 'FAIL' : 'COMMITTED');
    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((id) => write(id)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('a batch that fails as a batch only is committed one by one', async () => {
    const { write, behaviour, commits } = start();
    behaviour.failBatch = (ids) => ids.length > 1;
    await expect(Promise.all(['a', 'b', 'c'].map((id) => write(id)))).resolves.toEqual(['a', 'b', 'c']);
    expect(commits).toEqual([['a', 'b', 'c'], ['a'], ['b'], ['c']]);
  });

  it('a batch that was not answered fails as it is, since it may have been committed', async () => {
    const { store } = createObedientStore();
    let appends = 0;
    const group = createCommitGroup({
      ...store,
      append: async () => {
        appends += 1;
        throw new Unanswered('the database has not answered');
      },
    });
    const write = (id: string) => group.submit(request(id), (loaded) => ({ change: changeOf(loaded), answer: id }));
    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map(write));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(appends).toBe(1);
  });

  it('a decision that throws fails its own command only', async () => {
    const { group, write } = start();
    const broken = group.submit(request('a'), () => {
      throw new Error('a bug');
    });
    const outcomes = await Promise.allSettled([broken, write('b')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    await expect(write('a')).resolves.toBe('a');
  });

  it('a store that can not be read fails what was asked of it, and is asked again by the next', async () => {
    const { store, behaviour } = createObedientStore();
    let down = true;
    const group = createCommitGroup({
      ...store,
      load: async (requests) => {
        if (down) throw new Error('the database is down');
        return store.load(requests);
      },
    });
    const write = (): Promise<number> =>
      group.submit(request('a'), (loaded) => ({ change: changeOf(loaded), answer: 1 }));
    await expect(write()).rejects.toThrow('the database is down');
    down = false;
    await expect(write()).resolves.toBe(1);
    expect(behaviour.slow).toBe(false);
  });

  it('loses none of many commands over few contacts, whatever goes wrong', async () => {
    const { write, behaviour, commits } = start();
    let n = 0;
    behaviour.outcome = () => (++n % 5 === 0 ? 'CONFLICT' : 'COMMITTED');
    behaviour.failBatch = (ids) => ids.length > 1 && ++n % 7 === 0;
    const names = Array.from({ length: 200 }, (_, index) => `command ${index}`);
    const answers = await Promise.all(names.map((name, index) => write(`c${index % 9}`, name)));
    expect(answers).toEqual(names);
    expect(commits.every((ids) => new Set(ids).size === ids.length)).toBe(true);
  });
});
