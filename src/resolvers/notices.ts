import type { ComposerNotice } from '../domain/conversation/composer.js';
import { languageOf } from '../domain/message/texts.js';

type Notices = Readonly<Record<Exclude<ComposerNotice, 'OPEN'>, string>>;

const english: Notices = {
  CHANNEL_DISABLED: 'WhatsApp is not set up for your organization.',
  OPT_IN_REQUIRED: 'This contact has not agreed to WhatsApp messages yet. Send an opt-in request first.',
  HOLDING: 'We are waiting for the contact to agree. Your messages are held until then.',
  HOLDING_NO_RESPONSE: 'The contact has not answered. Your messages are held until they agree.',
  HOLDING_CAN_RESEND: 'The contact has not answered. You can send the opt-in request again; your messages are held.',
  HOLDING_UNCLEAR: 'The contact may want to stop. We have asked; your messages are held until they answer.',
  WINDOW_CLOSED: 'The contact last wrote more than 24 hours ago. Your messages leave when they write again.',
  HOLDING_CHANNEL_DOWN:
    'Your organization’s WhatsApp is not being served at the moment. Your messages leave when it is again.',
  WINDOW_CLOSED_ASKED:
    'The contact last wrote more than 24 hours ago. We have asked them to write; your messages leave when they do.',
  BLOCKED: 'This contact has opted out. Only they can opt in again, by writing to you.',
  SMS_OFFERED: 'This number cannot receive WhatsApp. You can go on by SMS.',
  SMS_NOT_ENABLED: 'This number cannot receive WhatsApp, and SMS is not set up for your organization.',
  SMS_STOPPED: 'This number cannot receive WhatsApp, and the contact has stopped SMS. Only they can start it again.',
  SUSPENDED: 'This number may belong to someone else now. Ask for consent again; your messages are held.',
};

const byLanguage: Readonly<Record<string, Notices>> = {
  en: english,
  es: {
    CHANNEL_DISABLED: 'WhatsApp no está configurado para su organización.',
    OPT_IN_REQUIRED: 'Este contacto aún no ha aceptado mensajes de WhatsApp. Envíe primero una solicitud.',
    HOLDING: 'Esperamos a que el contacto acepte. Sus mensajes quedan retenidos hasta entonces.',
    HOLDING_NO_RESPONSE: 'El contacto no ha respondido. Sus mensajes quedan retenidos hasta que acepte.',
    HOLDING_CAN_RESEND:
      'El contacto no ha respondido. Puede enviar la solicitud de nuevo; sus mensajes quedan retenidos.',
    HOLDING_UNCLEAR: 'Quizá el contacto quiera parar. Le hemos preguntado; sus mensajes esperan su respuesta.',
    WINDOW_CLOSED: 'El contacto escribió hace más de 24 horas. Sus mensajes saldrán cuando vuelva a escribir.',
    HOLDING_CHANNEL_DOWN:
      'El WhatsApp de su organización no funciona en este momento. Sus mensajes saldrán cuando vuelva a funcionar.',
    WINDOW_CLOSED_ASKED:
      'El contacto escribió hace más de 24 horas. Le hemos pedido que escriba; sus mensajes saldrán cuando lo haga.',
    BLOCKED: 'Este contacto se ha dado de baja. Solo él puede volver a aceptar, escribiéndole a usted.',
    SMS_OFFERED: 'Este número no puede recibir WhatsApp. Puede continuar por SMS.',
    SMS_NOT_ENABLED: 'Este número no puede recibir WhatsApp, y SMS no está configurado para su organización.',
    SMS_STOPPED: 'Este número no puede recibir WhatsApp y el contacto ha parado los SMS. Solo él puede reanudarlos.',
    SUSPENDED:
      'Puede que este número sea ahora de otra persona. Pida de nuevo el consentimiento; sus mensajes quedan retenidos.',
  },
  pt: {
    CHANNEL_DISABLED: 'O WhatsApp não está configurado para a sua organização.',
    OPT_IN_REQUIRED: 'Este contacto ainda não aceitou mensagens de WhatsApp. Envie primeiro um pedido.',
    HOLDING: 'Aguardamos que o contacto aceite. As suas mensagens ficam retidas até lá.',
    HOLDING_NO_RESPONSE: 'O contacto não respondeu. As suas mensagens ficam retidas até que aceite.',
    HOLDING_CAN_RESEND: 'O contacto não respondeu. Pode enviar o pedido de novo; as suas mensagens ficam retidas.',
    HOLDING_UNCLEAR: 'O contacto talvez queira parar. Já perguntámos; as suas mensagens aguardam a resposta.',
    WINDOW_CLOSED: 'O contacto escreveu há mais de 24 horas. As suas mensagens saem quando ele voltar a escrever.',
    HOLDING_CHANNEL_DOWN:
      'O WhatsApp da sua organização não está a funcionar neste momento. As suas mensagens saem quando voltar.',
    WINDOW_CLOSED_ASKED:
      'O contacto escreveu há mais de 24 horas. Pedimos-lhe que escreva; as suas mensagens saem quando o fizer.',
    BLOCKED: 'Este contacto recusou mensagens. Só ele pode voltar a aceitar, escrevendo-lhe.',
    SMS_OFFERED: 'Este número não pode receber WhatsApp. Pode continuar por SMS.',
    SMS_NOT_ENABLED: 'Este número não pode receber WhatsApp, e o SMS não está configurado para a sua organização.',
    SMS_STOPPED: 'Este número não pode receber WhatsApp e o contacto parou os SMS. Só ele os pode retomar.',
    SUSPENDED:
      'Este número pode agora ser de outra pessoa. Peça de novo o consentimento; as suas mensagens ficam retidas.',
  },
  fr: {
    CHANNEL_DISABLED: 'WhatsApp n’est pas configuré pour votre organisation.',
    OPT_IN_REQUIRED: 'Ce contact n’a pas encore accepté les messages WhatsApp. Envoyez d’abord une demande.',
    HOLDING: 'Nous attendons l’accord du contact. Vos messages sont retenus jusque-là.',
    HOLDING_NO_RESPONSE: 'Le contact n’a pas répondu. Vos messages sont retenus jusqu’à son accord.',
    HOLDING_CAN_RESEND: 'Le contact n’a pas répondu. Vous pouvez renvoyer la demande ; vos messages restent retenus.',
    HOLDING_UNCLEAR:
      'Le contact souhaite peut-être arrêter. Nous lui avons demandé ; vos messages attendent sa réponse.',
    WINDOW_CLOSED: 'Le contact a écrit il y a plus de 24 heures. Vos messages partiront quand il écrira de nouveau.',
    HOLDING_CHANNEL_DOWN:
      'Le WhatsApp de votre organisation ne fonctionne pas en ce moment. Vos messages partiront dès qu’il fonctionnera.',
    WINDOW_CLOSED_ASKED:
      'Le contact a écrit il y a plus de 24 heures. Nous lui avons demandé d’écrire ; vos messages partiront alors.',
    BLOCKED: 'Ce contact a refusé les messages. Lui seul peut les accepter à nouveau, en vous écrivant.',
    SMS_OFFERED: 'Ce numéro ne peut pas recevoir WhatsApp. Vous pouvez continuer par SMS.',
    SMS_NOT_ENABLED:
      'Ce numéro ne peut pas recevoir WhatsApp, et les SMS ne sont pas configurés pour votre organisation.',
    SMS_STOPPED: 'Ce numéro ne peut pas recevoir WhatsApp et le contact a arrêté les SMS. Lui seul peut les reprendre.',
    SUSPENDED: 'Ce numéro appartient peut-être à quelqu’un d’autre. Redemandez son accord ; vos messages sont retenus.',
  },
  de: {
    CHANNEL_DISABLED: 'WhatsApp ist für Ihre Organisation nicht eingerichtet.',
    OPT_IN_REQUIRED: 'Dieser Kontakt hat WhatsApp-Nachrichten noch nicht zugestimmt. Senden Sie zuerst eine Anfrage.',
    HOLDING: 'Wir warten auf die Zustimmung des Kontakts. Ihre Nachrichten werden bis dahin zurückgehalten.',
    HOLDING_NO_RESPONSE: 'Der Kontakt hat nicht geantwortet. Ihre Nachrichten werden zurückgehalten, bis er zustimmt.',
    HOLDING_CAN_RESEND:
      'Der Kontakt hat nicht geantwortet. Sie können die Anfrage erneut senden; Ihre Nachrichten warten.',
    HOLDING_UNCLEAR:
      'Der Kontakt möchte vielleicht aufhören. Wir haben gefragt; Ihre Nachrichten warten auf die Antwort.',
    WINDOW_CLOSED:
      'Der Kontakt hat vor mehr als 24 Stunden geschrieben. Ihre Nachrichten gehen hinaus, wenn er wieder schreibt.',
    HOLDING_CHANNEL_DOWN:
      'WhatsApp ist für Ihre Organisation zurzeit gestört. Ihre Nachrichten gehen hinaus, sobald es wieder geht.',
    WINDOW_CLOSED_ASKED:
      'Der Kontakt hat vor mehr als 24 Stunden geschrieben. Wir haben ihn gebeten zu schreiben; dann gehen Ihre Nachrichten hinaus.',
    BLOCKED: 'Dieser Kontakt hat sich abgemeldet. Nur er selbst kann wieder zustimmen, indem er Ihnen schreibt.',
    SMS_OFFERED: 'Diese Nummer kann kein WhatsApp empfangen. Sie können per SMS weitermachen.',
    SMS_NOT_ENABLED: 'Diese Nummer kann kein WhatsApp empfangen, und SMS ist für Ihre Organisation nicht eingerichtet.',
    SMS_STOPPED:
      'Diese Nummer kann kein WhatsApp empfangen, und der Kontakt hat SMS beendet. Nur er kann sie wieder zulassen.',
    SUSPENDED:
      'Diese Nummer gehört vielleicht jemand anderem. Bitten Sie erneut um Zustimmung; Ihre Nachrichten warten.',
  },
  it: {
    CHANNEL_DISABLED: 'WhatsApp non è configurato per la sua organizzazione.',
    OPT_IN_REQUIRED: 'Questo contatto non ha ancora accettato messaggi WhatsApp. Invii prima una richiesta.',
    HOLDING: 'Attendiamo che il contatto accetti. I suoi messaggi sono trattenuti fino ad allora.',
    HOLDING_NO_RESPONSE: 'Il contatto non ha risposto. I suoi messaggi sono trattenuti finché non accetta.',
    HOLDING_CAN_RESEND:
      'Il contatto non ha risposto. Può inviare di nuovo la richiesta; i suoi messaggi restano trattenuti.',
    HOLDING_UNCLEAR: 'Forse il contatto vuole smettere. Glielo abbiamo chiesto; i suoi messaggi attendono la risposta.',
    WINDOW_CLOSED: 'Il contatto ha scritto più di 24 ore fa. I suoi messaggi partono quando scriverà di nuovo.',
    HOLDING_CHANNEL_DOWN:
      'WhatsApp non funziona al momento per la sua organizzazione. I messaggi partiranno appena funzionerà.',
    WINDOW_CLOSED_ASKED:
      'Il contatto ha scritto più di 24 ore fa. Gli abbiamo chiesto di scrivere; i messaggi partiranno allora.',
    BLOCKED: 'Questo contatto ha rifiutato i messaggi. Solo lui può accettarli di nuovo, scrivendole.',
    SMS_OFFERED: 'Questo numero non può ricevere WhatsApp. Può continuare via SMS.',
    SMS_NOT_ENABLED:
      'Questo numero non può ricevere WhatsApp, e gli SMS non sono configurati per la sua organizzazione.',
    SMS_STOPPED: 'Questo numero non può ricevere WhatsApp e il contatto ha fermato gli SMS. Solo lui può riprenderli.',
    SUSPENDED:
      'Questo numero potrebbe ora essere di un’altra persona. Chieda di nuovo il consenso; i suoi messaggi sono trattenuti.',
  },
  nl: {
    CHANNEL_DISABLED: 'WhatsApp is voor uw organisatie niet ingesteld.',
    OPT_IN_REQUIRED: 'Dit contact heeft nog niet ingestemd met WhatsApp-berichten. Stuur eerst een verzoek.',
    HOLDING: 'We wachten tot het contact akkoord gaat. Uw berichten worden tot dan vastgehouden.',
    HOLDING_NO_RESPONSE: 'Het contact heeft niet geantwoord. Uw berichten worden vastgehouden tot het akkoord gaat.',
    HOLDING_CAN_RESEND:
      'Het contact heeft niet geantwoord. U kunt het verzoek opnieuw sturen; uw berichten worden vastgehouden.',
    HOLDING_UNCLEAR: 'Het contact wil misschien stoppen. We hebben het gevraagd; uw berichten wachten op antwoord.',
    WINDOW_CLOSED:
      'Het contact schreef meer dan 24 uur geleden. Uw berichten vertrekken zodra het contact weer schrijft.',
    HOLDING_CHANNEL_DOWN:
      'WhatsApp werkt op dit moment niet voor uw organisatie. Uw berichten gaan weg zodra het weer werkt.',
    WINDOW_CLOSED_ASKED:
      'Het contact schreef meer dan 24 uur geleden. We hebben gevraagd te schrijven; dan gaan uw berichten weg.',
    BLOCKED: 'Dit contact heeft zich afgemeld. Alleen het contact zelf kan weer akkoord gaan, door u te schrijven.',
    SMS_OFFERED: 'Dit nummer kan geen WhatsApp ontvangen. U kunt verder per sms.',
    SMS_NOT_ENABLED: 'Dit nummer kan geen WhatsApp ontvangen, en sms is voor uw organisatie niet ingesteld.',
    SMS_STOPPED:
      'Dit nummer kan geen WhatsApp ontvangen en het contact heeft sms gestopt. Alleen het contact kan weer beginnen.',
    SUSPENDED:
      'Dit nummer is nu misschien van iemand anders. Vraag opnieuw om toestemming; uw berichten worden vastgehouden.',
  },
};

/** The sentence for an agent in the language of the locale, in English where we do not write it; null for none. */
export function noticeText(notice: ComposerNotice | null, locale: string): string | null {
  if (notice === null || notice === 'OPEN') return null;
  return (byLanguage[languageOf(locale)] ?? english)[notice];
}
