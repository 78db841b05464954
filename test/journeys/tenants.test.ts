import type { Client } from 'graphql-ws';
import { expect, it, onTestFinished, vi } from 'vitest';
import { chanceOf } from '../support/chance.js';
import { actsOf, type Acts, type Told } from '../support/tenants-acts.js';
import { attacksOf } from '../support/tenants-attacks.js';
import { documents } from '../support/tenants-documents.js';
import { setTenantsScene, type Tenant } from '../support/tenants-scene.js';
import { createNarrator, everythingOf, idsIn } from '../support/tenants-views.js';

/** How many operations the two tenants and their attackers do together; the more, the longer. */
const OPERATIONS = Number(process.env['TENANTS_OPERATIONS'] ?? 2_000);
const SEED = Number(process.env['TENANTS_SEED'] ?? Date.now() % 1_000_000);
/** What goes on beside each step of the tenant that is looked at. */
const BESIDE = 8;
const OPERATIONS_PER_STEP = 12;
const MINUTE = 60_000;

/** JSON that a test asked for; a wrong shape fails its assertions. */
type Json = ReturnType<typeof JSON.parse>;

/** What was said to the people of one tenant, searched for what is the other's. */
function createEar({ slug }: Tenant, other: Tenant) {
  const heard = new Map<string, string>();
  const leaks: string[] = [];
  return {
    hears: (what: string, said: Json): void => {
      const text = typeof said === 'string' ? said : JSON.stringify(said ?? null);
      if (text.includes(other.slug)) leaks.push(`${slug}: ${what} → ${text}`);
      for (const id of idsIn(text)) if (!heard.has(id)) heard.set(id, `${slug}: ${what} → ${text}`);
    },
    leaks: (theirs: ReadonlySet<string>): readonly string[] => [
      ...leaks,
      ...[...heard].filter(([id]) => theirs.has(id)).map(([, where]) => where),
    ],
  };
}

/** What a screen that is open all the time is told. */
function watch(client: Client, query: string, variables: Record<string, unknown>, hears: (said: Json) => void) {
  const items: Json[] = [];
  client.subscribe(
    { query, variables },
    {
      next: ({ data, errors }) => {
        hears(data ?? errors);
        items.push(data);
      },
      error: (error) => items.push(String(error)),
      complete: () => undefined,
    },
  );
  return items;
}

async function run(begin: Date, steps: number, together: boolean) {
  const scene = await setTenantsScene(onTestFinished, begin);
  const [alpha, bravo] = scene.tenants;
  const mine = actsOf(scene, alpha, chanceOf(SEED, 'alpha'));
  const theirs = actsOf(scene, bravo, chanceOf(SEED, 'bravo'));
  const beside = chanceOf(SEED, 'beside');
  const ears = new Map([
    [mine, createEar(alpha, bravo)],
    [theirs, createEar(bravo, alpha)],
  ]);
  const hears = (acts: Acts, what: string, said: Json): void => ears.get(acts)?.hears(what, said);
  const story: string[] = [];
  const narrate = createNarrator();
  const differences: string[] = [];
  let operations = 0;

  function tell({ what, answer }: Told): void {
    operations += 1;
    hears(mine, what, answer);
    story.push(narrate({ answer }));
  }

  for (const told of await mine.begin()) tell(told);
  if (together) await theirs.begin();
  const screens = (acts: Acts) => {
    const client = acts.tenant.agent.socket();
    onTestFinished(() => client.dispose());
    const on = (name: 'onTransitions' | 'onMessages' | 'onFunnel', variables = {}) =>
      watch(client, documents[name], variables, (said) => hears(acts, name, said));
    return {
      transitions: on('onTransitions'),
      messages: on('onMessages', { contactId: acts.watched() }),
      funnel: on('onFunnel'),
    };
  };
  const shown = screens(mine);
  if (together) screens(theirs);
  await vi.waitUntil(() => shown.funnel.length > 0, { timeout: MINUTE });

  const attacks = [attacksOf(scene, mine, theirs, beside), attacksOf(scene, theirs, mine, beside)] as const;
  async function attack(by: Acts, attempt: (typeof attacks)[number]): Promise<void> {
    const { what, answers, operations: count } = await attempt();
    operations += count;
    for (const answer of answers) hears(by, what, answer);
    if (answers[0] !== answers[1]) differences.push(`${by.tenant.slug}: ${what}\n${answers.join('\n')}`);
  }
  async function other(): Promise<void> {
    switch (beside.from(0, 3)) {
      case 0:
        return attack(mine, attacks[0]);
      case 1:
        return attack(theirs, attacks[1]);
      default: {
        const { what, answer } = await theirs.act();
        operations += 1;
        hears(theirs, what, answer);
      }
    }
  }

  for (let step = 0; step < steps; step += 1) {
    scene.later();
    const others = together ? Array.from({ length: BESIDE }, other) : [];
    const [told] = await Promise.all([mine.act(), ...others]);
    await scene.settled(alpha);
    tell(told);
  }
  if (together) await scene.settled(bravo);

  const everything = await everythingOf(mine);
  for (const answer of everything) hears(mine, 'everything', answer);
  if (together) for (const answer of await everythingOf(theirs)) hears(theirs, 'everything', answer);
  const { total } = { total: everything.flatMap(({ data }) => data.consentTransitions?.nodes ?? []).length };
  const changes = await scene.messageChangesOf(alpha, mine.watched());
  await vi.waitUntil(
    () =>
      shown.transitions.filter(isTransition).length >= total &&
      shown.messages.length >= changes &&
      isOf(everything[0]?.data.consentFunnel, shown.funnel.at(-1)?.consentFunnel),
    { timeout: MINUTE },
  );

  const leaks = [
    ...(ears.get(mine)?.leaks(await scene.idsOf(bravo)) ?? []),
    ...(ears.get(theirs)?.leaks(await scene.idsOf(alpha)) ?? []),
  ];
  return {
    operations,
    leaks,
    differences,
    story,
    everything: everything.map(narrate),
    transitions: shown.transitions.filter(isTransition).map(narrate),
    messages: shown.messages.map(narrate),
    funnel: narrate(shown.funnel.at(-1)),
    sent: alpha
      .sent()
      .map(({ path, body }) => [path.replace(/.*\//, ''), body.to ?? body.To, body.type, body.text ?? body.Body]),
  };
}

/** Whether counts are those of all that are known. */
const isOf = (all: Json, counts: Json): boolean => Object.entries(counts).every(([name, count]) => all[name] === count);
const isTransition = (item: Json): boolean => item?.consentTransitions?.__typename === 'ConsentTransition';

it(
  'one organization never sees or changes what is another’s, whatever both do and try',
  async () => {
    process.stdout.write(`tenants: TENANTS_SEED=${SEED} TENANTS_OPERATIONS=${OPERATIONS}\n`);
    const begin = new Date(Math.floor(Date.now() / 1_000) * 1_000);
    const steps = Math.ceil(OPERATIONS / OPERATIONS_PER_STEP);
    const alone = await run(begin, steps, false);
    const together = await run(begin, steps, true);
    process.stdout.write(`tenants: ${together.operations} operations\n`);

    expect(together.leaks).toEqual([]);
    expect(together.differences).toEqual([]);
    for (const view of ['story', 'sent', 'everything', 'transitions', 'messages', 'funnel'] as const) {
      expect({ [view]: together[view] }).toEqual({ [view]: alone[view] });
    }
    expect(together.operations).toBeGreaterThan(OPERATIONS / 2);
  },
  15 * MINUTE + OPERATIONS * 60,
);
