import { describe, expect, it } from 'vitest';
import { assembleBundle } from '../../src/attestation/assemble-bundle.js';
import { inclusionSubtrees } from '../../src/attestation/prove.js';
import { signCheckpoint, signContactHead, signRotation } from '../../src/attestation/sign-statements.js';
import type { JsonObject } from '../../src/attestation/verifier/json.js';
import { verifyBundle } from '../../src/attestation/verifier/verify-bundle.js';
import { asked, histories, reply, word } from '../support/attestation-histories.js';
import { bundleOf, entriesOf, hashesOf, headOf, minute, placed, signerOf } from '../support/attestation-scene.js';

const withdrawn = [...(histories['accepted'] ?? []), word('ConsentWithdrawn', 9)];
const { file, key, signer, entries } = bundleOf('withdrawn', withdrawn);
const verify = (text: string, by = key) => verifyBundle(Buffer.from(text), by);
const notPassed = (text: string, by = key): readonly string[] =>
  verify(text, by).checks.flatMap(({ name, verdict }) => (verdict === 'PASSED' ? [] : [`${name} ${verdict}`]));

type File = {
  rotations: string[];
  checkpoint: string;
  head: string;
  entries: { seq: number; facts: Record<string, unknown>; more?: number }[];
  disclosures: string[];
  inclusion: { indexes: number[]; proof: string };
  artifacts: (string | { base64: string })[];
  readable: { transcript: string } | null;
};
/** Without the newest entry and what it discloses. */
const shorten = (copy: File): void => {
  copy.entries.pop();
  copy.inclusion.indexes.pop();
  copy.disclosures.splice(-(entries.at(-1)?.disclosures.length ?? 0));
};
const edited = (change: (file: File) => void, from = file): string => {
  const copy = JSON.parse(from) as File;
  change(copy);
  return JSON.stringify(copy);
};

describe('a bundle', () => {
  it.each(Object.entries(histories))('of the history "%s" is true', (name, steps) => {
    const bundle = bundleOf(name, steps);
    expect(verify(bundle.file, bundle.key)).toMatchObject({ outcome: 'TRUE', ok: true });
    expect(notPassed(bundle.file, bundle.key)).toEqual([]);
  });

  it('is true in whatever layout', () => {
    expect(notPassed(JSON.stringify(JSON.parse(file), null, 2))).toEqual([]);
  });

  it('says as of when it speaks', () => {
    expect(verify(file).head).toMatchObject({ entries: 4, at: minute(10_000).toISOString() });
  });

  it('of a contact whose events have no place in the feed is true', () => {
    const prompt = { event: { type: 'ContactPrompted', at: minute(1), promptId: 'prompt' } } as const;
    const bundle = bundleOf('prompted', [prompt]);
    expect(notPassed(bundle.file, bundle.key)).toEqual([]);
  });

  it('stays true without what its holder keeps to themselves, and says that this is not proven', () => {
    const bundle = bundleOf('withdrawn', withdrawn, { keep: (name) => name !== 'contact.phone' });
    const less = edited((copy) => {
      copy.artifacts = [];
      copy.readable = null;
    }, bundle.file);
    expect(verify(less)).toMatchObject({ outcome: 'TRUE' });
    expect(notPassed(less)).toEqual(['undisclosed NOT_PROVEN', 'missing NOT_PROVEN', 'readable NOT_PROVEN']);
    expect(verify(less).checks.find(({ name }) => name === 'undisclosed')?.detail).toContain('contact.phone (4)');
  });

  it('of an erased contact is true, with all that was personal committed and undisclosed', () => {
    const erased = bundleOf('everything', histories['everything'] ?? [], { keep: () => false });
    expect(notPassed(erased.file, erased.key)).toEqual(['undisclosed NOT_PROVEN']);
    expect(erased.file).not.toContain('Zoë');
  });
});

describe('a lie', () => {
  it('is found when the withdrawal is cut off', () => {
    expect(notPassed(edited(shorten))).toEqual(['head FAILED', 'inclusion FAILED']);
  });

  it('is found when an older head is used for it', () => {
    const accepted = bundleOf('withdrawn', withdrawn.slice(0, -1));
    const mixed = edited((copy) => {
      shorten(copy);
      copy.head = (JSON.parse(accepted.file) as File).head;
    });
    expect(verify(mixed)).toMatchObject({ outcome: 'FALSE' });
  });

  it('is found when an entry is left out of the middle, repeated or moved', () => {
    const without = edited((copy) => copy.entries.splice(1, 1));
    const twice = edited((copy) => copy.entries.splice(1, 0, ...copy.entries.slice(1, 2)));
    const moved = edited((copy) => copy.entries.splice(1, 2, ...copy.entries.slice(1, 3).reverse()));
    for (const text of [without, twice, moved]) expect(notPassed(text)).toContain('chain FAILED');
  });

  it('is found when words are put into a mouth, or another number', () => {
    const forged = Buffer.from('["1234567890123456789012","contact.phone","+12025550199"]').toString('base64url');
    const other = edited((copy) => copy.disclosures.splice(0, 1, forged));
    const again = edited((copy) => copy.disclosures.push(copy.disclosures[0] ?? ''));
    const elsewhere = edited((copy) =>
      copy.disclosures.push(bundleOf('other', withdrawn).entries[0]?.disclosures[0] ?? ''),
    );
    for (const text of [other, again, elsewhere]) expect(notPassed(text)).toContain('disclosures FAILED');
  });

  it('is found when an entry is changed, wherever', () => {
    const later = edited((copy) => (copy.entries[1] = { ...copy.entries[1], facts: {}, seq: 2 }));
    const more = edited((copy) => (copy.entries[1] = { facts: {}, seq: 2, ...copy.entries[1], more: 1 }));
    expect(notPassed(later)).toEqual(['chain FAILED']);
    expect(notPassed(more)).toContain('entries FAILED');
  });

  it('is found when bytes are changed, added or repeated', () => {
    const changed = edited((copy) => (copy.artifacts[0] = 'other'));
    const added = edited((copy) => copy.artifacts.push('test'));
    const twice = edited((copy) => copy.artifacts.push(copy.artifacts[0] ?? ''));
    expect(notPassed(changed)).toEqual(['artifacts FAILED', 'missing NOT_PROVEN']);
    for (const text of [added, twice]) expect(notPassed(text)).toEqual(['artifacts FAILED']);
  });

  it('is found when the transcript says something else', () => {
    const text = edited((copy) => (copy.readable = { ...copy.readable, transcript: 'All is well.' }));
    expect(notPassed(text)).toEqual(['readable FAILED']);
  });

  it('is found when another key signed it, or a log of another name', () => {
    const stranger = signerOf('stranger');
    expect(notPassed(bundleOf('withdrawn', withdrawn, { signer: stranger }).file)).toContain('checkpoint FAILED');
    const elsewhere = bundleOf('withdrawn', withdrawn, { signer: signerOf('key', 'log.example/another') });
    expect(notPassed(elsewhere.file, elsewhere.key)).toEqual(['chain FAILED']);
  });

  it('is found when the log signs what can not have happened', () => {
    const possible = entriesOf('illegal', [asked(1), reply('ConsentGiven', 2), word('ConsentWithdrawn', 3)]);
    const illegal = [possible[0], possible[2]].flatMap((entry) => entry ?? []);
    const { leaves, indexes } = placed(illegal, 2);
    const head = headOf(leaves);
    const text = assembleBundle({
      signer,
      organizationName: 'Acme',
      locale: 'en',
      rotations: [],
      checkpoint: { note: signCheckpoint(signer, head), head },
      entries: illegal,
      indexes,
      proof: hashesOf(leaves, inclusionSubtrees(head.size, indexes)),
      artifacts: [],
      at: minute(9),
    });
    expect(notPassed(text)).toEqual(['chain FAILED', 'lifecycle FAILED']);
  });

  it('is found when the statement is about another contact or tree', () => {
    const head = {
      contact: 'another',
      entries: 4,
      lastHash: new Uint8Array(32),
      checkpoint: headOf([]),
      at: minute(9),
    };
    const text = edited((copy) => (copy.head = signContactHead(signer, { ...head, readable: null })));
    expect(notPassed(text)).toEqual(['head FAILED', 'readable FAILED']);
  });

  it('is found when statements change places', () => {
    const text = edited((copy) => ([copy.head, copy.checkpoint] = [copy.checkpoint, copy.head]));
    expect(notPassed(text)).toEqual(['checkpoint FAILED', 'head FAILED', 'inclusion FAILED', 'readable FAILED']);
  });
});

describe('a change of the key', () => {
  const [second, third] = [signerOf('second'), signerOf('third')];
  const head = headOf([]);
  const rotations = [signRotation(signer, second, head, minute(1)), signRotation(second, third, head, minute(2))];
  const rotated = (trusted = signer, notes = rotations) =>
    bundleOf('withdrawn', withdrawn, { signer: third, trusted, rotations: notes });

  it('is followed from the first key, from one between, and from the last', () => {
    for (const trusted of [signer, second, third]) {
      const bundle = rotated(trusted);
      expect(notPassed(bundle.file, bundle.key)).toEqual([]);
    }
  });

  it('is refused when one is missing, out of order, or not signed by both', () => {
    const onlyNew = signRotation(second, third, head, minute(2)).split('\n').slice(0, -2);
    const unsigned = [...onlyNew, ''].join('\n');
    const [one = '', other = ''] = rotations;
    for (const notes of [[one], [other], [other, one], [one, unsigned], [one, 'no note']]) {
      expect(verify(rotated(signer, notes).file)).toMatchObject({ outcome: 'FALSE' });
    }
  });

  it('leaves nothing for the old key to sign', () => {
    const text = bundleOf('withdrawn', withdrawn, { signer, rotations: rotations.slice(0, 1) }).file;
    expect(notPassed(text)).toContain('checkpoint FAILED');
  });
});

describe('a file that is no bundle', () => {
  const without = (name: string): string => {
    const copy = JSON.parse(file) as Record<string, unknown>;
    return JSON.stringify(Object.fromEntries(Object.entries(copy).filter(([member]) => member !== name)));
  };
  const twice = file.replace('{"artifacts"', '{"format":"assent-attestation/2","artifacts"');
  const deep = `{"format":"assent-attestation/2","readable":${'['.repeat(100_000)}`;

  it.each<readonly [string, Buffer]>([
    ['nothing', Buffer.from('')],
    ['no JSON', Buffer.from('attestation')],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['another format', Buffer.from(file.replace('assent-attestation/2', 'assent-attestation/1'))],
    ['a name twice', Buffer.from(twice)],
    ['a member too many', Buffer.from(file.replace('{"artifacts"', '{"more":1,"artifacts"'))],
    ['a prototype', Buffer.from(file.replace('{"artifacts"', '{"__proto__":{"readable":null},"artifacts"'))],
    ['something after its end', Buffer.from(`${file}{}`)],
    ['a hundred thousand brackets', Buffer.from(deep)],
    ['a fraction for an index', Buffer.from(edited((copy) => (copy.inclusion.indexes[0] = 0.5)))],
    ['a negative index', Buffer.from(edited((copy) => (copy.inclusion.indexes[0] = -1)))],
    ['half a hash', Buffer.from(edited((copy) => (copy.inclusion.proof = copy.inclusion.proof.slice(0, 40))))],
    ['padding', Buffer.from(edited((copy) => (copy.inclusion.proof += '=')))],
    ['half a surrogate pair', Buffer.from(edited((copy) => (copy.head = '\ud800')))],
    ['a list for the readable part', Buffer.from(edited((copy) => (copy.readable = [] as never)))],
    ['text for an entry', Buffer.from(edited((copy) => copy.entries.push('entry' as never)))],
    ['a number for a disclosure', Buffer.from(edited((copy) => copy.disclosures.push(1 as never)))],
    ['a number for an artifact', Buffer.from(edited((copy) => copy.artifacts.push(1 as never)))],
    ['bytes in another base64', Buffer.from(edited((copy) => copy.artifacts.push({ base64: '_w==' })))],
    ...[
      'rotations',
      'checkpoint',
      'head',
      'entries',
      'disclosures',
      'inclusion',
      'artifacts',
      'readable',
      'format',
    ].map((name) => [`no ${name}`, Buffer.from(without(name))] as const),
    ['more than 64 MiB', Buffer.alloc(64 * 1024 * 1024 + 1, 0x20)],
  ])('is unusable with %s', (_, bytes) => {
    expect(verifyBundle(bytes, key)).toMatchObject({ outcome: 'UNUSABLE', ok: false });
  });

  it('is unusable with a key that is none', () => {
    for (const text of ['', 'key', `${key}x`, key.replace('+', ' ')]) {
      expect(verify(file, text)).toMatchObject({ outcome: 'UNUSABLE', checks: [{ name: 'key' }] });
    }
    expect(verify(file, ` ${key}\r\n`)).toMatchObject({ outcome: 'TRUE' });
  });

  it('with nothing in it is false, not unusable', () => {
    const empty = edited((copy) => {
      Object.assign(copy, {
        entries: [],
        disclosures: [],
        artifacts: [],
        inclusion: { indexes: [], proof: '' },
      } satisfies JsonObject);
    });
    expect(verify(empty)).toMatchObject({ outcome: 'FALSE' });
  });
});
