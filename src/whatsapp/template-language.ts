/** Languages that Meta knows under another name than the one people use. */
const metaNames: Readonly<Record<string, string>> = {
  pt: 'pt_BR',
  zh: 'zh_CN',
  zh_HANS: 'zh_CN',
  zh_HANT: 'zh_TW',
  no: 'nb',
  iw: 'he',
};

const shape = /^([a-z]{2,3})(?:[-_]([a-z0-9]{2,4}))?(?:[-_][a-z0-9]{2,8})*$/i;

/**
 * Meta's code for the language of a message: that of the channel's own template when it is the same language, and when
 * the locale can't be read.
 */
export function templateLanguage(locale: string, templateLocale: string): string {
  const [, language, region] = shape.exec(locale) ?? [];
  if (!language) return templateLocale;
  const own = templateLocale.split(/[-_]/)[0] ?? '';
  if (!region && own.toLowerCase() === language.toLowerCase()) return templateLocale;
  const code = region ? `${language.toLowerCase()}_${region.toUpperCase()}` : language.toLowerCase();
  return metaNames[code] ?? code;
}
