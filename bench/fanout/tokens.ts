import { createHmac } from 'node:crypto';

/** What the benchmark's servers trust, and the organization that they serve. */
export const SECRET = 'a secret for benchmarks, good for nothing else';
export const ORGANIZATION = 'bench';

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token of one agent: subscribers are as many people, each on a socket of their own. */
export function tokenOf(subject: string, role: 'agent' | 'admin' = 'agent'): string {
  const exp = Math.floor(Date.now() / 1000) + 3_600;
  const signed = `${base64({ alg: 'HS256', typ: 'JWT' })}.${base64({ sub: subject, org: ORGANIZATION, role, exp })}`;
  return `${signed}.${createHmac('sha256', SECRET).update(signed).digest('base64url')}`;
}
