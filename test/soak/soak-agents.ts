import { vi } from 'vitest';
import { chanceOf } from '../support/chance.js';
import type { Person } from './soak-people.js';
import type { SoakScene } from './soak-scene.js';

/** An answer is waited for so long; then the same is asked again, with the same key, of whichever server. */
const PATIENCE_MS = 6_000;
const patience = { timeout: 120_000, interval: 50 };
/** Messages that one request queues, at most. */
const MOST = 4;
type Called = { readonly data: ReturnType<typeof JSON.parse>; readonly isRepeated: boolean };

/** What an agent has to live with: the message was not written. */
const refusals = ['CONTACT_OPTED_OUT', 'OPT_IN_REQUIRED', 'QUEUE_FULL'];

export type Agents = ReturnType<typeof startAgents>;

/** Agents who ask contacts for consent and write to them, without a pause. */
export function startAgents(
  scene: SoakScene,
  options: { readonly seed: number; readonly agents: number; readonly people: readonly Person[] },
) {
  const { seed, people } = options;
  const written: string[] = [];
  const doubtful = new Set<string>();
  let refused = 0;
  let repeats = 0;
  let stopped = false;
  let failure: unknown = null;

  async function work(number: number): Promise<void> {
    const name = `agent ${number}`;
    const chance = chanceOf(seed, name);
    const anyUrl = scene.anyUrl(`servers of ${name}`);

    /** Answered in the end, whoever dies meanwhile. */
    async function call(person: Person, query: string, variables: object): Promise<Called> {
      let times = 0;
      return vi.waitFor(async () => {
        times += 1;
        if (times > 1) repeats += 1;
        const url = anyUrl();
        if (url === null) throw new Error('the server does not listen');
        const response = await fetch(`${url}/graphql`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            authorization: `Bearer ${scene.tokenOf(person.organization)}`,
          },
          body: JSON.stringify({ query, variables }),
          signal: AbortSignal.timeout(PATIENCE_MS),
        });
        const { data, errors } = await response.json();
        if (errors) throw new Error(JSON.stringify(errors));
        return { data, isRepeated: times > 1 };
      }, patience);
    }

    for (let turn = 0; !stopped; turn += 1) {
      const person = chance.oneOf(people);
      person.id ??= await ask(person, call);
      if (person.id === null) continue;
      const inputs = Array.from({ length: chance.from(1, MOST) }, (_, copy) => ({
        contactId: person.id,
        body: `${name}, ${turn}.${copy}`,
        idempotencyKey: `${name}, ${turn}.${copy}`,
      }));
      const { data, isRepeated } = await call(
        person,
        documentFor(inputs.length),
        Object.fromEntries(inputs.map((one, n) => [`i${n}`, one])),
      );
      for (const [copy, { body }] of inputs.entries()) {
        const { message, userErrors } = data[`m${copy}`];
        if (message) written.push(message.id);
        else if (!refusals.includes(userErrors[0].code)) throw new Error(`refused: ${JSON.stringify(userErrors)}`);
        else {
          refused += 1;
          if (isRepeated) doubtful.add(body);
        }
      }
    }
  }

  const working = Promise.all(Array.from({ length: options.agents }, (_, number) => work(number)));
  working.catch((error: unknown) => (failure = error));
  return {
    /** Ids of the messages that were acknowledged. */
    written: written as readonly string[],
    /** Texts that were refused when they were asked for again: what was asked first may come to the server later. */
    doubtful: doubtful as ReadonlySet<string>,
    /** What ended an agent before its time; null while all go on. */
    failure: () => failure,
    /** Messages that the rules refused, and requests that had to be repeated. */
    counts: () => ({ refused, repeats }),
    stop: async (): Promise<void> => {
      stopped = true;
      await working;
    },
  };
}

async function ask(
  person: Person,
  call: (person: Person, query: string, variables: object) => Promise<Called>,
): Promise<string | null> {
  const { data } = await call(
    person,
    'mutation ($input: SendOptInInput!) { sendOptIn(input: $input) { contact { id } userErrors { code } } }',
    { input: { phone: person.phone, name: 'Clara Client', idempotencyKey: `ask ${person.phone}` } },
  );
  // Two agents may ask at once; the channel may be refused for the moment.
  return data.sendOptIn.contact?.id ?? null;
}

const documentFor = (count: number): string => {
  const numbers = Array.from({ length: count }, (_, number) => number);
  return `mutation (${numbers.map((n) => `$i${n}: QueueMessageInput!`).join(', ')}) {
    ${numbers.map((n) => `m${n}: queueMessage(input: $i${n}) { message { id } userErrors { code } }`).join('\n')} }`;
};
