import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Chance } from '../support/chance.js';
import type { Send } from '../support/judge-sends.js';
import { statusOf } from '../support/provider-stand-in.js';

/** A message that the provider has taken, and will report on. */
export type Taken = {
  readonly wamid: string;
  readonly to: string;
  readonly phoneNumberId: string;
  readonly callbackData: string;
  /** What the buttons of a request send back; null for any other message. */
  readonly buttons: { readonly accept: string; readonly decline: string } | null;
};

/** How often, of a thousand sends, the provider does anything but take the message and say so. */
const MISHAPS = [
  { perMille: 8, what: 'TAKEN_WITHOUT_A_WORD' },
  { perMille: 4, what: 'LOST_WITHOUT_A_WORD' },
  { perMille: 4, what: 'FAILED_WITHOUT_A_WORD' },
  { perMille: 4, what: 'TOO_FAST_FOR_CONTACT' },
  { perMille: 3, what: 'REJECTED' },
  { perMille: 3, what: 'NOT_DELIVERED' },
] as const;
type Course = (typeof MISHAPS)[number]['what'] | 'TAKEN' | 'CHANNEL_REFUSED';

/** Of the texts alone: a request that is refused is asked again by nobody. */
const onlyTexts: readonly Course[] = ['REJECTED', 'NOT_DELIVERED'];

/** The provider, with its own record of what it was sent, in the order in which it came. */
export async function startSoakProvider(options: {
  readonly chance: Chance;
  /** Called once for each message that it takes. */
  readonly taken: (taken: Taken) => void;
  /** What is to be posted about a message that it took. */
  readonly report: (phoneNumberId: string, status: object) => void;
}) {
  const { chance, taken, report } = options;
  const sends: Send[] = [];
  let refusing = false;

  function courseOf(isText: boolean): Course {
    if (refusing) return 'CHANNEL_REFUSED';
    let left = chance.below(1_000);
    for (const { perMille, what } of MISHAPS) {
      if (left < perMille) return onlyTexts.includes(what) && !isText ? 'TAKEN' : what;
      left -= perMille;
    }
    return 'TAKEN';
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const callbackData = String(body.biz_opaque_callback_data);
    const [, messageId = '', attempt] = callbackData.split('.');
    const course = courseOf(body.type === 'text');
    const isTaken = ['TAKEN', 'TAKEN_WITHOUT_A_WORD', 'NOT_DELIVERED'].includes(course);
    sends.push({ messageId, attempt: Number(attempt), taken: isTaken });
    const message: Taken = {
      wamid: `wamid.${randomUUID()}`,
      to: String(body.to),
      phoneNumberId: request.url?.split('/')[2] ?? '',
      callbackData,
      buttons: body.type === 'template' ? buttonsOf(body) : null,
    };
    if (isTaken) {
      taken(message);
      reportOn(message, course);
    }
    switch (course) {
      case 'TAKEN':
      case 'NOT_DELIVERED':
        return answer(response, 200, { messages: [{ id: message.wamid }] });
      case 'TAKEN_WITHOUT_A_WORD':
      case 'LOST_WITHOUT_A_WORD':
        return void request.socket.destroy();
      case 'FAILED_WITHOUT_A_WORD':
        return answer(response, 502, {});
      case 'TOO_FAST_FOR_CONTACT':
        return answer(response, 400, errorOf(131056));
      case 'REJECTED':
        return answer(response, 400, errorOf(131051));
      case 'CHANNEL_REFUSED':
        return answer(response, 401, errorOf(190));
    }
  }

  function reportOn({ wamid, phoneNumberId, callbackData }: Taken, course: Course): void {
    const statuses =
      course === 'NOT_DELIVERED'
        ? (['sent', 'failed'] as const)
        : (['sent', 'delivered', 'read'] as const).slice(chance.from(0, 1), chance.from(2, 3));
    for (const status of statuses) {
      const code = status === 'failed' ? 131049 : undefined;
      report(phoneNumberId, statusOf({ id: wamid, status, at: new Date(), callbackData, code }));
    }
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => request.socket.destroy());
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    /** Every send, in the order they came. */
    sends: sends as readonly Send[],
    /** Whether it refuses the whole channel, as for a token that has expired. */
    refuse: (isRefusing: boolean): void => {
      refusing = isRefusing;
    },
    close: async (): Promise<void> => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function buttonsOf(body: ReturnType<typeof JSON.parse>): Taken['buttons'] {
  const [accept, decline] = body.template.components.filter(({ type }: { type: string }) => type === 'button');
  return { accept: accept.parameters[0].payload, decline: decline.parameters[0].payload };
}

const errorOf = (code: number): object => ({ error: { message: 'As programmed', type: 'OAuthException', code } });

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
