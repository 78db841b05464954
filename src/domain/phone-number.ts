import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** A telephone number in E.164: `+`, then at most fifteen digits. Only this module makes one. */
export type PhoneNumber = string & { readonly __brand: 'PhoneNumber' };

const longestText = 40;
const plusDigitsAndSeparators = /^\+[\d\s().\p{Pd}]+$/u;
const e164 = /^\+[1-9]\d{4,14}$/;
const mexicanMobile = /^\+521(\d{10})$/;
const argentineMobile = /^\+549(\d{10})$/;
const brazilianMobileOfEightDigits = /^\+55(?<area>[1-9][1-9])(?<line>[6-9]\d{7})$/;

/**
 * Reads a number as people write it: a leading `+`, digits, and spaces, dots, dashes or parentheses between them.
 * Any number of a possible length counts, in ranges not yet assigned too; the same number always gives the same text.
 */
export function parsePhoneNumber(text: string): PhoneNumber | null {
  if (text.length > longestText) return null;
  const written = text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .trim();
  if (!plusDigitsAndSeparators.test(written)) return null;
  const digits = `+${written.replace(/\D/g, '')}`;
  // WhatsApp still writes Mexican mobiles with the 1 that the numbering plan dropped.
  if (mexicanMobile.test(digits)) return possible(digits.replace(mexicanMobile, '+52$1')) ? phoneNumber(digits) : null;
  const number = possible(digits);
  return number && possible(number) === number ? phoneNumber(number) : null;
}

/** What stands in the place of a number that was erased; nobody can have it. */
export const erasedPhoneNumber = '+0' as PhoneNumber;

/** Reads a number as the provider names it: the digits of E.164 without the `+`, and nothing else. */
export function fromWaId(waId: string): PhoneNumber | null {
  return /^\d{1,15}$/.test(waId) ? parsePhoneNumber(`+${waId}`) : null;
}

/**
 * The one key under which a number is found, whichever way it comes back from the provider: with or without Brazil's
 * ninth digit, Mexico's 1 or Argentina's 9. For comparison only; what is dialled stays the number itself.
 */
export function phoneKey(phone: PhoneNumber): string {
  return phone
    .replace(mexicanMobile, '+52$1')
    .replace(argentineMobile, '+54$1')
    .replace(brazilianMobileOfEightDigits, '+55$<area>9$<line>');
}

function possible(digits: string): string | null {
  const parsed = parsePhoneNumberFromString(digits, { extract: false });
  return parsed?.isPossible() ? parsed.number : null;
}

function phoneNumber(digits: string): PhoneNumber | null {
  return e164.test(digits) ? (digits as PhoneNumber) : null;
}
