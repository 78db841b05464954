import { errors, type GraphError } from './graph-error.js';
import { readPhone, type Phone, type PhoneButton, type PhoneMessage } from './phones.js';
import { templateIn } from './templates.js';

type Json = Readonly<Record<string, unknown>>;
type Content = Pick<PhoneMessage, 'kind' | 'text' | 'buttons'>;

/** A send that Meta would accept. */
export type Send = Content & {
  readonly to: Phone;
  readonly input: string;
  readonly contextId: string | null;
  readonly callbackData: string | null;
};

export type Refused = { readonly refused: GraphError };

/** Checks the body of a send as Meta does, the first mistake first. */
export function readSend(
  body: unknown,
  channel: { readonly templateName: string; readonly templateLocale: string },
): Send | Refused {
  const send = json(body);
  if (send.messaging_product !== 'whatsapp') return refuse(errors.invalid('messaging_product must be "whatsapp".'));
  if (typeof send.to !== 'string' || send.to === '') return refuse(errors.invalid('The parameter to is required.'));
  const to = readPhone(send.to);
  if (!to) return refuse(errors.value('The parameter to is not a phone number.'));
  const callbackData = text(send.biz_opaque_callback_data);
  if (callbackData && callbackData.length > 512) return refuse(errors.value('biz_opaque_callback_data is too long.'));
  const content = readContent(send, channel);
  if ('refused' in content) return content;
  return { ...content, to, input: send.to, contextId: text(json(send.context).message_id), callbackData };
}

function readContent(send: Json, channel: Parameters<typeof readSend>[1]): Content | Refused {
  switch (send.type ?? 'text') {
    case 'text':
      return readText(json(send.text));
    case 'interactive':
      return readInteractive(json(send.interactive));
    case 'template':
      return readTemplate(json(send.template), channel);
    default:
      return refuse(errors.type(String(send.type)));
  }
}

function readText(part: Json): Content | Refused {
  const body = text(part.body);
  if (!body?.trim()) return refuse(errors.missing('text.body is required.'));
  if (body.length > 4096) return refuse(errors.value('text.body is longer than 4096 characters.'));
  return { kind: 'text', text: body, buttons: [] };
}

function readInteractive(part: Json): Content | Refused {
  const body = text(json(part.body).text);
  if (part.type !== 'button')
    return refuse(errors.value('The simulator sends interactive messages of type button only.'));
  if (!body?.trim()) return refuse(errors.missing('interactive.body.text is required.'));
  if (body.length > 1024) return refuse(errors.value('interactive.body.text is longer than 1024 characters.'));
  const buttons = list(json(part.action).buttons).map((button): PhoneButton => {
    const reply = json(json(button).reply);
    return { title: text(reply.title) ?? '', payload: text(reply.id) ?? '' };
  });
  if (buttons.length < 1 || buttons.length > 3) return refuse(errors.value('There must be one to three buttons.'));
  const isFit = ({ title, payload }: PhoneButton) =>
    title.trim() !== '' && title.length <= 20 && payload !== '' && payload.length <= 256 && payload === payload.trim();
  if (!buttons.every(isFit)) {
    return refuse(errors.value('A button needs a title of at most 20 and an id of at most 256 characters.'));
  }
  if (new Set(buttons.map(({ title }) => title)).size < buttons.length) {
    return refuse(errors.value('The titles of buttons must differ.'));
  }
  return { kind: 'interactive', text: body, buttons };
}

function readTemplate(part: Json, channel: Parameters<typeof readSend>[1]): Content | Refused {
  const language = text(json(part.language).code);
  if (!text(part.name) || !language) return refuse(errors.missing('template.name and template.language are required.'));
  const template = part.name === channel.templateName ? templateIn(language, channel.templateLocale) : null;
  if (!template) return refuse(errors.template(`template name (${String(part.name)}) does not exist in ${language}`));
  const components = list(part.components).map(json);
  const parameters = list(components.find(({ type }) => type === 'body')?.parameters).map(json);
  if (parameters.length !== 1) return refuse(errors.parameters('The body of the template takes one parameter.'));
  const value = text(parameters[0]?.text);
  if (parameters[0]?.type !== 'text' || !value) return refuse(errors.missing('The body parameter needs a text.'));
  if (/[\n\t]| {5}/.test(value)) {
    return refuse(errors.format('A parameter may not have line breaks, tabs or more than four spaces in a row.'));
  }
  const buttons = template.buttons.map((title, index): PhoneButton => {
    const button = components.find((each) => each.type === 'button' && Number(each.index) === index);
    // Without a payload the label comes back in its place.
    return { title, payload: text(json(list(button?.parameters)[0]).payload) ?? title };
  });
  if (buttons.some(({ payload }) => payload.length > 128)) return refuse(errors.value('A payload is too long.'));
  return { kind: 'template', text: template.text.replace('{{1}}', () => value), buttons };
}

function refuse(refused: GraphError): Refused {
  return { refused };
}

function json(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
