/** Texts that the system sends by itself. `{business}` stands for the organization's name. */
export const textKeys = [
  'OPT_IN_REQUEST',
  'OPT_IN_CONFIRMATION',
  'OPT_OUT_NOTICE',
  'PROMPT_OPTED_OUT',
  'PROMPT_UNCLEAR',
  'CONTINUE_REQUEST',
  'ACCEPT_BUTTON',
  'DECLINE_BUTTON',
] as const;

export type TextKey = (typeof textKeys)[number];

/** An organization's own words: language → key → text. */
export type TextOverrides = Readonly<Record<string, Partial<Record<TextKey, string>>>>;

const defaults: Readonly<Record<string, Readonly<Record<TextKey, string>>>> = {
  en: {
    OPT_IN_REQUEST:
      '{business} would like to write to you on WhatsApp. Do you agree? You can stop at any time by replying STOP.',
    OPT_IN_CONFIRMATION: 'Thank you. {business} may now write to you here. Reply STOP at any time to stop.',
    OPT_OUT_NOTICE: 'You are opted out: {business} will not write to you here. Reply YES at any time to opt in.',
    PROMPT_OPTED_OUT: 'You are opted out, so {business} can not reply to you here. Would you like to opt in?',
    PROMPT_UNCLEAR: 'We are not sure that we understood. May {business} go on writing to you here?',
    CONTINUE_REQUEST: '{business} has an answer for you. Press the button below to read it here.',
    ACCEPT_BUTTON: 'Yes, I agree',
    DECLINE_BUTTON: 'No, thanks',
  },
  es: {
    OPT_IN_REQUEST:
      '{business} quiere escribirle por WhatsApp. ¿Está de acuerdo? Puede detenerlo cuando quiera respondiendo BAJA.',
    OPT_IN_CONFIRMATION: 'Gracias. {business} ya puede escribirle aquí. Responda BAJA cuando quiera para detenerlo.',
    OPT_OUT_NOTICE: 'Se ha dado de baja: {business} no le escribirá aquí. Responda SÍ cuando quiera para volver.',
    PROMPT_OPTED_OUT: 'Está de baja, por lo que {business} no puede responderle aquí. ¿Desea aceptar los mensajes?',
    PROMPT_UNCLEAR: 'No estamos seguros de haber entendido. ¿Puede {business} seguir escribiéndole aquí?',
    CONTINUE_REQUEST: '{business} tiene una respuesta para usted. Pulse el botón para leerla aquí.',
    ACCEPT_BUTTON: 'Sí, acepto',
    DECLINE_BUTTON: 'No, gracias',
  },
  pt: {
    OPT_IN_REQUEST:
      '{business} gostaria de lhe escrever pelo WhatsApp. Aceita? Pode parar quando quiser respondendo PARAR.',
    OPT_IN_CONFIRMATION: 'Obrigado. {business} já pode escrever-lhe aqui. Responda PARAR quando quiser para parar.',
    OPT_OUT_NOTICE: 'Pedido registado: {business} não lhe escreverá aqui. Responda SIM quando quiser para aceitar.',
    PROMPT_OPTED_OUT: 'As mensagens estão desativadas, por isso {business} não pode responder aqui. Deseja aceitar?',
    PROMPT_UNCLEAR: 'Não temos a certeza de ter entendido. {business} pode continuar a escrever-lhe aqui?',
    CONTINUE_REQUEST: '{business} tem uma resposta para si. Prima o botão para a ler aqui.',
    ACCEPT_BUTTON: 'Sim, aceito',
    DECLINE_BUTTON: 'Não, obrigado',
  },
  fr: {
    OPT_IN_REQUEST:
      '{business} souhaite vous écrire sur WhatsApp. Êtes-vous d’accord ? Répondez STOP à tout moment pour arrêter.',
    OPT_IN_CONFIRMATION: 'Merci. {business} peut désormais vous écrire ici. Répondez STOP à tout moment pour arrêter.',
    OPT_OUT_NOTICE: 'C’est noté : {business} ne vous écrira plus ici. Répondez OUI à tout moment pour accepter.',
    PROMPT_OPTED_OUT: 'Vous avez refusé les messages : {business} ne peut pas vous répondre ici. Les accepter ?',
    PROMPT_UNCLEAR: 'Nous ne sommes pas sûrs d’avoir compris. {business} peut-il continuer à vous écrire ici ?',
    CONTINUE_REQUEST: '{business} a une réponse pour vous. Appuyez sur le bouton pour la lire ici.',
    ACCEPT_BUTTON: 'Oui, j’accepte',
    DECLINE_BUTTON: 'Non, merci',
  },
  de: {
    OPT_IN_REQUEST:
      '{business} möchte Ihnen über WhatsApp schreiben. Sind Sie einverstanden? Mit STOPP beenden Sie es jederzeit.',
    OPT_IN_CONFIRMATION: 'Danke. {business} darf Ihnen nun hier schreiben. Mit STOPP beenden Sie es jederzeit.',
    OPT_OUT_NOTICE: 'Sie sind abgemeldet: {business} schreibt Ihnen hier nicht. Mit JA stimmen Sie jederzeit zu.',
    PROMPT_OPTED_OUT: 'Sie sind abgemeldet, daher kann {business} hier nicht antworten. Möchten Sie zustimmen?',
    PROMPT_UNCLEAR: 'Wir sind nicht sicher, ob wir Sie verstanden haben. Darf {business} Ihnen hier weiter schreiben?',
    CONTINUE_REQUEST: '{business} hat eine Antwort für Sie. Drücken Sie den Knopf, um sie hier zu lesen.',
    ACCEPT_BUTTON: 'Ja, einverstanden',
    DECLINE_BUTTON: 'Nein, danke',
  },
  it: {
    OPT_IN_REQUEST:
      '{business} vorrebbe scriverle su WhatsApp. È d’accordo? Può interrompere quando vuole rispondendo STOP.',
    OPT_IN_CONFIRMATION: 'Grazie. {business} ora può scriverle qui. Risponda STOP quando vuole per interrompere.',
    OPT_OUT_NOTICE: 'Richiesta registrata: {business} non le scriverà qui. Risponda SÌ quando vuole per accettare.',
    PROMPT_OPTED_OUT: 'I messaggi sono disattivati, perciò {business} non può risponderle qui. Vuole accettarli?',
    PROMPT_UNCLEAR: 'Non siamo sicuri di aver capito. {business} può continuare a scriverle qui?',
    CONTINUE_REQUEST: '{business} ha una risposta per lei. Prema il pulsante per leggerla qui.',
    ACCEPT_BUTTON: 'Sì, accetto',
    DECLINE_BUTTON: 'No, grazie',
  },
  nl: {
    OPT_IN_REQUEST: '{business} wil u graag via WhatsApp schrijven. Gaat u akkoord? Antwoord STOP om te stoppen.',
    OPT_IN_CONFIRMATION: 'Dank u. {business} mag u nu hier schrijven. Antwoord op elk moment STOP om te stoppen.',
    OPT_OUT_NOTICE: 'U bent afgemeld: {business} schrijft u hier niet. Antwoord op elk moment JA om akkoord te gaan.',
    PROMPT_OPTED_OUT: 'U bent afgemeld, dus {business} kan u hier niet antwoorden. Wilt u akkoord gaan?',
    PROMPT_UNCLEAR: 'We weten niet zeker of we u begrepen. Mag {business} u hier blijven schrijven?',
    CONTINUE_REQUEST: '{business} heeft een antwoord voor u. Druk op de knop om het hier te lezen.',
    ACCEPT_BUTTON: 'Ja, akkoord',
    DECLINE_BUTTON: 'Nee, bedankt',
  },
};

/** The language part of a locale: `en` of `en_US` or `en-US`. */
export function languageOf(locale: string): string {
  return locale.toLowerCase().split(/[-_]/)[0] ?? locale;
}

/** The contact's locale, or else the organization's. */
export function languageFor(contact: string | null, organization: string): string {
  return contact ?? organization;
}

/** The text in the locale's language, the organization's own words first, English where there is none. */
export function render(
  overrides: TextOverrides,
  locale: string,
  key: TextKey,
  values: { readonly business: string },
): string {
  const language = languageOf(locale);
  const text =
    overrides[locale]?.[key] ?? overrides[language]?.[key] ?? defaults[language]?.[key] ?? defaults['en']?.[key] ?? '';
  return text.replaceAll('{business}', () => values.business);
}
