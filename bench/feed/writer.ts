import { Agent, request } from 'node:http';
import { now } from '../support/clock.js';
import { serve } from '../support/serve.js';

// Agents who record what contacts decided elsewhere: each request is one mutation that commits one transition.
const CONTACTS = 400;
const FIRST_NUMBER = 1000;
const CONNECTIONS = 64;
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
const contacts: { readonly id: string; granted: boolean }[] = [];
let turn = 0;

function ask(
  port: number,
  query: string,
  variables: object,
): Promise<Record<string, { readonly userErrors: unknown[]; readonly contact: { readonly id: string } }>> {
  const body = JSON.stringify({ query, variables });
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request({ agent, port, host: '127.0.0.1', method: 'POST', path: '/graphql', headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => {
        const { data, errors } = JSON.parse(text);
        if (errors) reject(new Error(JSON.stringify(errors).slice(0, 300)));
        else resolve(data);
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const CREATE = `mutation ($input: CreateContactInput!) { created: createContact(input: $input) { contact { id } userErrors { code } } }`;
const GIVE = `mutation ($input: RecordConsentInput!) { done: recordConsent(input: $input) { userErrors { code } } }`;
const TAKE = `mutation ($input: WithdrawConsentInput!) { done: withdrawConsent(input: $input) { userErrors { code } } }`;

/** One transition of the contact whose turn it is. */
async function write(port: number): Promise<void> {
  const contact = contacts[(turn += 1) % contacts.length];
  if (!contact) throw new Error('there are no contacts yet');
  contact.granted = !contact.granted;
  const variables = { input: { contactId: contact.id, source: 'OTHER', note: 'benchmark' } };
  const { done } = await ask(port, contact.granted ? GIVE : TAKE, variables);
  if (!done || done.userErrors.length > 0) throw new Error(`refused: ${JSON.stringify(done)}`);
}

async function prepare(port: number, firstNumber: number): Promise<void> {
  while (contacts.length < CONTACTS) {
    const phone = `+1650556${String(firstNumber + contacts.length)}`;
    const { created } = await ask(port, CREATE, { input: { phone, name: 'Benchmark' } });
    if (!created?.contact) throw new Error(`no contact: ${JSON.stringify(created)}`);
    contacts.push({ id: created.contact.id, granted: false });
  }
}

serve({
  prepare: (port: number) => prepare(port, FIRST_NUMBER),
  /** As `prepare`, with contacts of its own, each with one transition. */
  prepareOthers: async (port: number) => {
    await prepare(port, FIRST_NUMBER + CONTACTS);
    for (let written = 0; written < CONTACTS; written += 1) await write(port);
  },
  /** Every connection writes again as soon as it is answered; resolves to the commits in a second. */
  atFullSpeed: async ({ port, forMs }: { readonly port: number; readonly forMs: number }) => {
    const begun = now();
    let done = 0;
    const writeOn = async (): Promise<void> => {
      while (now() - begun < forMs) {
        await write(port);
        done += 1;
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, writeOn));
    return (done * 1000) / (now() - begun);
  },
  /** Writes at a rate whatever becomes of what was written before; resolves to the rate that was reached. */
  atRate: async ({ port, rate, forMs }: { readonly port: number; readonly rate: number; readonly forMs: number }) => {
    const begun = now();
    const writes: Promise<void>[] = [];
    while (now() - begun < forMs) {
      const due = Math.floor(((now() - begun) * rate) / 1000);
      while (writes.length < due) writes.push(write(port));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(writes);
    return (writes.length * 1000) / (now() - begun);
  },
});
