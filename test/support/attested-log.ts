import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ISql } from 'postgres';
import { v7 as newId } from 'uuid';
import { attestingWith, checkpointsIn } from '../../src/attesting.js';
import { verifyLog } from '../../src/attestation/verify-log.js';
import { notesIn } from '../../src/attestation/checkpoint-file.js';
import type { Finding } from '../../src/attestation/finding.js';
import { createCore } from '../../src/domain/core.js';
import { parsePhoneNumber } from '../../src/domain/phone-number.js';
import { fixedPolicy } from '../../src/domain/policy.js';
import { notaryOf } from '../../src/notary.js';
import { createConsentStore } from '../../src/postgres/consent-store.js';
import { openDatabase } from '../../src/postgres/database.js';
import { createErasure } from '../../src/postgres/erasure.js';
import { createSecrets } from '../../src/postgres/secrets.js';
import { createSequencerStore } from '../../src/postgres/sequencer-store.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { DAY, HOUR, SECOND, testPolicy } from './policy.js';

type AtEnd = (task: () => Promise<void>) => void;

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** What a server has of one database, without the server: it writes, gives positions and signs when it is told. */
export async function attestedOn(
  database: TestDatabase,
  atEnd: AtEnd,
  kept: { readonly dataDir?: string; readonly masterKey?: Uint8Array; readonly organizationId?: string } = {},
) {
  const { dataDir = await temporary(atEnd), masterKey = randomBytes(32), organizationId = newId() } = kept;
  // Of two facts in one second the withdrawal counts, so each has a second of its own.
  let time = Date.now() - (kept.organizationId === undefined ? DAY : HOUR);
  const clock = { now: () => new Date((time += SECOND)) };
  const opened = openDatabase(database.url, { connections: 4, role: database.role });
  atEnd(opened.close);
  const { sql, scoped } = opened;
  const secrets = createSecrets([masterKey]);
  const told: string[] = [];
  const signed = (_organizationId: string, note: string): void => void told.push(note);
  const attesting = attestingWith({ database: opened, secrets, dataDir, clock, signed });
  const { log, signing, attestations, contactKeys } = attesting;
  const sequencer = createSequencerStore(sql);
  const erasure = createErasure(sql);
  const notary = await notaryOf({ sql, secrets });
  const store = createConsentStore({ scoped, notary, smsForAll: false, committed: () => undefined });
  const core = createCore({ store, clock, newId, digest, policy: { ...testPolicy, ...fixedPolicy }, erasure });
  const caller = { organizationId, id: 'agent-1', name: 'Ada Agent' };
  if (kept.organizationId === undefined) {
    await sql`insert into organizations (id, slug, name, locale) values (${organizationId}, 'acme', 'Acme Ltd', 'en')`;
  }

  async function contactNamed(number: string): Promise<string> {
    const phone = parsePhoneNumber(number);
    if (!phone) throw new Error(`${number} is no number`);
    const created = await core.createContact(caller, { phone, name: 'Clara Client', locale: null });
    if (created.refusal) throw new Error(JSON.stringify(created.refusal));
    return created.contactId;
  }

  return {
    database,
    sql,
    dataDir,
    masterKey,
    secrets,
    organizationId,
    log,
    signing,
    attestations,
    /** Notes that others were told of. */
    told,
    contactNamed,
    /** One transition, which waits for its position. */
    async record(contactId: string): Promise<void> {
      const evidence = { source: 'PAPER', reference: null, note: null };
      await core.recordConsent(caller, { contactId, evidence, at: null, idempotencyKey: null });
    },
    /** So many transitions of contacts in turn; they get their positions, and nobody signs them. */
    async write(contactIds: readonly string[], transitions: number): Promise<void> {
      for (let turn = 0; turn < transitions; turn += contactIds.length) {
        const some = contactIds.slice(0, transitions - turn);
        await Promise.all(
          some.map(async (contactId) => {
            const round = Math.floor(turn / contactIds.length);
            const evidence = { source: 'PAPER', reference: `form ${round}`, note: null };
            const input = { contactId, evidence, at: null, idempotencyKey: null };
            const outcome =
              round % 2 === 0 ? await core.recordConsent(caller, input) : await core.withdrawConsent(caller, input);
            if (outcome.refusal) throw new Error(JSON.stringify(outcome.refusal));
          }),
        );
      }
      while ((await sequencer.sequence(1_000)).more);
    },
    /** What somebody does who may all in the database, and has its guards step aside. */
    async untriggered(tamper: (admin: ISql) => Promise<unknown>): Promise<void> {
      await database.sql.begin(async (admin) => {
        await admin`set local session_replication_role = replica`;
        await tamper(admin);
      });
    },
    /** Erases as the server does, and gives the transition its position. */
    async erase(contactId: string): Promise<void> {
      await core.eraseContact(caller, { contactId });
      await sequencer.sequence(1_000);
    },
    /** What the whole log looks like to somebody who holds the key and the copies. */
    async verify(options: Partial<Parameters<typeof verifyLog>[0]> = {}) {
      const findings: Finding[] = [];
      const found = (finding: Finding): void => void findings.push(finding);
      const copies = notesIn(
        await readFile(join(checkpointsIn(dataDir), `${organizationId}.log`), 'utf8').catch(() => ''),
      );
      const verdict = await verifyLog({ log, organizationId, key: null, contactKeys, copies, found, ...options });
      return { verdict, findings, what: [...new Set(findings.map(({ what }) => what))] };
    },
  };
}

/** So many contacts, in the order of their ids. */
export async function contactsOf({ contactNamed }: AttestedLog, count: number): Promise<string[]> {
  const numbers = Array.from({ length: count }, (_, at) => `+1650253${1_000 + at}`);
  return (await Promise.all(numbers.map(contactNamed))).sort();
}

export type AttestedLog = Awaited<ReturnType<typeof attestedOn>>;

/** A database of its own with one organization in it. */
export async function attestedLog(atEnd: AtEnd): Promise<AttestedLog> {
  const database = await createTestDatabase();
  atEnd(database.close);
  return attestedOn(database, atEnd);
}

async function temporary(atEnd: AtEnd): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'assent-test-'));
  atEnd(() => rm(path, { recursive: true, force: true }));
  return path;
}
