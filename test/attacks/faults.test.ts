import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLARA, setAttackScene, type AttackScene } from '../support/attack-scene.js';
import { publish } from '../support/partner-scene.js';
import { hashOf, ownAddress, transports, type Ask } from '../support/transports.js';

const FIND = 'query Find($phone: PhoneNumber!) { contactByPhone(phone: $phone) { name } }';
/** What an error of the database says. */
const INSIDE = /published_documents|contacts|relation|select|postgres/i;
const ways = Object.entries({ ...transports, 'an address of its own': ownAddress }).map(([name, run]) => ({
  name,
  run,
}));

let scene: AttackScene;
let key: string;

beforeAll(async () => {
  scene = await setAttackScene();
  key = await scene.partner({ name: 'Billing', enforcement: 'ID_ONLY' }, 'acme');
  await publish(scene.server.env, 'acme', { partner: 'Billing', version: '1', documents: [FIND] });
});
afterAll(async () => {
  expect(scene.leaks()).toEqual([]);
  await scene.close();
});

const ask: Ask = { documentId: hashOf(FIND), operationName: 'Find', variables: { phone: CLARA.phone } };

/** While a table is not where it should be; every statement about it fails, and its error says the statement. */
async function without(table: string, work: () => Promise<void>): Promise<void> {
  const { sql } = scene;
  await sql`alter table ${sql(table)} rename to hidden_for_a_moment`;
  try {
    await work();
  } finally {
    await sql`alter table hidden_for_a_moment rename to ${sql(table)}`;
  }
}

describe('a fault', () => {
  it.each(ways)('while it is looked up what may be run says nothing of the inside over $name', async ({ run }) => {
    // What was found is remembered for a second; this hash was never asked for.
    const unknown = { ...ask, documentId: hashOf(`${FIND} # ${Math.random()}`) };
    await without('published_documents', async () => {
      const { status, result } = await run({ url: scene.url, token: key }, unknown);
      expect([500, 503, 200, null]).toContain(status);
      expect(result.errors).toMatchObject([
        { extensions: { code: expect.stringMatching(/INTERNAL_SERVER_ERROR|SERVICE_UNAVAILABLE/) } },
      ]);
      expect(JSON.stringify(result)).not.toMatch(INSIDE);
    });
  });

  it.each(ways.filter(({ run }) => run !== ownAddress))(
    'while it is carried out says nothing of the inside over $name, and nothing of the contact in the log',
    async ({ run }) => {
      await without('contacts', async () => {
        const { result } = await run(
          { url: scene.url, token: scene.victim.token },
          { query: FIND, variables: ask.variables },
        );
        expect(result.errors).toMatchObject([
          { extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) } },
        ]);
        expect(JSON.stringify(result)).not.toMatch(INSIDE);
      });
    },
  );

  it.each(ways.filter(({ name }) => /stream|WebSocket/.test(name)))(
    'when a subscription begins says nothing of the inside over $name',
    async ({ run }) => {
      const query = 'subscription ($id: ID!) { messageUpdates(contactId: $id) { body } }';
      await without('contacts', async () => {
        const variables = { id: scene.clara.id };
        const { result } = await run({ url: scene.url, token: scene.victim.token }, { query, variables });
        expect(result.errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
        expect(JSON.stringify(result)).not.toMatch(INSIDE);
      });
    },
  );

  it('is in the log, with what it was', () => {
    expect(scene.lines.filter((line) => line.startsWith('a request failed ')).length).toBeGreaterThan(ways.length);
  });
});
