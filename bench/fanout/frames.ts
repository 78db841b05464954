const OPCODES = { 1: 'TEXT', 8: 'CLOSE', 9: 'PING' } as const;

export type FrameKind = (typeof OPCODES)[keyof typeof OPCODES] | 'OTHER';

/** Reads the frames that a server sends, however they are cut. */
export type FrameReader = {
  /** Reads the bytes from one place to another. */
  readonly read: (chunk: Uint8Array, from: number, to: number) => void;
};

/**
 * Calls `ended` for each whole frame with its length, and with its payload while `keeps()` is true: a payload is kept
 * only then, so that counting costs next to nothing. Frames over 64 KiB are not expected.
 */
export function createFrameReader(
  keeps: () => boolean,
  ended: (kind: FrameKind, length: number, payload: Buffer | null) => void,
): FrameReader {
  const head = new Uint8Array(4);
  let headBytes = 0;
  let length = 0;
  let left = 0;
  let kept: Buffer | null = null;

  return {
    read: (chunk, from, to) => {
      let at = from;
      while (at < to) {
        if (left === 0) {
          head[headBytes] = chunk[at] ?? 0;
          headBytes += 1;
          at += 1;
          const short = (head[1] ?? 0) & 0x7f;
          if (short === 127) throw new Error('a frame over 64 KiB');
          if (headBytes < (short === 126 ? 4 : 2)) continue;
          length = short === 126 ? ((head[2] ?? 0) << 8) | (head[3] ?? 0) : short;
          left = length;
          kept = keeps() ? Buffer.allocUnsafe(length) : null;
          if (left > 0) continue;
        } else {
          const taken = Math.min(left, to - at);
          kept?.set(chunk.subarray(at, at + taken), length - left);
          at += taken;
          left -= taken;
          if (left > 0) return;
        }
        headBytes = 0;
        ended(OPCODES[((head[0] ?? 0) & 0x0f) as keyof typeof OPCODES] ?? 'OTHER', length, kept);
      }
    },
  };
}

/** A frame as a client sends it; its mask is zero. */
export function clientFrame(opcode: number, text: string): Buffer {
  const payload = Buffer.from(text);
  const length = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 0xff];
  const [first = 0, ...more] = length;
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | first, ...more, 0, 0, 0, 0]), payload]);
}
