import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyBundle } from '../../src/attestation/verifier/verify-bundle.js';
import type { TestCaller } from '../support/assent-server.js';
import { assent } from '../support/command-line.js';
import { AttestationDocument, EraseContactDocument } from '../support/gql/graphql.js';
import { startJourney, type Journey, type Person } from '../support/journey.js';
import { secondVerdict } from '../support/second-verifier.js';

let journey: Journey;
let admin: TestCaller;
let directory: string;
let key: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assent-test-'));
  journey = await startJourney({ OPT_IN_RESEND_INTERVAL: 'PT8S', DELIVERY_ORDER_WAIT: 'PT0S' });
  admin = await journey.server.caller('acme', { role: 'admin' });
  key = (await assent(journey.server.env, 'attest', 'key', '--org', 'acme')).out;
});
afterAll(async () => {
  await journey.close();
  await rm(directory, { recursive: true, force: true });
});

async function attested({ id }: Person, by: TestCaller = journey.agent) {
  const { attestation } = await by.ask(AttestationDocument, { contactId: id });
  if (!attestation) throw new Error('there is no attestation');
  return attestation;
}

/** The transitions that a bundle tells of, once both verifiers took it. */
async function provenBy(bundle: string): Promise<readonly string[]> {
  const { outcome, checks } = verifyBundle(Buffer.from(bundle), key);
  expect([outcome, checks.filter(({ verdict }) => verdict === 'FAILED')]).toEqual(['TRUE', []]);
  expect(await secondVerdict(bundle, key)).toEqual({ code: 0, failed: [] });
  const { entries } = JSON.parse(bundle) as { entries: { transition: { cause: string; to: string } | null }[] };
  return entries.flatMap(({ transition }) => (transition ? [`${transition.cause} ${transition.to}`] : []));
}

const outcomes = {
  accepted: {
    become: () => journey.optedIn(),
    transitions: ['OPT_IN_REQUESTED PENDING', 'ACCEPTED OPTED_IN'],
  },
  declined: {
    become: () => journey.optedOut(),
    transitions: ['OPT_IN_REQUESTED PENDING', 'DECLINED OPTED_OUT'],
  },
  unanswered: {
    become: async () => {
      const who = await journey.asked();
      await journey.becomes(who, 'NO_RESPONSE');
      return who;
    },
    transitions: ['OPT_IN_REQUESTED PENDING', 'NO_ANSWER NO_RESPONSE'],
  },
  unreachable: {
    become: async () => {
      const who = await journey.asked();
      await journey.reports(who.request, 'failed', { code: 131026 });
      await journey.becomes(who, 'UNREACHABLE');
      return who;
    },
    transitions: ['OPT_IN_REQUESTED PENDING', 'UNDELIVERABLE UNREACHABLE'],
  },
} as const;

describe('the attestation of a contact', () => {
  it.each(Object.entries(outcomes))(
    'who %s is taken by both verifiers, from the API and from the command',
    async (_, { become, transitions }) => {
      const who = await become();
      const { bundle, contactId, size, entries, publicKey, checkpoint } = await attested(who);

      expect(await provenBy(bundle)).toEqual(transitions);
      expect({ contactId, publicKey }).toEqual({ contactId: who.id, publicKey: key });
      expect(checkpoint).toContain(`\n${size}\n`);
      expect(entries).toBeGreaterThanOrEqual(transitions.length);

      const exported = await assent(journey.server.env, 'attest', 'export', '--org', 'acme', '--contact', who.id);
      expect([exported.code, exported.err]).toEqual([0, '']);
      expect(await provenBy(exported.out)).toEqual(transitions);
      const paths = [join(directory, `${size}.json`), join(directory, 'key')] as const;
      await Promise.all([writeFile(paths[0], exported.out), writeFile(paths[1], key)]);
      const verified = await assent({}, 'attest', 'verify', paths[0], '--key', paths[1]);
      expect([verified.code, verified.out.split('\n').at(-1)]).toEqual([0, 'The attestation is true.']);
    },
  );

  it('holds the bytes that were sent and received', async () => {
    const who = await journey.optedIn();
    const { bundle } = await attested(who);
    const { artifacts: texts } = JSON.parse(bundle) as { artifacts: string[] };
    expect(texts.filter((text) => text.includes('biz_opaque_callback_data')).length).toBeGreaterThan(0);
    expect(texts.filter((text) => text.includes('whatsapp_business_account')).length).toBeGreaterThan(0);
  });

  it('says as whom and with which template the request was sent; the log itself only commits to that', async () => {
    const who = await journey.optedIn();
    const { bundle } = await attested(who);
    const { disclosures, entries } = JSON.parse(bundle) as { disclosures: string[]; entries: object[] };
    const disclosed = disclosures.map((one) => JSON.parse(Buffer.from(one, 'base64url').toString()) as unknown[]);
    const valueOf = (name: string) => disclosed.find(([, one]) => one === name)?.[2];
    expect(valueOf('sender')).toMatchObject({ number: '+15550100000', phoneNumberId: expect.any(String) });
    expect(valueOf('template')).toMatchObject({ language: 'en', category: 'MARKETING', version: '3' });
    expect(JSON.stringify(entries)).not.toContain('15550100000');
  });

  it('is for whoever may read, and after erasure for admins alone, with nothing of who it was', async () => {
    const who = await journey.optedIn();
    const supervisor = await journey.server.caller('acme', { role: 'supervisor' });
    expect((await attested(who, supervisor)).bundle).toContain(who.phone);
    await admin.ask(EraseContactDocument, { input: { contactId: who.id } });

    expect(await journey.agent.ask(AttestationDocument, { contactId: who.id })).toEqual({ attestation: null });
    const { bundle } = await attested(who, admin);
    expect((await provenBy(bundle)).at(-1)).toBe('ERASED OPTED_OUT');
    expect(bundle.includes(who.phone.slice(1))).toBe(false);
  });

  it('is not there for whom is not, or is of another organization', async () => {
    const who = await journey.asked();
    await journey.server.organization('other');
    const stranger = await journey.server.caller('other');
    expect(await stranger.ask(AttestationDocument, { contactId: who.id })).toEqual({ attestation: null });
    expect(await journey.agent.ask(AttestationDocument, { contactId: 'Q29udGFjdDp4' })).toEqual({ attestation: null });
  });
});

describe('the log behind it', () => {
  it('is signed within a second of each transition, and stands a whole reading', async () => {
    const { sql } = journey.database;
    await expect
      .poll(
        async () =>
          (
            await sql`
        select 1 from feed_heads h where h.position <> coalesce((select max(size) from checkpoints c
          where c.organization_id = h.organization_id), 0)`
          ).length,
        { timeout: 30_000 },
      )
      .toBe(0);
    const { code, out } = await assent(journey.server.env, 'attest', 'verify-log', '--org', 'acme', '--json');
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, ok: true, found: [], unsigned: 0 });
  });
});
