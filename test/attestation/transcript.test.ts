import { describe, expect, it } from 'vitest';
import { writeReadable } from '../../src/attestation/readable/readable.js';
import { render } from '../../src/domain/message/texts.js';
import { histories } from '../support/attestation-histories.js';
import { entriesOf, minute } from '../support/attestation-scene.js';

const readable = (locale: string, name = 'everything', organizationName = 'Acme Ltd') => {
  const entries = entriesOf(name, histories[name] ?? []);
  return writeReadable({ organizationName, locale, entries, size: 12, at: minute(9) }) as {
    readonly language: string;
    readonly transcript: string;
    readonly doesNotProve: readonly string[];
    readonly certification: string;
  };
};

describe('the transcript', () => {
  it('says what happened, in the order it happened', () => {
    const { transcript } = readable('en', 'accepted');
    const told = ['was asked for consent', 'provider took the request', 'The contact agreed'];
    expect(told.map((words) => transcript.indexOf(words))).toEqual(
      [...told.map((words) => transcript.indexOf(words))].sort((a, b) => a - b),
    );
    expect(told.every((words) => transcript.includes(words))).toBe(true);
    expect(transcript).toContain('asked, no answer yet → opted in');
    expect(transcript).toContain('derived from the signed entries');
    const parts = (...all: readonly string[]) => all.map((part) => `<bdi>${part}</bdi>`).join(' · ');
    expect(transcript).toContain(parts('Acme Ltd', '+15550100000', '1001'));
    expect(transcript).toContain(parts('opt_in', 'en', 'MARKETING', '–'));
    expect(transcript).toContain(parts('form on the web', '2026-11-22 09:00:00.000 UTC'));
    expect(readable('en', 'unreachable').transcript).toContain('<dd>131026</dd>');
  });

  const languages = ['en', 'es', 'pt', 'fr', 'de', 'it', 'nl'];

  it.each(languages)('is written in %s, every word of it', (language) => {
    const { transcript, doesNotProve, ...rest } = readable(`${language}_XX`);
    expect(rest.language).toBe(language);
    expect(transcript).toContain(`<html lang="${language}">`);
    expect(doesNotProve).toHaveLength(8);
    expect(transcript).not.toMatch(/undefined|\{\w+\}|OPTED_|ConsentGiven|WEB_FORM|answer\.|<dd><\/dd>/);
  });

  it('is there in each language that the system writes messages in', () => {
    const spoken = languages.map((language) => render({}, language, 'ACCEPT_BUTTON', { business: 'Acme' }));
    expect(new Set(spoken).size).toBe(languages.length);
    expect(readable('ja').language).toBe('en');
    expect(readable('constructor').language).toBe('en');
  });

  it('escapes what came from outside, runs nothing and loads nothing', () => {
    const { transcript } = readable('en', 'everything', '<script>alert(1)</script>');
    expect(transcript).not.toMatch(/<script|<b>|<img|https?:/);
    expect(transcript).toContain('Zoë &lt;b&gt;&amp; sons');
    expect(transcript).toContain("default-src 'none'");
  });

  it('comes with the text for a certification', () => {
    expect(readable('de').certification).toContain('902(14)');
  });
});
