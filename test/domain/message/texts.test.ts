import { describe, expect, it } from 'vitest';
import { languageFor, render, textKeys } from '../../../src/domain/message/texts.js';

const values = { business: 'Acme & $1 Söhne' };

describe('the texts of the system', () => {
  it.each(['en', 'es', 'pt', 'fr', 'de', 'it', 'nl'])(
    '%s has every text, and each names the business as it is',
    (language) => {
      for (const key of textKeys) {
        const text = render({}, language, key, values);
        expect(text).not.toBe('');
        expect(text).not.toContain('{');
        if (!key.endsWith('BUTTON') && !key.startsWith('PROMPT_UNCLEAR')) expect(text.length).toBeLessThan(300);
        if (key.endsWith('BUTTON')) expect([...text].length).toBeLessThanOrEqual(20);
      }
      expect(render({}, language, 'OPT_IN_REQUEST', values)).toContain(values.business);
    },
  );

  it('are in English where there is no such language, whatever the locale looks like', () => {
    expect(render({}, 'xx-YY', 'ACCEPT_BUTTON', values)).toBe('Yes, I agree');
    expect(render({}, 'PT_br', 'ACCEPT_BUTTON', values)).toBe('Sim, aceito');
  });

  it('are the organization’s own first, of the locale before those of the language', () => {
    const overrides = { pt: { ACCEPT_BUTTON: 'Aceito' }, pt_BR: { ACCEPT_BUTTON: 'Topo' } };
    expect(render(overrides, 'pt_BR', 'ACCEPT_BUTTON', values)).toBe('Topo');
    expect(render(overrides, 'pt_PT', 'ACCEPT_BUTTON', values)).toBe('Aceito');
    expect(render(overrides, 'pt_PT', 'DECLINE_BUTTON', values)).toBe('Não, obrigado');
  });

  it('follow the contact’s language, else the organization’s', () => {
    expect(languageFor('es', 'en')).toBe('es');
    expect(languageFor(null, 'en')).toBe('en');
  });
});
