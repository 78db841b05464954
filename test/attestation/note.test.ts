import { describe, expect, it } from 'vitest';
import { signByAll } from '../../src/attestation/signer.js';
import { formatVerifierKey, openNote, parseNote, parseVerifierKey } from '../../src/attestation/verifier/note.js';
import { signerOf } from '../support/attestation-scene.js';

// From the documentation of Go's golang.org/x/mod/sumdb/note.
const neumann = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const saying =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n" +
  '\n' +
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

function keyFrom(text: string) {
  const key = parseVerifierKey(text);
  if (!key) throw new Error('the key can not be read');
  return key;
}

describe('a signed note', () => {
  it('is read as others write it', () => {
    const example = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
    const note =
      'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';
    expect(openNote(saying, [keyFrom(neumann)])).toContain('your problem is.\n');
    expect(openNote(note, [keyFrom(example)])).toBe('This is an example message.\n');
    expect(formatVerifierKey(keyFrom(example))).toBe(example);
  });

  it('is written as it is read', () => {
    const signer = signerOf('one');
    const note = signer.sign('some text\n\nwith an empty line\n');
    expect(openNote(note, [signer.key])).toBe('some text\n\nwith an empty line\n');
    expect(parseVerifierKey(formatVerifierKey(signer.key))).toEqual(signer.key);
  });

  it('does not mind signatures of others, and wants those of all that it is opened with', () => {
    const [one, other] = [signerOf('one'), signerOf('other')];
    const both = signByAll('text\n', [one, other]);
    expect(openNote(both, [one.key])).toBe('text\n');
    expect(openNote(both, [one.key, other.key])).toBe('text\n');
    expect(openNote(one.sign('text\n'), [one.key, other.key])).toBeNull();
    expect(openNote(one.sign('text\n'), [signerOf('one', 'log.example/another').key])).toBeNull();
  });

  it('is not open when one signature by the key is wrong, even beside a right one', () => {
    const signer = signerOf('one');
    const [right, wrong] = [signer.sign('text\n'), signer.sign('other\n')];
    expect(openNote(right + wrong.slice('other\n\n'.length), [signer.key])).toBeNull();
  });

  it.each([
    ['no signature', 'text\n'],
    ['no text', '\n\n— name AAAAAAA=\n'],
    ['a hyphen for the dash', saying.replace('—', '-')],
    ['two spaces', saying.replace('— ', '—  ')],
    ['no last newline', saying.slice(0, -1)],
    ['a carriage return', saying.replace('\n', '\r\n')],
    ['base64 in another spelling', saying.replace('nAM=', 'nAN=')],
    ['base64 without padding', saying.replace('nAM=', 'nAM')],
    ['a signature without bytes', 'text\n\n— name AAAAAA==\n'],
    ['a name with a plus', 'text\n\n— na+me AAAAAAA=\n'],
    ['more than a hundred signatures', `text\n\n${'— name AAAAAAA=\n'.repeat(101)}`],
  ])('is none with %s', (_, note) => {
    expect(parseNote(note)).toBeNull();
  });

  it.each([
    ['another id', neumann.replace('c74f', 'c74e')],
    ['capital letters in the id', neumann.replace('c74f20a3', 'C74F20A3')],
    ['another algorithm', neumann.replace('+AR', '+AB')],
    ['no key', 'PeterNeumann+c74f20a3'],
    ['a space in its name', neumann.replace('PeterNeumann', 'Peter Neumann')],
    ['nothing', ''],
  ])('a key is none with %s', (_, text) => {
    expect(parseVerifierKey(text)).toBeNull();
  });
});
