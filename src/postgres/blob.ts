export type Blob = ReturnType<typeof createBlob>;

/** Bytes of many rows as one parameter: they are encoded and decoded once, and each row says where its own are. */
export function createBlob() {
  const parts: Uint8Array[] = [];
  let next = 1;
  return {
    /** From where, as SQL counts, and how many. */
    add: (bytes: Uint8Array): readonly [number, number] => {
      parts.push(bytes);
      next += bytes.length;
      return [next - bytes.length, bytes.length];
    },
    base64: (): string => Buffer.concat(parts).toString('base64'),
  };
}
