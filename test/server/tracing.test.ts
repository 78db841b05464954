import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTracing } from '../../src/server/tracing.js';
import { startJourney, type Journey } from '../support/journey.js';
import { startTraceCollector, type CollectedSpan } from '../support/trace-collector.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER_SPAN = '00f067aa0ba902b7';
const TRACEPARENT = `00-${TRACE}-${CALLER_SPAN}-01`;
const OTHER_TRACE = '11111111111111111111111111111111';
const SECRET_TEXT = 'Your password is swordfish';
const SEND_OPT_IN = `mutation ($phone: PhoneNumber!) {
  sendOptIn(input: { phone: $phone, name: "Clara Secret" }) { contact { id } userErrors { code } }
}`;

let collector: Awaited<ReturnType<typeof startTraceCollector>>;
let spans: readonly CollectedSpan[];
let journey: Journey;
let phone: string;

/** One story: a traced mutation, a contact who agrees, a message that leaves, an operation on a socket. */
beforeAll(async () => {
  collector = await startTraceCollector();
  journey = await startJourney({ OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.endpoint}/` });
  const { server, agent } = journey;
  phone = journey.nextPhone();
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${agent.token}`,
      traceparent: TRACEPARENT,
    },
    body: JSON.stringify({ query: SEND_OPT_IN, variables: { phone } }),
  });
  const { data } = (await response.json()) as { data: { sendOptIn: { contact: { id: string } } } };
  const who = journey.person(data.sendOptIn.contact.id, phone);
  const [request] = await journey.sends(phone, 1);
  await journey.wamidOf(request);
  await journey.says(who, 'yes');
  await journey.becomes(who, 'OPTED_IN');

  const socket = agent.socket({
    connectionParams: { authorization: `Bearer ${agent.token}`, traceparent: `00-${OTHER_TRACE}-${CALLER_SPAN}-01` },
  });
  const queue = `mutation { queueMessage(input: { contactId: "${who.id}", body: "${SECRET_TEXT}" }) { message { id } } }`;
  await new Promise<void>((resolve, reject) => {
    const over = { next: () => undefined, error: reject, complete: resolve };
    socket.subscribe({ query: queue }, over);
  });
  await journey.wamidOf((await journey.sends(phone, 3))[2]);
  await socket.dispose();
  await fetch(`${server.url}/readyz`);
  await server.close();
  spans = collector.spans();
}, 180_000);
afterAll(() => collector.close());

const attributesOf = ({ attributes }: Pick<CollectedSpan, 'attributes'>): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

function one(name: string, where: (span: CollectedSpan) => boolean = () => true): CollectedSpan {
  const [found] = spans.filter((span) => span.name === name && where(span));
  if (!found) throw new Error(`no span "${name}" among ${spans.map((span) => span.name).join(', ')}`);
  return found;
}

describe('a server with a collector of traces', () => {
  it('sends it JSON by OTLP over HTTP, under the name of the service', () => {
    expect([...collector.paths]).toEqual(['POST /v1/traces application/json']);
    expect(collector.text()).toContain('{"key":"service.name","value":{"stringValue":"assent"}}');
  });

  it("hangs a mutation, its commit and its send on the caller's own trace", () => {
    const ofCaller = ({ traceId }: CollectedSpan): boolean => traceId === TRACE;
    const request = one('POST /graphql', ofCaller);
    const operation = one('graphql mutation', ofCaller);
    const commit = one('commit', ofCaller);
    const send = one('send WHATSAPP', ofCaller);

    expect(request.parentSpanId).toBe(CALLER_SPAN);
    expect(attributesOf(request)).toMatchObject({ 'http.route': '/graphql', 'http.response.status_code': 200 });
    expect(operation.parentSpanId).toBe(request.spanId);
    expect(attributesOf(operation)).toMatchObject({ 'assent.transport': 'http' });
    expect(commit.parentSpanId).toBe(operation.spanId);
    expect(attributesOf(commit)).toMatchObject({ 'assent.changes': 1, 'assent.messages': 1 });
    expect(send.parentSpanId).toBe(operation.spanId);
    expect(attributesOf(send)).toMatchObject({ 'assent.message_kind': 'OPT_IN_REQUEST', 'assent.outcome': 'ACCEPTED' });
  });

  it('hangs what a webhook tells on the request that brought it, and what follows from it as well', () => {
    const item = one('webhook item', (span) => attributesOf(span)['assent.item'] === 'INBOUND');
    const request = one('POST /webhooks/whatsapp', ({ traceId }) => traceId === item.traceId);
    const confirmation = one('send WHATSAPP', ({ traceId }) => traceId === item.traceId);

    expect(item.parentSpanId).toBe(request.spanId);
    expect(one('commit', ({ traceId }) => traceId === item.traceId).parentSpanId).toBe(item.spanId);
    expect(attributesOf(confirmation)).toMatchObject({ 'assent.message_kind': 'OPT_IN_CONFIRMATION' });
  });

  it('takes the trace of a socket for the operations on it', () => {
    const operation = one('graphql mutation', (span) => attributesOf(span)['assent.transport'] === 'ws');
    const send = one('send WHATSAPP', ({ traceId }) => traceId === OTHER_TRACE);

    expect(operation).toMatchObject({ traceId: OTHER_TRACE, parentSpanId: CALLER_SPAN });
    expect(send.parentSpanId).toBe(operation.spanId);
  });

  it('tells of the batches of the feed', () => {
    expect(attributesOf(one('feed batch'))).toMatchObject({ 'assent.organizations': 1 });
  });

  it('tells nothing of who was written to and what, and nothing of those who only look whether it is ready', () => {
    for (const never of [phone, phone.slice(1), SECRET_TEXT, 'Clara Secret', journey.agent.token]) {
      expect(collector.text()).not.toContain(never);
    }
    expect(spans.filter(({ name }) => name.includes('readyz'))).toEqual([]);
  });
});

describe('traces', () => {
  const log = { debug() {}, info() {}, error() {}, warn: (_: object, message: string) => void warnings.push(message) };
  const warnings: string[] = [];

  it('are off without a collector: every part is left as it was', async () => {
    const { parts, operations, stop } = await openTracing({ endpoint: null, service: 'assent', log });
    const store = { load: async () => [], append: async () => [] };

    expect(parts.store(store)).toBe(store);
    expect(parts.origin()).toBeNull();
    expect(operations.within({}, () => 'done')).toBe('done');
    await stop();
  });

  it('are lost while the collector is away, and the log says so once', async () => {
    const gone = await startTraceCollector();
    await gone.close();
    const { operations, stop } = await openTracing({ endpoint: gone.endpoint, service: 'assent', log });
    operations.began({ transport: 'http', documentId: null, type: 'query' })({ failed: false, code: null });
    await stop();

    await expect
      .poll(() => warnings, { timeout: 30_000 })
      .toEqual(['spans could not be sent to OTEL_EXPORTER_OTLP_ENDPOINT and are lost']);
  });
});
