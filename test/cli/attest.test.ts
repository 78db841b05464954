import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { consistencySubtrees } from '../../src/attestation/prove.js';
import { signCheckpoint } from '../../src/attestation/sign-statements.js';
import { histories } from '../support/attestation-histories.js';
import { bundleOf, fillerLeaf, hashesOf, headOf, signerOf } from '../support/attestation-scene.js';
import { assent } from '../support/command-line.js';

const { file, key, signer } = bundleOf('accepted', histories['accepted'] ?? []);
const leaves = Array.from({ length: 9 }, (_, index) => fillerLeaf(index));
const checkpointOf = (size: number, by = signer): string => signCheckpoint(by, headOf(leaves.slice(0, size)));
const proof = hashesOf(leaves, consistencySubtrees(6, 9)).map((hash) => Buffer.from(hash).toString('base64'));

const files: Readonly<Record<string, string>> = {
  bundle: file,
  lie: file.replace('"attempt":1', '"attempt":2'),
  key: `${key}\n`,
  six: checkpointOf(6),
  nine: checkpointOf(9),
  other: signCheckpoint(signer, headOf(leaves.slice(1, 7))),
  foreign: checkpointOf(9, signerOf('stranger')),
  proof: `${proof.join('\n')}\n`,
};

let folder = '';
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attest-'));
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(at(name), text)));
});

const verify = (name: string, ...more: readonly string[]) =>
  assent({}, 'attest', 'verify', at(name), '--key', at('key'), ...more);

describe('assent attest verify', () => {
  it('exits with 0 and says check by check what holds', async () => {
    const { code, out, err } = await verify('bundle');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/PASSED {6}inclusion/);
    expect(out).toContain('The attestation is true.');
  });

  it('exits with 1 for a lie', async () => {
    const { code, out } = await verify('lie');
    expect(code).toBe(1);
    expect(out).toMatch(/FAILED {6}chain/);
    expect(out).toContain('The attestation is FALSE.');
  });

  it('exits with 2 for what it can not use, or find', async () => {
    expect(await verify('key')).toMatchObject({ code: 2, out: expect.stringContaining('can not be used') });
    expect(await verify('nowhere')).toMatchObject({ code: 2, err: expect.stringContaining('ENOENT') });
    expect(await assent({}, 'attest', 'verify', at('bundle'), '--key', at('bundle'))).toMatchObject({ code: 2 });
    expect(await assent({}, 'attest', 'verify', at('bundle'))).toMatchObject({ code: 2 });
  });

  it('prints JSON for programs', async () => {
    const { code, out } = await verify('bundle', '--json');
    const { outcome, ok, checks, asOf } = JSON.parse(out);
    expect({ code, outcome, ok }).toEqual({ code: 0, outcome: 'TRUE', ok: true });
    expect(checks).toContainEqual({ name: 'chain', verdict: 'PASSED', detail: expect.any(String) });
    expect(asOf).toMatchObject({ origin: signer.key.name });
  });

  it('needs no settings', async () => {
    expect((await assent({ PORT: 'nonsense' }, 'attest', 'verify', at('bundle'), '--key', at('key'))).code).toBe(0);
  });
});

describe('assent attest consistency', () => {
  const compare = (older: string, newer: string, ...more: readonly string[]) =>
    assent({}, 'attest', 'consistency', at(older), at(newer), '--key', at('key'), ...more);

  it('says yes with a proof, and for the same tree', async () => {
    expect(await compare('six', 'nine', '--proof', at('proof'))).toMatchObject({ code: 0 });
    expect(await compare('six', 'six')).toMatchObject({ code: 0 });
  });

  it('says no for a log that shrank or was written anew', async () => {
    expect(await compare('nine', 'six')).toMatchObject({ code: 1 });
    expect(await compare('six', 'other')).toMatchObject({ code: 1 });
    expect(await compare('other', 'nine', '--proof', at('proof'))).toMatchObject({ code: 1 });
  });

  it('can not say without a proof, or of what the log did not sign', async () => {
    expect(await compare('six', 'nine')).toMatchObject({ code: 2, out: expect.stringContaining('need a proof') });
    expect(await compare('six', 'foreign', '--proof', at('proof'))).toMatchObject({ code: 2 });
    expect(await compare('six', 'nine', '--proof', at('key'))).toMatchObject({ code: 2 });
  });
});
