/** An approved template: its text and its two quick replies. */
export type Template = { readonly text: string; readonly buttons: readonly [string, string] };

const english: Template = {
  text: '{{1}} would like to write to you on WhatsApp. Do you agree? You can stop at any time by replying STOP.',
  buttons: ['Yes, I agree', 'No, thanks'],
};

const approved: Readonly<Record<string, Template>> = {
  en: english,
  es: {
    text: '{{1}} quiere escribirle por WhatsApp. ¿Está de acuerdo? Puede detenerlo cuando quiera respondiendo BAJA.',
    buttons: ['Sí, acepto', 'No, gracias'],
  },
  pt: {
    text: '{{1}} gostaria de lhe escrever pelo WhatsApp. Aceita? Pode parar quando quiser respondendo PARAR.',
    buttons: ['Sim, aceito', 'Não, obrigado'],
  },
  fr: {
    text: '{{1}} souhaite vous écrire sur WhatsApp. Êtes-vous d’accord ? Répondez STOP à tout moment pour arrêter.',
    buttons: ['Oui, j’accepte', 'Non, merci'],
  },
  de: {
    text: '{{1}} möchte Ihnen über WhatsApp schreiben. Sind Sie einverstanden? Mit STOPP beenden Sie es jederzeit.',
    buttons: ['Ja, einverstanden', 'Nein, danke'],
  },
};

/**
 * The opt-in template in a language, as if it had been approved; null where it does not exist. It always exists in the
 * channel's own language.
 */
export function templateIn(language: string, channelLanguage: string): Template | null {
  const known = approved[language.split('_')[0] ?? ''];
  return known ?? (language === channelLanguage ? english : null);
}
