import type { WebSocket } from 'ws';

/** Ids that stand in JSON as they are; others are sent the slow way. */
const PLAIN_ID = /^[\w.:-]{1,64}$/;
const BEFORE_ID = '{"id":"';
/** Stands where an id will be; written over, byte by byte. */
const PLACEHOLDER = '\0';

/** An operation of a client, with the way to it. */
export type Address = {
  readonly socket: WebSocket & { readonly live?: number };
  readonly operationId: string;
  /** The TCP socket below; null where messages must go through `ws`. */
  readonly raw: RawSocket | null;
};

/**
 * Finds the shortest way to an operation. Writing below `ws` can't overtake anything while there is no compression: then
 * every message that `ws` sends is written at once.
 */
export function addressOf(socket: WebSocket, operationId: string): Address {
  const { _socket: raw } = socket as unknown as { readonly _socket?: RawSocket | null };
  const isPlain = PLAIN_ID.test(operationId) && socket.extensions === '';
  return { socket, operationId, raw: isPlain ? (raw ?? null) : null };
}

/** The `next` messages of one delivery, made once and addressed to each subscriber. */
export type Frames = {
  /** Sends all of them to the operation, in one write. */
  readonly sendTo: (address: Address) => void;
};

/**
 * Frames the payloads (JSON texts) for every length of id once. A subscriber's copy differs in its id alone: it is written
 * over that of the subscriber before, unless the bytes still wait to be sent.
 */
export function framesOf(payloads: readonly string[]): Frames {
  const templates = new Map<number, Template>();

  function templateOf(idLength: number): Template {
    const known = templates.get(idLength);
    if (known) return known;
    const template = templateFor(payloads, idLength);
    templates.set(idLength, template);
    return template;
  }

  return {
    sendTo: ({ socket, operationId, raw }) => {
      if (raw !== null && socket.readyState === socket.OPEN) {
        const template = templateOf(operationId.length);
        address(template, operationId);
        if ((socket.live ?? 0) > 1) gather(raw);
        raw.write(template.bytes);
        if (raw.writableLength > 0) template.bytes = Buffer.from(template.bytes);
        return;
      }
      const id = JSON.stringify(operationId);
      for (const payload of payloads) socket.send(`{"id":${id},"type":"next","payload":${payload}}`);
    },
  };
}

type Template = { bytes: Buffer; readonly places: readonly number[] };

/** An id is short and plain: byte by byte is the fastest way to write it. */
function address({ bytes, places }: Template, id: string): void {
  for (const place of places) {
    for (let index = 0; index < id.length; index += 1) bytes[place + index] = id.charCodeAt(index);
  }
}

function templateFor(payloads: readonly string[], idLength: number): Template {
  const parts: Buffer[] = [];
  const places: number[] = [];
  let length = 0;
  for (const payload of payloads) {
    const text = Buffer.from(`${BEFORE_ID}${PLACEHOLDER.repeat(idLength)}","type":"next","payload":${payload}}`);
    const header = headerOf(text.length);
    places.push(length + header.length + BEFORE_ID.length);
    parts.push(header, text);
    length += header.length + text.length;
  }
  return { bytes: Buffer.concat(parts), places };
}

/** The head of an unmasked text message in one frame (RFC 6455, section 5.2). */
function headerOf(length: number): Buffer {
  if (length < 126) return Buffer.from([0x81, length]);
  if (length < 65_536) return Buffer.from([0x81, 126, length >> 8, length & 0xff]);
  const header = Buffer.alloc(10);
  header.writeUInt16BE(0x817f, 0);
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}

type RawSocket = {
  readonly write: (bytes: Buffer) => boolean;
  readonly writableLength: number;
  readonly cork: () => void;
  readonly uncork: () => void;
};

/** What is written until all that is ready now has been written leaves in one write. */
function gather(raw: RawSocket): void {
  raw.cork();
  setImmediate(() => raw.uncork());
}
