/** What the contact presses: which answer, to which request or prompt. */
export type ButtonPayload = { readonly answer: 'ACCEPT' | 'DECLINE'; readonly requestId: string };

/** The attempt that a status belongs to. */
export type AttemptName = { readonly messageId: string; readonly attempt: number };

/** The longest payload that a quick reply may carry. */
const longestPayload = 128;
const payloadShape = /^optin:v1:(accept|decline|reject):([^\s:]+)$/;
const callbackShape = /^1\.([^\s.]+)\.([1-9]\d{0,8})$/;

/** The payload of a button; `readButtonPayload` gives back what went in. */
export function buttonPayload({ answer, requestId }: ButtonPayload): string {
  return `optin:v1:${answer === 'ACCEPT' ? 'accept' : 'decline'}:${requestId}`;
}

/** Reads the payload of any button; null for one that is not ours. */
export function readButtonPayload(payload: string): ButtonPayload | null {
  const [, word, requestId] = (payload.length <= longestPayload && payloadShape.exec(payload)) || [];
  if (!word || !requestId) return null;
  return { answer: word === 'accept' ? 'ACCEPT' : 'DECLINE', requestId };
}

/** The payload of the button that only reopens the window. */
export function continuePayload(messageId: string): string {
  return `continue:v1:${messageId}`;
}

export function isContinuePayload(payload: string): boolean {
  return payload.startsWith('continue:v1:');
}

/**
 * What Meta returns with every status of the message, even before it has answered the send. It names the attempt and
 * nothing about the contact: every app of the business account can read it.
 */
export function callbackData({ messageId, attempt }: AttemptName): string {
  return `1.${messageId}.${attempt}`;
}

/** Reads what a status returned; null for what is not ours. */
export function readCallbackData(data: string): AttemptName | null {
  const [, messageId, attempt] = (data.length <= 512 && callbackShape.exec(data)) || [];
  return messageId && attempt ? { messageId, attempt: Number(attempt) } : null;
}
