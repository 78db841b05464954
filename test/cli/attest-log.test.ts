import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkpointsIn } from '../../src/attesting.js';
import { notesIn } from '../../src/attestation/checkpoint-file.js';
import { parseVerifierKey } from '../../src/attestation/verifier/note.js';
import { verifyBundle } from '../../src/attestation/verifier/verify-bundle.js';
import { attestedLog, contactsOf, type AttestedLog } from '../support/attested-log.js';
import { assent } from '../support/command-line.js';

const tasks: (() => Promise<void>)[] = [];
let scene: AttestedLog;
let contacts: string[];
let env: Record<string, string>;

beforeAll(async () => {
  scene = await attestedLog((task) => void tasks.push(task));
  contacts = await contactsOf(scene, 3);
  const { database, dataDir, masterKey } = scene;
  env = { DATABASE_URL: database.url, DATA_DIR: dataDir, ENCRYPTION_KEY: Buffer.from(masterKey).toString('base64') };
});
afterAll(async () => {
  for (const task of tasks.reverse()) await task();
});

const run = (...args: string[]) => assent(env, 'attest', ...args);

async function file(name: string, text: string): Promise<string> {
  const path = join(scene.dataDir, name);
  await writeFile(path, text);
  return path;
}

/** The copies of checkpoints, the oldest first. */
async function copies(): Promise<readonly string[]> {
  const text = await readFile(join(checkpointsIn(scene.dataDir), `${scene.organizationId}.log`), 'utf8');
  return notesIn(text).filter((note) => note.startsWith('assent/'));
}

describe('assent attest, without a server', () => {
  it('prints the key of a log, the same each time', async () => {
    const { code, out } = await run('key', '--org', 'acme');
    expect([code, parseVerifierKey(out)?.name]).toEqual([0, `assent/${scene.organizationId}`]);
    expect((await run('key', '--org', 'acme', '--json')).out).toBe(JSON.stringify({ organization: 'acme', key: out }));
    expect(await run('key', '--org', 'nobody')).toMatchObject({
      code: 2,
      err: 'assent: There is no organization "nobody".',
    });
  });

  it('exports what no server has given a place or signed yet', async () => {
    await scene.record(contacts[0] ?? '');
    const { code, out, err } = await run('export', '--org', 'acme', '--contact', contacts[0] ?? '');
    expect([code, err]).toEqual([0, '']);
    expect(verifyBundle(Buffer.from(out), (await run('key', '--org', 'acme')).out).outcome).toBe('TRUE');
    expect(await run('export', '--org', 'acme', '--contact', contacts[1] ?? '')).toMatchObject({ code: 1, out: '' });
    expect(await run('export', '--org', 'acme', '--contact', 'nobody')).toMatchObject({ code: 1, out: '' });
  });

  it('reads the whole log, against a key and copies that were kept elsewhere', async () => {
    await scene.write(contacts.slice(1), 30);
    await scene.signing.catchUp(scene.organizationId);
    const key = await file('key', (await run('key', '--org', 'acme')).out);
    const { code, out } = await run('verify-log', '--org', 'acme', '--key', key);
    expect(code).toBe(0);
    expect(out).toContain('Read 31 transitions against 2 checkpoints and 2 copies of such');
    expect(out.split('\n').at(-1)).toBe('The log is what was signed.');
    const kept = await file('kept', (await copies()).slice(0, 1).join(''));
    const told = await run('verify-log', '--org', 'acme', '--checkpoints', kept, '--json');
    expect(JSON.parse(told.out)).toMatchObject({ ok: true, copies: 1, keyIsKnown: false, found: [] });
    expect(await run('verify-log', '--org', 'acme', '--key', kept)).toMatchObject({ code: 2 });
    expect(await run('verify-log', '--org', 'acme', '--checkpoints', '/nowhere')).toMatchObject({ code: 2 });
  });

  it('compares two checkpoints with a proof that it makes', async () => {
    const [first = '', second = ''] = await copies();
    const [older, newer] = [await file('older', first), await file('newer', second)];
    const compared = await run('consistency', older, newer, '--org', 'acme', '--json');
    expect({ code: compared.code, ...JSON.parse(compared.out) }).toMatchObject({ code: 0, outcome: 'TRUE' });
    const key = await file('key', (await run('key', '--org', 'acme')).out);
    const proof = await file('proof', JSON.parse(compared.out).proof.join('\n'));
    expect((await run('consistency', older, newer, '--key', key, '--proof', proof)).code).toBe(0);
    expect((await run('consistency', newer, older, '--org', 'acme')).code).toBe(1);
    expect(await run('consistency', older, newer)).toMatchObject({ code: 2, err: 'assent: Give --key, or --org.' });
  });

  it('changes the key, and says so in the trail of what was done', async () => {
    const before = (await run('key', '--org', 'acme')).out;
    const { code, out } = await run('rotate-key', '--org', 'acme');
    expect([code, out.split('\n')[0]]).toEqual([0, (await run('key', '--org', 'acme')).out]);
    expect(out).toContain(before);
    expect((await assent(env, 'audit', '--org', 'acme')).out).toContain('attest.rotate-key');
    const key = await file('key', before);
    expect((await run('verify-log', '--org', 'acme', '--key', key)).code).toBe(0);
  });

  it('says what it found, and where, when something was changed', async () => {
    await scene.untriggered(
      (admin) =>
        admin`update consent_events set entry = entry || ' ' where version = 2 and contact_id = ${contacts[2] ?? ''}`,
    );
    const { code, out } = await run('verify-log', '--org', 'acme');
    expect(code).toBe(1);
    expect(out).toMatch(/^HASH {8}position \d+: The feed has another hash than the entry\.$/m);
    expect(out).toContain(`contact ${contacts[2]}, entry 2`);
    expect(await run('export', '--org', 'acme', '--contact', contacts[2] ?? '')).toMatchObject({ code: 1, out: '' });
  });
});
