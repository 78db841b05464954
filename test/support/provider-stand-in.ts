import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** JSON that a test asked for; a wrong shape fails its assertions. */
type Json = ReturnType<typeof JSON.parse>;

/** A request that the stand-in was sent. */
export type RecordedRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON, or the fields of a form; null when it was not read. */
  readonly body: Json;
  readonly at: Date;
};

type Verdict =
  | { readonly kind: 'ACCEPT'; readonly id?: string; readonly messageStatus?: string }
  | { readonly kind: 'ERROR'; readonly httpStatus: number; readonly body: object }
  | { readonly kind: 'RUBBISH'; readonly httpStatus: number; readonly text: string }
  | { readonly kind: 'DROP'; readonly afterReading: boolean };

type Timing = {
  /** It answers when this resolves. */
  readonly until?: Promise<unknown>;
  /** Runs before it answers, with the id it will give: a status that overtakes the answer, for instance. */
  readonly before?: (request: RecordedRequest, id: string) => Promise<unknown>;
};

/** What the stand-in does with a send. */
export type Answer = Verdict & Timing;

export type Matches = (request: RecordedRequest) => boolean;

/** Accepted; with a generated id unless one is given. */
export const accept = (options: Timing & { readonly id?: string; readonly messageStatus?: string } = {}): Answer => ({
  ...options,
  kind: 'ACCEPT',
});

/** Refused with a Graph error. */
export const refuse = (code: number, httpStatus = 400, error: object = {}): Answer => ({
  kind: 'ERROR',
  httpStatus,
  body: {
    error: { message: `(#${code}) as programmed`, type: 'OAuthException', code, fbtrace_id: 'stand-in', ...error },
  },
});

/** An answer that makes no sense. */
export const rubbish = (httpStatus = 200, text = '<html>'): Answer => ({ kind: 'RUBBISH', httpStatus, text });

/** The connection ends without an answer; before reading only as a next answer, and while there are no rules. */
export const drop = (when: 'BEFORE_READING' | 'AFTER_READING'): Answer => ({
  kind: 'DROP',
  afterReading: when === 'AFTER_READING',
});

/** Something to wait for that a test releases. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

export type ProviderStandIn = Awaited<ReturnType<typeof startProviderStandIn>>;

/** A server in the provider's place: accepts every send unless told otherwise, and records all of them. */
export async function startProviderStandIn() {
  const requests: RecordedRequest[] = [];
  const next: Answer[] = [];
  const rules: { readonly matches: Matches; readonly answer: Answer }[] = [];

  function answerTo(request: RecordedRequest): Answer {
    return rules.find(({ matches }) => matches(request))?.answer ?? next.shift() ?? accept();
  }

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const unread: RecordedRequest = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      body: null,
      at: new Date(),
    };
    const dropsNow = rules.length === 0 && next[0]?.kind === 'DROP' && !next[0].afterReading;
    if (dropsNow) {
      next.shift();
      requests.push(unread);
      incoming.socket.destroy();
      return;
    }
    const request = { ...unread, body: parse(await read(incoming), incoming.headers['content-type'] ?? '') };
    requests.push(request);
    const answer = answerTo(request);
    const id = answer.kind === 'ACCEPT' && answer.id ? answer.id : `wamid.${randomUUID()}`;
    await answer.until;
    await answer.before?.(request, id);
    switch (answer.kind) {
      case 'DROP':
        incoming.socket.destroy();
        return;
      case 'RUBBISH':
        response.writeHead(answer.httpStatus).end(answer.text);
        return;
      case 'ERROR':
        json(response, answer.httpStatus, answer.body);
        return;
      case 'ACCEPT':
        json(response, request.path.includes('/2010-04-01/') ? 201 : 200, accepted(request, id, answer.messageStatus));
        return;
    }
  }

  const server = createServer((incoming, response) => {
    serve(incoming, response).catch(() => incoming.socket.destroy());
  });
  // It never ends a connection that is about to be used: what is lost on the way is lost because a test says so.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    baseUrl: `http://127.0.0.1:${port}`,
    /** Every request, in the order they came. */
    requests,
    /** The sends to one number. */
    sendsTo: (to: string) => requests.filter(({ body }) => body?.to === to || body?.To === to),
    /** What becomes of the next sends that no rule takes, one answer each. */
    answerNext(...answers: readonly Answer[]): void {
      next.push(...answers);
    },
    /** What becomes of every send that matches, until the returned function is called. The newest rule wins. */
    answerWhen(matches: Matches, answer: Answer): () => void {
      const rule = { matches, answer };
      rules.unshift(rule);
      return () => {
        rules.splice(rules.indexOf(rule), 1);
      };
    },
    async close(): Promise<void> {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function accepted(request: RecordedRequest, id: string, messageStatus: string | undefined): object {
  if (request.path.includes('/2010-04-01/')) return { sid: id.replace('wamid.', 'SM'), status: 'queued' };
  const to = String(request.body?.to);
  return {
    messaging_product: 'whatsapp',
    contacts: [{ input: to, wa_id: to.replace(/\D/g, '') }],
    messages: [{ id, ...(messageStatus === undefined ? {} : { message_status: messageStatus }) }],
  };
}

async function read(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string, contentType: string): unknown {
  if (contentType.includes('form')) return Object.fromEntries(new URLSearchParams(text));
  return text === '' ? null : JSON.parse(text);
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

// ---------------------------------------------------------------- webhooks

/** The bytes of a webhook with their signature. */
export function signed(body: unknown, appSecret: string): { readonly bytes: Buffer; readonly signature: string } {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return { bytes, signature: `sha256=${createHmac('sha256', appSecret).update(bytes).digest('hex')}` };
}

/** Posts a webhook as Meta does; resolves to the status of the answer. */
export async function postWebhook(url: string, appSecret: string, body: unknown): Promise<number> {
  const { bytes, signature } = signed(body, appSecret);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature },
    body: new Uint8Array(bytes),
  });
  await response.arrayBuffer();
  return response.status;
}

type Act = { readonly from: string; readonly at: Date; readonly id?: string };
const wireTime = (at: Date): string => String(Math.floor(at.getTime() / 1000));
const message = ({ from, at, id = `wamid.${randomUUID()}` }: Act, rest: object): object => ({
  from: from.replace(/\D/g, ''),
  id,
  timestamp: wireTime(at),
  ...rest,
});
const contextOf = (id: string | undefined) => (id === undefined ? {} : { context: { from: '15550100000', id } });

/** A contact writes. */
export const textMessage = (act: Act & { readonly body: string; readonly contextId?: string }) =>
  message(act, { ...contextOf(act.contextId), type: 'text', text: { body: act.body } });

/** A contact presses a quick reply of a template. */
export const buttonMessage = (
  act: Act & { readonly payload?: string; readonly label?: string; readonly contextId?: string },
) =>
  message(act, {
    ...contextOf(act.contextId),
    type: 'button',
    button: { payload: act.payload ?? act.label ?? 'Accept', text: act.label ?? 'Accept' },
  });

/** A contact presses a reply button of an interactive message. */
export const interactiveMessage = (
  act: Act & { readonly payload: string; readonly label?: string; readonly contextId?: string },
) =>
  message(act, {
    ...contextOf(act.contextId),
    type: 'interactive',
    interactive: { type: 'button_reply', button_reply: { id: act.payload, title: act.label ?? 'Yes' } },
  });

/** A contact reacts to a message; without an emoji it takes the reaction back. */
export const reactionMessage = (act: Act & { readonly to: string; readonly emoji?: string }) =>
  message(act, {
    type: 'reaction',
    reaction: { message_id: act.to, ...(act.emoji === undefined ? {} : { emoji: act.emoji }) },
  });

/** The number or the user id behind a contact changes. */
export const systemMessage = (
  act: Act & {
    readonly type: 'user_changed_number' | 'user_changed_user_id';
    readonly waId?: string;
    readonly userId?: string;
  },
) =>
  message(act, {
    type: 'system',
    system: { body: 'User changed.', type: act.type, wa_id: act.waId, user_id: act.userId },
  });

/** The fate of a message that was sent. */
export const statusOf = (fact: {
  readonly id: string;
  readonly status: 'sent' | 'delivered' | 'read' | 'failed' | 'played';
  readonly at: Date;
  readonly to?: string;
  readonly callbackData?: string;
  readonly code?: number;
}): object => ({
  id: fact.id,
  status: fact.status,
  timestamp: wireTime(fact.at),
  recipient_id: fact.to?.replace(/\D/g, ''),
  biz_opaque_callback_data: fact.callbackData,
  ...(fact.code === undefined ? {} : { errors: [{ code: fact.code, title: 'As programmed' }] }),
});

export type ChangeContents = {
  readonly phoneNumberId: string;
  readonly contacts?: readonly unknown[];
  readonly messages?: readonly unknown[];
  readonly statuses?: readonly unknown[];
};

/** A whole webhook, of one change or of several. */
export const webhookOf = (...changes: readonly ChangeContents[]): object => ({
  object: 'whatsapp_business_account',
  entry: changes.map(({ phoneNumberId, ...contents }) => ({
    id: 'waba',
    changes: [
      {
        field: 'messages',
        value: {
          messaging_product: 'whatsapp',
          metadata: { display_phone_number: '15550100000', phone_number_id: phoneNumberId },
          ...contents,
        },
      },
    ],
  })),
});
