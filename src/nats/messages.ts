import { z } from 'zod';
import { consentCauses, consentStatuses } from '../domain/consent/transitions.js';
import type { TransitionView } from '../domain/ports/readers.js';
import type { Wake } from '../domain/ports/wakes.js';

const time = z.iso.datetime().transform((text) => new Date(text));

const transition = z.object({
  position: z
    .string()
    .regex(/^[1-9]\d{0,17}$/)
    .transform(BigInt),
  eventId: z.guid(),
  contactId: z.guid(),
  contactVersion: z.int().positive(),
  from: z.enum(consentStatuses),
  to: z.enum(consentStatuses),
  cause: z.enum(consentCauses),
  occurredAt: time,
  recordedAt: time,
});

const batch = z
  .object({ v: z.literal(1), transitions: z.array(transition).min(1) })
  .refine(({ transitions: all }) => all.every((one, at) => at === 0 || one.position === follows(all[at - 1])));

const hints = z.object({ v: z.literal(1), wakes: z.array(z.tuple([z.guid(), z.guid().nullable()])) });

const follows = (before: { readonly position: bigint } | undefined): bigint => (before?.position ?? 0n) + 1n;

/** Transitions of one organization as messages, none longer than so many bytes. */
export function batchMessages(transitions: readonly TransitionView[], maxBytes: number): readonly string[] {
  const messages: string[] = [];
  let gathered: string[] = [];
  let bytes = 0;
  const room = maxBytes - Buffer.byteLength(batchOf([]));
  const close = (): void => {
    if (gathered.length > 0) messages.push(batchOf(gathered));
    [gathered, bytes] = [[], 0];
  };
  for (const { organizationId: _, ...one } of transitions) {
    const text = JSON.stringify({ ...one, position: one.position.toString() });
    const length = Buffer.byteLength(text) + 1;
    if (bytes + length > room) close();
    gathered.push(text);
    bytes += length;
  }
  close();
  return messages;
}

const batchOf = (transitions: readonly string[]): string => `{"v":1,"transitions":[${transitions.join(',')}]}`;

/** The transitions of a message; null if it can't be read, or is not in order without a gap. */
export function readBatch(organizationId: string, text: string): readonly TransitionView[] | null {
  return read(batch, text)?.transitions.map((one) => ({ organizationId, ...one })) ?? null;
}

export function hintsMessage(wakes: readonly Wake[]): string {
  return JSON.stringify({ v: 1, wakes: wakes.map(({ organizationId, contactId }) => [organizationId, contactId]) });
}

/** The hints of a message; null if it can't be read. */
export function readHints(text: string): readonly Wake[] | null {
  return read(hints, text)?.wakes.map(([organizationId, contactId]) => ({ organizationId, contactId })) ?? null;
}

function read<Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
