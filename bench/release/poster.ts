import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import postgres, { type Sql } from 'postgres';
import { now } from '../support/clock.js';
import { serve } from '../support/serve.js';
import type { Sample } from './provider.js';

// Posts a message again and again, and does nothing else: what Node can do at most.
export type Posts = Sample & { readonly port: number; readonly count: number; readonly atOnce: number };

/** The webhook stored, the decision, and that the message is about to leave. */
const COMMITS = 3;
const agent = new Agent({ keepAlive: true });

function post({ port, path, authorization, body }: Posts): Promise<void> {
  const headers = { authorization, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request({ agent, port, host: '127.0.0.1', method: 'POST', path, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => (JSON.parse(text).messages?.[0]?.id ? resolve() : reject(new Error(text))));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function postByFetch({ port, path, authorization, body }: Posts): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body,
  });
  const text = await answer.text();
  if (!JSON.parse(text).messages?.[0]?.id) throw new Error(text);
}

async function all(posts: Posts, one: (posts: Posts) => Promise<void>): Promise<void> {
  let left = posts.count;
  const postOn = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await one(posts);
    }
  };
  await Promise.all(Array.from({ length: posts.atOnce }, postOn));
}

let steps: Sql | null = null;

/** Commits three rows one after the other, then posts; resolves to how long that took until it was answered. */
async function commitAndPost(posts: Posts & { readonly databaseUrl: string }): Promise<number> {
  const sql = (steps ??= postgres(posts.databaseUrl, { max: 1 }));
  const begun = now();
  for (let step = 0; step < COMMITS; step += 1) {
    await sql`insert into bench_steps (id, body) values (${randomUUID()}, ${posts.body})`;
  }
  await post(posts);
  return now() - begun;
}

serve({
  commitAndPost,
  post: (posts: Posts) => all(posts, post),
  postByFetch: (posts: Posts) => all(posts, postByFetch),
});
