import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { checkpointsIn } from '../../src/attesting.js';
import { signCheckpoint } from '../../src/attestation/sign-statements.js';
import { createSigner } from '../../src/attestation/signer.js';
import { startPublisher } from '../../src/attestation/publisher.js';
import { originOf } from '../../src/attestation/origin.js';
import { openNote, parseVerifierKey } from '../../src/attestation/verifier/note.js';
import { parseCheckpoint } from '../../src/attestation/verifier/statements.js';
import { attestedLog, attestedOn, contactsOf, type AttestedLog } from '../support/attested-log.js';
import { recordingLog } from '../support/channel-fakes.js';
import { patience } from '../support/patience.js';

async function writtenLog(contacts: number, transitions: number): Promise<AttestedLog & { readonly ids: string[] }> {
  const scene = await attestedLog(onTestFinished);
  const ids = await contactsOf(scene, contacts);
  await scene.write(ids, transitions);
  return { ...scene, ids };
}

/** The same log as another server sees it. */
function elsewhere(scene: AttestedLog, dataDir = scene.dataDir): Promise<AttestedLog> {
  const { database, masterKey, organizationId } = scene;
  return attestedOn(database, onTestFinished, { masterKey, organizationId, dataDir });
}

const publisherOf = ({ log, signing }: AttestedLog) => {
  const logger = recordingLog();
  const reports = { signed: vi.fn(), refused: vi.fn() };
  const publisher = startPublisher({ log, signing, reports, logger });
  onTestFinished(publisher.stop);
  return { publisher, reports, logger };
};

describe('signing a log', () => {
  it('follows the feed, a checkpoint at a time', async () => {
    const { signing, organizationId, ids, write, verify, told } = await writtenLog(2, 5);
    expect(await signing.step(organizationId)).toMatchObject({
      outcome: 'SIGNED',
      more: false,
      checkpoint: { size: 5 },
    });
    expect(await signing.step(organizationId)).toEqual({ outcome: 'SAME' });
    await write(ids, 2);
    expect(await signing.step(organizationId)).toMatchObject({ outcome: 'SIGNED', checkpoint: { size: 7 } });

    expect(told).toHaveLength(2);
    expect(await verify()).toMatchObject({
      findings: [],
      verdict: { ok: true, transitions: 7, unsigned: 0, checkpoints: 2, copies: 2, contacts: 2, entries: 7 },
    });
  });

  it('signs nothing where nothing was recorded', async () => {
    const { signing, organizationId, told } = await attestedLog(onTestFinished);
    expect(await signing.step(organizationId)).toEqual({ outcome: 'SAME' });
    expect(told).toEqual([]);
  });

  it('goes on from tiles after a restart, on any server, and catches up in steps', async () => {
    const scene = await writtenLog(40, 700);
    const { signing, organizationId, ids, write, verify, sql } = scene;
    await signing.catchUp(organizationId);
    await write(ids, 1_100);
    const other = await elsewhere(scene);
    expect(await other.signing.step(organizationId)).toMatchObject({ outcome: 'SIGNED', more: true });
    expect(await signing.step(organizationId)).toMatchObject({
      outcome: 'SIGNED',
      more: false,
      checkpoint: { size: 1_800 },
    });
    const [tiles] = await sql`select count(*)::int as count from log_tiles`;
    expect(tiles?.['count']).toBe(7);
    expect(await verify()).toMatchObject({ findings: [], verdict: { transitions: 1_800, checkpoints: 3, copies: 3 } });
  });

  it('is done by one at a time', async () => {
    const scene = await writtenLog(1, 3);
    const { signing, organizationId, log } = scene;
    const other = await elsewhere(scene);
    const during = await log.hold(organizationId, { wait: true }, () => other.signing.step(organizationId));
    expect(during).toEqual({ outcome: 'BUSY' });
    const all = await Promise.all(
      [1, 2, 3, 4].map((turn) => (turn % 2 ? signing : other.signing).catchUp(organizationId)),
    );
    expect(all.filter(({ outcome }) => outcome === 'SIGNED')).toHaveLength(1);
  });

  it('copies what another server committed and did not come to copy', async () => {
    const scene = await writtenLog(1, 2);
    const { organizationId, ids, write, dataDir } = scene;
    const lost = await elsewhere(scene, join(dataDir, 'lost'));
    await lost.signing.step(organizationId);
    await write(ids, 1);
    await scene.signing.step(organizationId);
    expect((await scene.verify()).verdict).toMatchObject({ checkpoints: 2, copies: 2 });
  });

  it('has leaves without a byte for contacts that are older than the log', async () => {
    const { sql, organizationId, signing, ids, write, verify, untriggered } = await writtenLog(2, 4);
    await untriggered(async (admin) => {
      await admin`update consent_events set entry = null where contact_id = ${ids[0] ?? ''}`;
      await admin`update feed set leaf_hash = null where contact_id = ${ids[0] ?? ''}`;
      await admin`update contacts set log_name = null, log_hash = null, log_key = null where id = ${ids[0] ?? ''}`;
    });
    expect(await signing.step(organizationId)).toMatchObject({ outcome: 'SIGNED', checkpoint: { size: 4 } });
    await write(ids.slice(1), 1);
    expect(await signing.step(organizationId)).toMatchObject({ outcome: 'SIGNED', checkpoint: { size: 5 } });
    expect((await verify()).findings).toEqual([]);
    expect(await sql`select 1 from feed where leaf_hash is null`).toHaveLength(2);
  });
});

describe('the key of a log', () => {
  it('is made once, and signs with the origin of the log as its name', async () => {
    const scene = await attestedLog(onTestFinished);
    const other = await elsewhere(scene);
    const { organizationId, signing } = scene;
    const keys = await Promise.all([signing, other.signing, signing].map(({ key }) => key(organizationId)));
    expect(new Set(keys).size).toBe(1);
    expect(parseVerifierKey(keys[0] ?? '')?.name).toBe(originOf(organizationId));
  });

  it('can be replaced: both say so, the secret of the old one is gone, and the log goes on', async () => {
    const scene = await writtenLog(1, 3);
    const { organizationId, signing, sql, ids, write, told, verify } = scene;
    const before = parseVerifierKey((await signing.key(organizationId)) ?? '');
    await signing.catchUp(organizationId);
    const { verifierKey, rotation } = await signing.rotate(organizationId);
    const after = parseVerifierKey(verifierKey);
    expect(
      openNote(
        rotation,
        [before, after].flatMap((key) => key ?? []),
      ),
    ).toContain('\n3\n');
    expect(await sql`select 1 from log_keys where seed is not null`).toHaveLength(1);

    await write(ids, 1);
    const other = await elsewhere(scene);
    expect(await other.signing.step(organizationId)).toMatchObject({ outcome: 'SIGNED' });
    expect(parseCheckpoint(openNote(other.told.at(-1) ?? '', after ? [after] : []) ?? '')).toMatchObject({ size: 4 });
    expect(told.at(-1)).toBe(rotation);
    expect(await verify({ key: before })).toMatchObject({
      findings: [],
      verdict: { keyIsKnown: true, checkpoints: 2 },
    });
  });
});

describe('what is never signed over', () => {
  it('is a database that is behind the copies that were kept of checkpoints', async () => {
    const scene = await writtenLog(1, 3);
    const { organizationId, signing, dataDir, ids, write } = scene;
    await signing.step(organizationId);
    const key = createSigner(originOf(organizationId), new Uint8Array(32));
    const foreign = signCheckpoint(key, { size: 9, root: new Uint8Array(32) });
    await appendFile(join(checkpointsIn(dataDir), `${organizationId}.log`), foreign);
    await write(ids, 1);
    expect(await signing.step(organizationId)).toMatchObject({ outcome: 'REFUSED', reason: 'KEY' });
  });

  it.each([
    ['INCONSISTENT', "update log_tiles set hash = sha256('x')"],
    ['TILES', 'delete from log_tiles'],
  ])('is a log whose tiles were changed, by whoever starts from them: %s', async (reason, statement) => {
    const scene = await writtenLog(20, 300);
    const { organizationId, signing, ids, write, sql } = scene;
    await signing.step(organizationId);
    await sql.unsafe(statement);
    await write(ids, 1);
    const other = await elsewhere(scene);
    expect(await other.signing.step(organizationId)).toMatchObject({ outcome: 'REFUSED', reason });
  });

  it('is no reason to stop where the last copy was torn', async () => {
    const { organizationId, signing, dataDir, ids, write } = await writtenLog(1, 3);
    await signing.step(organizationId);
    await appendFile(join(checkpointsIn(dataDir), `${organizationId}.log`), 'assent/torn\n12');
    await write(ids, 1);
    expect(await signing.step(organizationId)).toMatchObject({ outcome: 'SIGNED' });
    await writeFile(join(checkpointsIn(dataDir), `${organizationId}.log`), '');
    await write(ids, 1);
    expect(await signing.step(organizationId)).toMatchObject({ outcome: 'SIGNED' });
  });
});

describe('the publisher', () => {
  it('signs at once what it is woken for, and by itself what nobody signs', async () => {
    const scene = await writtenLog(1, 2);
    const { publisher, reports } = publisherOf(scene);
    publisher.wake(scene.organizationId);
    await vi.waitFor(() => expect(reports.signed).toHaveBeenCalledTimes(1), patience);
    await scene.write(scene.ids, 1);
    await vi.waitFor(() => expect(reports.signed).toHaveBeenCalledTimes(2), { timeout: 30_000 });
    expect((await scene.log.of(scene.organizationId).newest())?.size).toBe(3);
  });

  it('tells of a log that must not be signed, and goes on with others', async () => {
    const scene = await writtenLog(1, 2);
    await scene.untriggered((admin) => admin`update feed set leaf_hash = sha256('x') where position = 2`);
    const { publisher, reports, logger } = publisherOf(scene);
    publisher.wake(scene.organizationId);
    await vi.waitFor(() => expect(reports.refused).toHaveBeenCalledWith('LEAF'), patience);
    expect(logger.lines.join()).toContain(scene.organizationId);
    expect(scene.told).toEqual([]);
  });
});
