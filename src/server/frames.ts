import type { WebSocket } from 'ws';

/** Ids that stand in JSON as they are; others are sent the slow way. */
const PLAIN_ID = /^[\w.:-]{1,64}$/;
const BEFORE_ID = '{"id":"';
/** Stands where an id will be; written over, byte by byte. */
const PLACEHOLDER = '\0';

/** An operation of a client, with the way to it. */
export type Address = {
  readonly socket: WebSocket;
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
 * Frames the payloads (JSON texts) for every length of id at most once. A subscriber's copy differs in its id alone,
 * which is written over the placeholder.
 */
export function framesOf(payloads: readonly string[]): Frames {
  const templates = new Map<number, Template>();
  const addressed = new Map<string, Buffer>();

  function bytesFor(id: string): Buffer {
    const known = addressed.get(id);
    if (known) return known;
    const template = templates.get(id.length) ?? templateFor(payloads, id.length);
    templates.set(id.length, template);
    const bytes = Buffer.from(template.bytes);
    for (const place of template.places) bytes.write(id, place, 'latin1');
    // Clients of one kind often count their operations alike; those with random ids don't fill the memory.
    if (id.length <= 4) addressed.set(id, bytes);
    return bytes;
  }

  return {
    sendTo: ({ socket, operationId, raw }) => {
      if (raw !== null && socket.readyState === socket.OPEN) {
        raw.write(bytesFor(operationId));
        return;
      }
      const id = JSON.stringify(operationId);
      for (const payload of payloads) socket.send(`{"id":${id},"type":"next","payload":${payload}}`);
    },
  };
}

type Template = { readonly bytes: Buffer; readonly places: readonly number[] };

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

type RawSocket = { readonly write: (bytes: Buffer) => boolean };
