import { randomBytes } from 'node:crypto';
import type { ISql } from 'postgres';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Finding } from '../../src/attestation/finding.js';
import { createLogKeys } from '../../src/attestation/log-keys.js';
import { emptyLeaf } from '../../src/attestation/log-tree.js';
import { originOf } from '../../src/attestation/origin.js';
import { signCheckpoint } from '../../src/attestation/sign-statements.js';
import type { Hash } from '../../src/attestation/verifier/encoding.js';
import { parseVerifierKey } from '../../src/attestation/verifier/note.js';
import { emptyFrontier, grow, rootOf } from '../../src/attestation/verifier/tree.js';
import { keysFor } from '../../src/notary.js';
import { attestedLog, attestedOn, contactsOf, type AttestedLog } from '../support/attested-log.js';

const CONTACTS = 6;
const SIGNED = 600;

/** A log of 600 transitions, signed a hundred at a time; two tiles are full. */
async function signedLog() {
  const scene = await attestedLog(onTestFinished);
  const ids = await contactsOf(scene, CONTACTS);
  for (let size = 0; size < SIGNED; size += 100) {
    await scene.write(ids, 100);
    await scene.signing.step(scene.organizationId);
  }
  const leaves = await leavesOf(scene);
  const key = parseVerifierKey((await scene.signing.key(scene.organizationId)) ?? '');
  return { ...scene, ids, leaves, key };
}

type Signed = Awaited<ReturnType<typeof signedLog>>;

async function leavesOf({ sql }: Pick<AttestedLog, 'sql'>): Promise<readonly Hash[]> {
  const rows = await sql<{ hash: Uint8Array | null }[]>`select leaf_hash as hash from feed order by position`;
  return rows.map(({ hash }) => hash ?? emptyLeaf);
}

const rootOfAll = (leaves: readonly Hash[]): string => Buffer.from(rootOf(grow(emptyFrontier, leaves))).toString('hex');

/** Notes that were signed since are of logs that begin with what was signed before. */
async function expectNothingSignedOver(scene: Signed, signedBefore: number): Promise<void> {
  const rows = await scene.sql<{ size: number; root: string; added: string[] }[]>`
    select c.size::int as size, encode(c.root, 'hex') as root,
      array(select encode(leaf_hash, 'hex') from feed f where f.organization_id = c.organization_id
        and f.position > ${SIGNED} and f.position <= c.size order by f.position)::text[] as added
    from checkpoints c where c.size > ${SIGNED}`;
  for (const { size, root, added } of rows) {
    const leaves = [...scene.leaves, ...added.map((hash) => Buffer.from(hash, 'hex'))];
    expect({ size, root }).toEqual({ size: leaves.length, root: rootOfAll(leaves) });
  }
  expect(scene.told.length - signedBefore).toBe(rows.length);
}

type Drill = {
  readonly tamper: (admin: ISql, scene: Signed) => Promise<unknown>;
  /** What the publisher does when more is written: it refuses, or signs what it had signed before with what is new. */
  readonly publisher: string;
  /** What a whole reading finds, with the key and the copies that somebody else kept. */
  readonly found: readonly Finding['what'][];
};

const drills: Readonly<Record<string, Drill>> = {
  'an entry is edited': {
    tamper: (admin) => admin`
      update consent_events e set entry = convert_to(replace(convert_from(entry, 'UTF8'), 'PAPER', 'OTHER') || ' ', 'UTF8')
      from feed f where f.contact_id = e.contact_id and f.version = e.version and f.position = 100`,
    publisher: 'SIGNED',
    found: ['HASH', 'ROOT', 'TILE', 'ENTRY'],
  },
  'an entry is edited, with its hash in the feed': {
    tamper: async (admin) => {
      await admin`
        update consent_events e set entry = convert_to(replace(convert_from(entry, 'UTF8'), '"AGENT"', '"CONTACT"'), 'UTF8')
        from feed f where f.contact_id = e.contact_id and f.version = e.version and f.position = 100`;
      await admin`
        update feed f set leaf_hash = sha256('\\x00'::bytea || e.entry) from consent_events e
        where f.contact_id = e.contact_id and f.version = e.version and f.position = 100`;
    },
    publisher: 'SIGNED',
    found: ['ROOT', 'TILE', 'CHAIN', 'EVENT'],
  },
  'an entry of the newest is edited, with its hash in the feed': {
    tamper: async (admin) => {
      await admin`
        update consent_events e set entry = convert_to(replace(convert_from(entry, 'UTF8'), '"AGENT"', '"CONTACT"'), 'UTF8')
        from feed f where f.contact_id = e.contact_id and f.version = e.version and f.position = 590`;
      await admin`
        update feed f set leaf_hash = sha256('\\x00'::bytea || e.entry) from consent_events e
        where f.contact_id = e.contact_id and f.version = e.version and f.position = 590`;
    },
    publisher: 'INCONSISTENT',
    found: ['ROOT', 'CHAIN', 'EVENT'],
  },
  'what the rest of the system reads of an event is edited': {
    tamper: (admin) =>
      admin`update consent_events set to_status = 'OPTED_IN' where to_status = 'OPTED_OUT' and version = 2`,
    publisher: 'SIGNED',
    found: ['TRANSITION'],
  },
  'what an event says is edited, and what it says of itself is left': {
    tamper: (admin) => admin`
      update consent_events set data = jsonb_set(data, '{evidence,source}', '"WEB_FORM"') where version = 3`,
    publisher: 'SIGNED',
    found: ['EVENT'],
  },
  'an agent is put in the place of the one who did it': {
    tamper: (admin) => admin`update consent_events set data = jsonb_set(data, '{by}', '"Eve"') where version = 3`,
    publisher: 'SIGNED',
    found: ['EVENT'],
  },
  'an event is emptied, as if it were erased': {
    tamper: (admin, { ids }) =>
      admin`update consent_events set data = '{}' where contact_id = ${ids[5] ?? ''} and version = 3`,
    publisher: 'SIGNED',
    found: ['EVENT'],
  },
  'the times of an event are edited': {
    tamper: async (admin, { ids }) => {
      const [one, other] = ids;
      await admin`
        update consent_events set recorded_at = recorded_at - interval '1 day'
        where contact_id = ${one ?? ''} and version = 3`;
      await admin`
        update consent_events set data = jsonb_set(data, '{at}', '"2020-02-02T02:02:02.000Z"')
        where contact_id = ${other ?? ''} and version = 3`;
    },
    publisher: 'SIGNED',
    found: ['EVENT'],
  },
  'the ids of events are exchanged': {
    tamper: async (admin, { ids }) => {
      const [contact] = ids;
      await admin`update consent_events set id = gen_random_uuid() where contact_id = ${contact ?? ''} and version = 3`;
    },
    publisher: 'SIGNED',
    found: ['TRANSITION'],
  },
  'a disclosure is edited': {
    tamper: (admin) => admin`
      update consent_events set sealed = overlay(sealed placing '\x0badc0de'::bytea from 40) where version = 3`,
    publisher: 'SIGNED',
    found: ['DISCLOSURE'],
  },
  'a disclosure is deleted': {
    tamper: (admin) => admin`update consent_events set sealed = null where version = 3`,
    publisher: 'SIGNED',
    found: ['DISCLOSURE'],
  },
  'the key of a contact is taken away': {
    tamper: (admin, { ids }) => admin`update contacts set log_key = null where id = ${ids[5] ?? ''}`,
    publisher: 'SIGNED',
    found: ['DISCLOSURE'],
  },
  'the status of a contact is edited': {
    tamper: (admin, { ids }) => admin`
      update contacts set status = case status when 'OPTED_IN' then 'OPTED_OUT' else 'OPTED_IN' end
      where id = ${ids[5] ?? ''}`,
    publisher: 'SIGNED',
    found: ['STATUS'],
  },
  'an event is deleted': {
    tamper: (admin, { ids }) => admin`delete from consent_events where contact_id = ${ids[5] ?? ''} and version = 7`,
    publisher: 'SIGNED',
    found: ['ENTRY', 'ROOT', 'TILE', 'CHAIN', 'TRANSITION'],
  },
  'an event is deleted with its place in the feed': {
    tamper: async (admin, { ids }) => {
      await admin`delete from feed where contact_id = ${ids[5] ?? ''} and version = 95`;
      await admin`delete from consent_events where contact_id = ${ids[5] ?? ''} and version = 95`;
    },
    publisher: 'INCONSISTENT',
    found: ['POSITION', 'SIZE', 'CHAIN', 'TRANSITION'],
  },
  'an event is inserted at the end, with an entry and a hash': {
    tamper: async (admin, { ids, organizationId }) => {
      const contact = ids[5] ?? '';
      await admin`
        insert into consent_events (organization_id, contact_id, version, id, type, data, occurred_at, recorded_at,
          contact_version, from_status, to_status, cause, entry)
        select organization_id, contact_id, version + 1, gen_random_uuid(), type, data, occurred_at, recorded_at,
          contact_version + 1, from_status, to_status, cause, entry
        from consent_events where contact_id = ${contact} order by version desc limit 1`;
      await admin`
        insert into feed (organization_id, position, contact_id, version, to_status, leaf_hash)
        select organization_id, ${SIGNED + 1}, contact_id, version, to_status, sha256('\\x00'::bytea || entry)
        from consent_events where contact_id = ${contact} order by version desc limit 1`;
      await admin`update feed_heads set position = position + 1 where organization_id = ${organizationId}`;
    },
    publisher: 'LEAF',
    found: ['CHAIN', 'TRANSITION', 'DISCLOSURE'],
  },
  'an event is inserted in the middle, and what follows moved on': {
    tamper: async (admin, { organizationId, ids }) => {
      await admin`update feed set position = -position where position > 300`;
      await admin`
        insert into feed (organization_id, position, contact_id, version, to_status, leaf_hash)
        values (${organizationId}, 301, ${ids[0] ?? ''}, 10001, 'OPTED_IN', sha256('x'))`;
      await admin`update feed set position = 1 - position where position < 0`;
      await admin`update feed_heads set position = position + 1 where organization_id = ${organizationId}`;
    },
    publisher: 'INCONSISTENT',
    found: ['ENTRY', 'ROOT', 'TILE'],
  },
  'two events change places': {
    tamper: async (admin) => {
      await admin`update feed set position = -position where position in (10, 11)`;
      await admin`update feed set position = 21 + position where position < 0`;
    },
    publisher: 'SIGNED',
    found: ['ROOT', 'TILE'],
  },
  'the end of the log is cut off': {
    tamper: async (admin, { organizationId }) => {
      await admin`delete from consent_events e using feed f
        where f.contact_id = e.contact_id and f.version = e.version and f.position > 500`;
      await admin`delete from feed where position > 500`;
      await admin`delete from checkpoints where size > 500`;
      await admin`update feed_heads set position = 500 where organization_id = ${organizationId}`;
    },
    publisher: 'AHEAD',
    found: ['SIZE', 'CHAIN', 'CHECKPOINT'],
  },
  'the end of the feed is cut off, and its checkpoints stay': {
    tamper: async (admin, { organizationId }) => {
      await admin`delete from feed where position > 500`;
      await admin`update feed_heads set position = 500 where organization_id = ${organizationId}`;
    },
    publisher: 'SMALLER',
    found: ['SIZE', 'TRANSITION'],
  },
  'the key is replaced, by somebody who has the key of secrets': {
    tamper: async (admin, { organizationId, secrets }) => {
      const own = createLogKeys({ seeds: keysFor(secrets, 'log_seed'), randomBytes });
      const { verifierKey, seed } = own.first(organizationId, originOf(organizationId), new Date());
      await admin`update log_keys set verifier_key = ${verifierKey}, seed = ${seed}`;
    },
    publisher: 'KEY',
    found: ['KEY', 'COPY', 'CHECKPOINT'],
  },
  'the key is replaced, and all checkpoints signed with it': {
    tamper: async (admin, { organizationId, secrets, log }) => {
      const own = createLogKeys({ seeds: keysFor(secrets, 'log_seed'), randomBytes });
      const key = own.first(organizationId, originOf(organizationId), new Date());
      const signer = own.signer(organizationId, originOf(organizationId), [key]);
      await admin`update log_keys set verifier_key = ${key.verifierKey}, seed = ${key.seed}`;
      for (const { size, root } of await log.of(organizationId).checkpointsAfter(-1, 100)) {
        await admin`update checkpoints set note = ${signer ? signCheckpoint(signer, { size, root }) : ''} where size = ${size}`;
      }
    },
    publisher: 'KEY',
    found: ['KEY', 'COPY', 'CHECKPOINT'],
  },
  'an old checkpoint takes the place of the newest': {
    tamper: (admin) => admin`delete from checkpoints where size > 300`,
    publisher: 'AHEAD',
    found: ['CHECKPOINT'],
  },
  'the words of an old checkpoint stand for the newest': {
    tamper: (admin) => admin`
      update checkpoints set note = (select note from checkpoints where size = 300) where size = ${SIGNED}`,
    publisher: 'KEY',
    found: ['CHECKPOINT', 'ROOT'],
  },
  'a tile is edited': {
    tamper: (admin) => admin`update log_tiles set hash = sha256('x') where index = 0`,
    publisher: 'SIGNED',
    found: ['TILE'],
  },
};

describe('somebody who may all in the database', () => {
  it.for(Object.entries(drills))('is found out when %s', async ([, drill], { annotate }) => {
    const scene = await signedLog();
    const signedBefore = scene.told.length;
    await scene.untriggered((admin) => drill.tamper(admin, scene));

    const begun = performance.now();
    const { what } = await scene.verify({ key: scene.key });
    const took = performance.now() - begun;
    await scene.write(scene.ids.slice(0, 3), 3);
    const signing = await scene.signing.step(scene.organizationId);

    expect({ what: what.toSorted(), publisher: 'reason' in signing ? signing.reason : signing.outcome }).toEqual({
      what: drill.found.toSorted(),
      publisher: drill.publisher,
    });
    await expectNothingSignedOver(scene, signedBefore);
    await annotate(`the log of ${SIGNED} was read again in ${Math.round(took)} ms`);
  });
});

describe('a database that is set back to a backup', () => {
  it('is found out at once, and again after more was written', async () => {
    const scene = await signedLog();
    const { database, dataDir, masterKey, organizationId, ids, key } = scene;
    const backup = await database.copy();
    onTestFinished(backup.close);
    await scene.write(ids, 50);
    await scene.signing.catchUp(organizationId);

    const restored = await attestedOn(backup, onTestFinished, { dataDir, masterKey, organizationId });
    expect(await restored.signing.step(organizationId)).toMatchObject({ outcome: 'REFUSED', reason: 'AHEAD' });
    expect((await restored.verify({ key })).what.toSorted()).toEqual(['CHECKPOINT', 'SIZE']);
    await restored.write(ids, 70);
    expect(await restored.signing.step(organizationId)).toMatchObject({ outcome: 'REFUSED', reason: 'AHEAD' });
    expect((await restored.verify({ key })).what.toSorted()).toEqual(['CHECKPOINT', 'ROOT']);
    expect(restored.told).toEqual([]);
  });
});

describe('what is kept beside the entries', () => {
  it.each([
    ['a disclosure', 'update consent_events set sealed = overlay(sealed placing $1 from 40)'],
    [
      "another's disclosure",
      'update consent_events d set sealed = o.sealed from consent_events o where o.contact_id <> d.contact_id and $1::bytea is not null',
    ],
    ['the key of the contact', 'update contacts set log_key = overlay(log_key placing $1 from 40)'],
  ])('is found out to be changed when it is disclosed: %s', async (_, statement) => {
    const scene = await attestedLog(onTestFinished);
    const ids = await contactsOf(scene, 2);
    await scene.write(ids, 4);
    await scene.untriggered((admin) => admin.unsafe(statement, [Buffer.from('tampered')]));
    const attested = await scene.attestations.attest(scene.organizationId, ids[0] ?? '');
    expect(attested).toMatchObject({ outcome: 'NOT_TRUE' });
  });
});
