import { describe, expect, it, onTestFinished } from 'vitest';
import { verifyBundle } from '../../src/attestation/verifier/verify-bundle.js';
import { attestedLog, contactsOf, type AttestedLog } from '../support/attested-log.js';
import { secondVerdict } from '../support/second-verifier.js';

async function attested(scene: AttestedLog, contactId: string) {
  const attestation = await scene.attestations.attest(scene.organizationId, contactId);
  if (attestation?.outcome !== 'ATTESTED') throw new Error(JSON.stringify(attestation));
  return attestation;
}

const checksOf = (bundle: string, key: string) =>
  Object.fromEntries(verifyBundle(Buffer.from(bundle), key).checks.map(({ name, verdict }) => [name, verdict]));

describe('an attestation', () => {
  it('is written from tiles and few leaves, signs what is not signed yet, and both verifiers take it', async () => {
    const scene = await attestedLog(onTestFinished);
    const ids = await contactsOf(scene, 30);
    await scene.write(ids, 900);
    const { bundle, publicKey, size, entries } = await attested(scene, ids[7] ?? '');

    expect({ size, entries }).toEqual({ size: 900, entries: 30 });
    const verdict = verifyBundle(Buffer.from(bundle), publicKey);
    expect(verdict).toMatchObject({ outcome: 'TRUE', head: { entries: 30, checkpoint: { size: 900 } } });
    expect(verdict.checks.every(({ verdict: one }) => one === 'PASSED')).toBe(true);
    expect(await secondVerdict(bundle, publicKey)).toEqual({ code: 0, failed: [] });
    expect(JSON.parse(bundle).readable).toMatchObject({ language: 'en' });
    expect(says(bundle, 'Clara Client')).toBe(true);
  });

  it('has nothing of who it was once the contact is erased, and proves the same', async () => {
    const scene = await attestedLog(onTestFinished);
    const [contactId = ''] = await contactsOf(scene, 1);
    await scene.write([contactId], 3);
    const before = await attested(scene, contactId);
    await scene.erase(contactId);
    const { bundle, publicKey, entries } = await attested(scene, contactId);

    expect(entries).toBe(4);
    expect(checksOf(bundle, publicKey)).toMatchObject({
      undisclosed: 'NOT_PROVEN',
      disclosures: 'PASSED',
      inclusion: 'PASSED',
    });
    expect(await secondVerdict(bundle, publicKey)).toEqual({ code: 0, failed: [] });
    for (const word of ['Clara', '6502531000', 'Ada Agent', 'PAPER']) {
      expect([word, says(before.bundle, word), says(bundle, word)]).toEqual([word, true, false]);
    }
    expect(verifyBundle(Buffer.from(before.bundle), publicKey).outcome).toBe('TRUE');
  });

  it('is signed by the key of today and can be checked with any key before', async () => {
    const scene = await attestedLog(onTestFinished);
    const { signing, organizationId } = scene;
    const [contactId = ''] = await contactsOf(scene, 1);
    await scene.write([contactId], 3);
    const first = (await signing.key(organizationId)) ?? '';
    await signing.catchUp(organizationId);
    await signing.rotate(organizationId);
    await signing.rotate(organizationId);
    const { bundle, publicKey } = await attested(scene, contactId);

    expect(publicKey).not.toBe(first);
    for (const key of [publicKey, first]) {
      expect(verifyBundle(Buffer.from(bundle), key).outcome).toBe('TRUE');
      expect((await secondVerdict(bundle, key)).code).toBe(0);
    }
  });

  it('is not there for a contact that is not, or of whom nothing is recorded', async () => {
    const scene = await attestedLog(onTestFinished);
    const [contactId = ''] = await contactsOf(scene, 1);
    expect(await scene.attestations.attest(scene.organizationId, contactId)).toBeNull();
    expect(await scene.attestations.attest(scene.organizationId, scene.organizationId)).toBeNull();
  });

  it.each([
    ['an entry was changed', 'update consent_events set entry = entry || $1 where version = 2'],
    ['the last entry was changed', 'update consent_events set entry = entry || $1 where version = 3'],
    ['an entry is gone', 'delete from consent_events where version = 2 and $1::bytea is not null'],
    ['the hash of another entry was changed', 'update feed set leaf_hash = sha256($1) where version = 1'],
    ['the checkpoint was changed', 'update checkpoints set root = sha256($1)'],
  ])('is refused where %s', async (_, statement) => {
    const scene = await attestedLog(onTestFinished);
    const [contactId = '', other = ''] = await contactsOf(scene, 2);
    await scene.write([other], 1);
    await scene.write([contactId], 3);
    await scene.signing.catchUp(scene.organizationId);
    await scene.untriggered((admin) => admin.unsafe(statement, [Buffer.from(' ')]));
    expect(await scene.attestations.attest(scene.organizationId, contactId)).toMatchObject({ outcome: 'NOT_TRUE' });
  });
});

/** Whether a word can be found in a bundle, disclosed or not. */
function says(bundle: string, word: string): boolean {
  const { disclosures } = JSON.parse(bundle) as { disclosures: string[] };
  const disclosed = disclosures.map((one) => Buffer.from(one, 'base64url'));
  return [bundle, ...disclosed].some((text) => text.includes(word));
}
