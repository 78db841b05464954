import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { interpretReply, onlyAcknowledges, replyRulesVersion } from '../../../src/domain/reply/interpret.js';
import type { ReplyMeaning } from '../../../src/domain/reply/interpret.js';
import { vocabularies } from '../../../src/domain/reply/vocabulary.js';

type Table = Readonly<Record<ReplyMeaning, readonly string[]>>;

const english: Table = {
  YES: [
    ...['yes', 'Yes', 'YES', 'yes.', 'yes!!!', ' yes ', '"yes"', '*Yes*', 'y', 'Y', 'yeah', 'yep', 'ok', 'OK!', 'Okay'],
    ...['yes please', 'Yes, please!', 'please yes', 'yes thanks', 'yes, thank you', 'yes sure', 'sure, yes', 'ok yes'],
    ...['Yes, I agree', 'I agree', 'agree', 'I accept', 'yes yes yes', 'yes of course', 'ok sure thanks', 'sure'],
    ...['start', 'START', 'unstop', 'subscribe', 'yes 👍', 'yes👍🏽', 'Yes 🙏🙏', 'Y̲e̲s̲', 'ｙｅｓ', 'y\u200bes'],
  ],
  NO: [
    ...['no', 'No.', 'NO!', 'n', 'nope', 'nah', 'no thanks', 'No, thank you', 'no please', 'nooooo', 'no no no'],
    ...['never', 'not interested', "I'm not interested", 'I do not agree', "I don't agree", 'I decline', 'reject'],
    ...['of course not', 'ok no', 'ok, no thanks', 'no 🚫', 'no?'],
  ],
  STOP: [
    ...['stop', 'STOP', 'Stop.', 'stop!!', 'STOP PLEASE', 'please stop', 'stop it', 'STOP ALL', 'STOPALL', 'stop now'],
    ...['unsubscribe', 'please unsubscribe me', 'Unsubscribe, thanks', 'opt out', 'OPT-OUT', 'optout', 'cancel', 'end'],
    ...['quit', 'revoke', 'remove me', 'Please remove me.', 'stop messaging me', 'stop sending me messages', 's t o p'],
    ...['S.T.O.P.', 'stooop', 'STOPPPP', 'sotp', 'unsubcribe', 'no more messages', 'st\u200bop', 'ⓈⓉⓄⓅ', 'stop?'],
    ...['yes stop', 'no, stop', 'ok stop', 'start stop', 'no thanks, please stop', 'stop 👍', 'I revoke my consent'],
  ],
  UNCLEAR_STOP: [
    "please stop sending me these, it's too much",
    "don't text me again",
    'Don’t message me any more',
    'no more messages for now?',
    'can I cancel my appointment',
    'yes but stop on Friday',
    'yes, please cancel my appointment',
    'take me off this list',
    'Leave me alone!',
    'how do I unsubscribe',
    'I would like to opt out of this',
    "don't stop",
    'this is spam',
    ...['🛑', '⛔', 'yes 🛑'],
  ],
  OTHER: [
    ...[
      '',
      ' ',
      '👍',
      '👍🏽',
      '🙏',
      '.',
      '?',
      '1',
      'yes 1',
      'maybe',
      'who is this?',
      'hello',
      'please',
      'thanks',
      'thank you',
    ],
    ...[
      'yes but not before Friday',
      'yes, if it is free',
      'yes and no',
      'yes/no',
      'no yes',
      'not ok',
      'yes?',
      'ok?',
      'Y/N',
    ],
    ...[
      'yes 👎',
      'yes ❌',
      'yesterday',
      'nothing',
      'unstoppable',
      'yes it is me',
      'okay what is this',
      'not now',
      'no problem',
    ],
    ...['is that a yes', 'I said yes to John', 'yess', 'y e s', 'sí', 'ja', 'oui', 'да', '是', 'basta', 'alto', 'para'],
  ],
};

const tables: Readonly<Record<string, Table>> = {
  en: english,
  es: {
    YES: ['sí', 'si', 'SÍ', 'Sí, por favor', 'sí gracias', 'acepto', 'sí, acepto', 'de acuerdo', 'claro que sí', 'yes'],
    NO: ['no', 'no gracias', 'No, muchas gracias', 'no acepto', 'claro que no', 'no quiero'],
    STOP: [
      'parar',
      'para',
      '¡Basta!',
      'baja',
      'darme de baja',
      'cancelar',
      'no más',
      'No mas',
      'stop por favor',
      'alto',
    ],
    UNCLEAR_STOP: [
      'quiero cancelar mi cita',
      'no me escriban más',
      'por favor dejen de molestar',
      'sí pero no me envíes publicidad',
    ],
    OTHER: [
      'sí pero el viernes',
      'si puedo',
      'sí no',
      '¿sí?',
      'quizás',
      'gracias',
      'para mañana',
      'es para mi hermano',
    ],
  },
  pt: {
    YES: ['sim', 'SIM', 'Sim, por favor', 'sim obrigada', 'aceito', 'concordo', 'eu aceito, obrigado'],
    NO: ['não', 'nao', 'não, obrigado', 'não aceito', 'não quero'],
    STOP: ['parar', 'pare', 'sair', 'cancelar', 'descadastrar', 'chega', 'sim, parar', 'para', 'stop'],
    UNCLEAR_STOP: ['não me mande mais nada', 'quero cancelar a consulta', 'parem de me ligar'],
    OTHER: ['sim mas só na sexta', 'talvez', 'obrigado', 'isto é para quem?', 'para mim', 'vou sair agora'],
  },
  fr: {
    YES: ['oui', 'Oui, merci', "j'accepte", 'j’accepte', 'J accepte', "d'accord", "oui s'il vous plaît", 'oui svp'],
    NO: ['non', 'non merci', "pas d'accord", 'je refuse', "je n'accepte pas"],
    STOP: ['arrêt', 'ARRET', 'arrêtez', 'stop', 'stop svp', 'désabonner', 'désinscription', 'annuler', 'ça suffit'],
    UNCLEAR_STOP: ["ne m'envoyez plus rien", 'je veux annuler mon rendez-vous', 'merci de cesser ces envois'],
    OTHER: ['oui mais pas avant vendredi', 'peut-être', 'merci', 'oui et non', 'qui êtes-vous ?', 'oui ?'],
  },
  de: {
    YES: [
      'ja',
      'JA',
      'Ja, bitte',
      'ja gerne',
      'Ja, sehr gerne',
      'Ja danke',
      'einverstanden',
      'ich stimme zu',
      'natürlich',
      'in Ordnung',
    ],
    NO: ['nein', 'Nein danke', 'nee', 'nicht einverstanden', 'ich lehne ab', 'kein Interesse'],
    STOP: [
      'stopp',
      'Stopp bitte',
      'abmelden',
      'bitte abmelden',
      'Abmeldung',
      'Widerruf',
      'hör auf',
      'HÖREN SIE AUF',
      'Schluss',
    ],
    UNCLEAR_STOP: [
      'Bitte schreiben Sie mir nicht mehr, keine Nachrichten',
      'ich möchte den Termin stornieren',
      'lasst mich in Ruhe',
    ],
    OTHER: ['ja aber nicht vor Freitag', 'ja nein', 'vielleicht', 'bitte', 'danke', 'gerne', 'jaguar', 'ja?'],
  },
  it: {
    YES: ['sì', 'si', 'Sì grazie', 'sì, per favore', 'accetto', "d'accordo", 'va bene', 'certamente'],
    NO: ['no', 'no grazie', 'non accetto', 'rifiuto'],
    STOP: ['basta', 'basta così', 'annulla', 'cancellami', 'disiscrivimi', 'smettila', 'stop grazie'],
    UNCLEAR_STOP: ['vorrei annullare la visita', 'non mi scrivete più', 'adesso basta con questi messaggi'],
    OTHER: ['sì ma non prima di venerdì', 'forse', 'grazie', 'chi è?', 'sì e no'],
  },
  nl: {
    YES: ['ja', 'ja graag', 'Ja, alstublieft', 'akkoord', 'ik ga akkoord', 'oké', 'prima dank je'],
    NO: ['nee', 'nee bedankt', 'neen', 'niet akkoord', 'ik weiger'],
    STOP: ['stop', 'stoppen', 'afmelden', 'meld me af', 'uitschrijven aub', 'hou op', 'beëindigen'],
    UNCLEAR_STOP: ['stuur me niets meer', 'ik wil mijn afspraak annuleren', 'laat me met rust'],
    OTHER: ['ja maar niet voor vrijdag', 'misschien', 'dank je', 'ja nee', 'wie is dit'],
  },
  pl: {
    YES: ['tak', 'Tak, proszę', 'zgadzam się', 'zgadzam sie', 'wyrażam zgodę', 'tak dziękuję'],
    NO: ['nie', 'nie dziękuję', 'nie zgadzam się', 'odmawiam'],
    STOP: ['rezygnuję', 'rezygnuje', 'wypisz mnie', 'przestań', 'PRZESTAŃ', 'koniec', 'stop'],
    UNCLEAR_STOP: ['nie piszcie do mnie więcej', 'chcę odwołać wizytę'],
    OTHER: ['tak ale nie przed piątkiem', 'może', 'dziękuję', 'tak nie'],
  },
  tr: {
    YES: ['evet', 'EVET', 'Evet lütfen', 'kabul', 'kabul ediyorum', 'onaylıyorum', 'ONAYLIYORUM', 'tamam'],
    NO: ['hayır', 'HAYIR', 'hayir', 'hayır teşekkürler', 'kabul etmiyorum', 'istemiyorum'],
    STOP: ['dur', 'iptal', 'İPTAL', 'IPTAL', 'durdurun lütfen', 'ret', 'abonelikten çık'],
    UNCLEAR_STOP: ['randevumu iptal edebilir miyim', 'artık mesaj atmayın bana'],
    OTHER: ['evet ama cuma olmaz', 'belki', 'teşekkürler', 'evet hayır'],
  },
  id: {
    YES: ['ya', 'iya', 'setuju', 'ya, terima kasih', 'saya setuju', 'oke'],
    NO: ['tidak', 'tidak terima kasih', 'tidak setuju', 'nggak'],
    STOP: ['berhenti', 'batal', 'tolong hentikan', 'stop'],
    UNCLEAR_STOP: ['jangan hubungi saya lagi ya', 'saya mau batalkan janji'],
    OTHER: ['ya tapi hari jumat', 'mungkin', 'terima kasih'],
  },
  hi: {
    YES: ['हाँ', 'हां', 'हाँ जी', 'haan', 'Haan ji', 'han ji', 'सहमत', 'ठीक है धन्यवाद'],
    NO: ['नहीं', 'नही', 'nahi', 'nahi ji', 'नहीं धन्यवाद', 'असहमत'],
    STOP: ['बंद करो', 'band karo', 'कृपया बंद करें', 'रोको'],
    UNCLEAR_STOP: ['ये संदेश बंद कर दीजिए अभी', 'mujhe msg mat bhejna'],
    OTHER: ['ji', 'हूँ', 'शायद', 'हाँ लेकिन शुक्रवार को', 'धन्यवाद'],
  },
  ar: {
    YES: ['نعم', 'نَعَم', 'موافق', 'أوافق', 'اوافق', 'نعم من فضلك', 'نعم، شكرا'],
    NO: ['لا', 'لا شكرا', 'لا أوافق', 'أرفض'],
    STOP: ['إيقاف', 'ايقاف', 'توقف', 'إلغاء', 'الغاء', 'إلغاء الاشتراك', 'توقف من فضلك'],
    UNCLEAR_STOP: ['أريد إلغاء الموعد', 'لا ترسلوا لي أي شيء'],
    OTHER: ['نعم ولكن يوم الجمعة', 'ربما', 'شكرا', 'نعم؟', 'من أنت؟'],
  },
  he: {
    YES: ['כן', 'כן בבקשה', 'כן, תודה', 'מסכים', 'אני מסכימה'],
    NO: ['לא', 'לא תודה', 'לא מסכים'],
    STOP: ['הסר', 'הסירו אותי', 'הפסיקו', 'תפסיקו בבקשה', 'די'],
    UNCLEAR_STOP: ['אני רוצה לבטל את התור', 'אל תשלחו לי יותר'],
    OTHER: ['כן אבל רק ביום שישי', 'אולי', 'תודה', 'כן?'],
  },
  ru: {
    YES: ['да', 'ДА', 'Да, пожалуйста', 'согласен', 'согласна', 'да спасибо', 'хорошо'],
    NO: ['нет', 'нет, спасибо', 'не согласен', 'не надо'],
    STOP: ['стоп', 'отписаться', 'отпишите меня', 'хватит', 'прекратите пожалуйста', 'отмена', 'stop'],
    UNCLEAR_STOP: ['можно отменить запись', 'больше мне не присылайте это'],
    OTHER: ['да но не раньше пятницы', 'может быть', 'спасибо', 'да нет', 'кто это?'],
  },
  zh: {
    YES: ['是', '是的', '好', '好的', '好的，谢谢', '好的谢谢', '同意', '我同意', '可以', 'OK'],
    NO: ['不', '不是', '不要', '不用了谢谢', '不同意', '拒绝'],
    STOP: ['退订', '退訂', '停止', '取消', '请停止', 'TD', '別再發了'],
    UNCLEAR_STOP: ['我想取消预约', '以后不要再联系我'],
    OTHER: ['好不好', '可不可以', '可以吗', '好的，但是周五之后', '是不是', '谢谢', '也许', '同意？'],
  },
  ja: {
    YES: ['はい', 'はい。', 'はい、お願いします', 'はいお願いします', '同意', '同意します', 'オーケー', 'ｵｰｹｰ'],
    NO: ['いいえ', 'いいえ、結構です', '同意しません', '拒否します'],
    STOP: ['停止', '配信停止', 'やめてください', 'ストップ', 'ｽﾄｯﾌﾟ', '停止お願いします'],
    UNCLEAR_STOP: ['予約をキャンセルしたいです', 'もう連絡しないでほしい'],
    OTHER: ['はい、でも金曜日以降', 'たぶん', 'ありがとう', 'お願いします', '同意しますか', 'はい？'],
  },
  ko: {
    YES: ['네', '예', '네, 감사합니다', '네감사합니다', '동의', '동의합니다', '네 동의합니다'],
    NO: ['아니요', '아니오', '아뇨', '아니요 감사합니다', '동의하지 않습니다', '동의하지않습니다'],
    STOP: ['중지', '수신거부', '수신 거부', '그만', '그만하세요', '취소', '중지 부탁드립니다'],
    UNCLEAR_STOP: ['예약을 취소할 수 있나요', '다시는 연락하지 마시고요'],
    OTHER: ['네 하지만 금요일 이후에', '아마도', '감사합니다', '누구세요', '네?'],
  },
};

for (const [language, table] of Object.entries(tables)) {
  describe(`interpretReply in ${language}`, () => {
    for (const [meaning, texts] of Object.entries(table)) {
      it.each(texts.map((text) => [text]))(`takes %j as ${meaning}`, (text) => {
        expect(interpretReply(text, [language])).toBe(meaning);
      });
    }
  });
}

describe('interpretReply', () => {
  it.each(Object.keys(vocabularies))('knows English to one who speaks %s', (language) => {
    expect(interpretReply('yes please', [language])).toBe('YES');
    expect(interpretReply('no thanks', [language])).toBe('NO');
    expect(interpretReply('Unsubscribe', [language])).toBe('STOP');
  });

  it.each([['pt-BR'], ['pt_PT'], ['PT'], [' pt ']])('reads the language of the locale %j', (locale) => {
    expect(interpretReply('sim', [locale])).toBe('YES');
  });

  it.each([
    ['iw', 'כן'],
    ['in_ID', 'setuju'],
    ['ms-MY', 'setuju'],
    ['zh_HK', '同意'],
    ['zh-Hant-TW', '退訂'],
  ])('knows what %s stands for', (locale, text) => {
    expect(interpretReply(text, [locale])).not.toBe('OTHER');
  });

  it.each([[''], ['xx'], ['-'], ['__proto__'], ['constructor'], ['not a locale']])(
    'takes English alone with %j',
    (locale) => {
      expect(interpretReply('yes', [locale])).toBe('YES');
      expect(interpretReply('oui', [locale])).toBe('OTHER');
    },
  );

  it('understands all languages of a contact together, mixed too', () => {
    expect(interpretReply('oui', ['de', 'fr'])).toBe('YES');
    expect(interpretReply('ja merci', ['de', 'fr'])).toBe('YES');
    expect(interpretReply('oui aber nicht heute', ['de', 'fr'])).toBe('OTHER');
  });

  it('decides nothing by a word that is yes in one of the languages and no in another', () => {
    expect(interpretReply('tak', ['pl'])).toBe('YES');
    expect(interpretReply('tak', ['ms'])).toBe('NO');
    expect(interpretReply('tak', ['pl', 'ms'])).toBe('OTHER');
  });

  it('knows no words of a language that was not named', () => {
    expect(interpretReply('si', [])).toBe('OTHER');
    expect(interpretReply('para', ['fr'])).toBe('OTHER');
  });
});

describe('onlyAcknowledges', () => {
  it.each(['ok', 'OK 👍', 'okay thanks', 'sure', 'Ok, thank you!'])('holds for %j', (text) => {
    expect(onlyAcknowledges(text, [])).toBe(true);
  });

  it.each(['yes', 'ok yes', 'I agree', 'start', 'thanks', 'no', 'stop', 'ok stop', '', 'ok but later'])(
    'does not hold for %j',
    (text) => {
      expect(onlyAcknowledges(text, [])).toBe(false);
    },
  );

  it('knows the words of every language', () => {
    expect(onlyAcknowledges('vale gracias', ['es'])).toBe(true);
    expect(onlyAcknowledges('sí gracias', ['es'])).toBe(false);
    expect(onlyAcknowledges('好的谢谢', ['zh'])).toBe(true);
  });
});

describe('the vocabulary', () => {
  const listed = (list: string) => list.split(',').map((phrase) => phrase.trim());

  it('is another when its version is another: change both or neither', () => {
    const text = JSON.stringify(
      Object.entries(vocabularies).map(([language, words]) => [language, Object.entries(words)]),
    );
    const digest = createHash('sha256')
      .update(text.replace(/(\\n|\s)+/g, ' '))
      .digest('hex')
      .slice(0, 16);
    expect({ replyRulesVersion, digest }).toEqual({ replyRulesVersion: '2026-11-1', digest: '20a9aff1d38efa0a' });
  });

  it.each(Object.entries(vocabularies))('means in %s what its lists say', (language, words) => {
    const yes = listed(words.yes);
    const no = listed(words.no);
    const meanings = (phrases: readonly string[]) =>
      Object.fromEntries(phrases.map((phrase) => [phrase, interpretReply(phrase, [language])]));
    const all = (phrases: readonly string[], meaning: ReplyMeaning) =>
      Object.fromEntries(phrases.map((phrase) => [phrase, meaning]));
    const expected = {
      ...all(yes, 'YES'),
      ...all(no, 'NO'),
      ...all(
        yes.filter((phrase) => no.includes(phrase)),
        'OTHER',
      ),
    };
    expect(meanings([...yes, ...no])).toEqual(expected);
    expect(meanings(listed(words.stop))).toEqual(all(listed(words.stop), 'STOP'));
  });

  it.each(Object.entries(vocabularies))('finds in %s a wish to stop inside a sentence', (language, words) => {
    for (const wish of listed(words.wish)) {
      const sentence = `abc ${wish.replace('*', '')} xyz`;
      expect([sentence, interpretReply(sentence, [language])]).toEqual([sentence, 'UNCLEAR_STOP']);
    }
  });
});
