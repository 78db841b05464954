import type { Entry } from '../verifier/entry.js';
import { isList, objectIn, type Json } from '../verifier/json.js';
import type { Label, Words } from './words.js';

/** An entry with what is disclosed of it, by name. */
export type ToldEntry = { readonly entry: Entry; readonly disclosed: ReadonlyMap<string, Json> };

export type TranscriptInput = {
  readonly organizationName: string;
  readonly entries: readonly ToldEntry[];
  readonly size: number;
  readonly at: string;
};

const labelOf: Readonly<Record<string, Label>> = {
  'contact.phone': 'phone',
  'contact.name': 'name',
  'contact.identities': 'identities',
  'actor.id': 'agent',
  locale: 'locale',
  'basis.reference': 'reference',
  'evidence.source': 'source',
  'evidence.reference': 'reference',
  'evidence.note': 'note',
  'answer.text': 'text',
  'answer.providerMessageId': 'answerId',
  'shown.text': 'shown',
  sender: 'sender',
  template: 'template',
  reason: 'reason',
};

/** Of what has parts, in which order these are told. */
const partsOf: Readonly<Record<string, readonly string[]>> = {
  sender: ['businessName', 'number', 'phoneNumberId'],
  template: ['name', 'language', 'category', 'version'],
};

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}.derived{border-left:4px solid #b45309;background:#fff7ed;padding:.6rem 1rem}
ol{list-style:none;padding:0}li.entry{border-top:1px solid #d4d4d4;padding:.8rem 0}time,.small{color:#525252;font-size:.85rem}
dl{display:grid;grid-template-columns:minmax(8rem,14rem) 1fr;gap:.2rem 1rem;margin:.4rem 0}dt{color:#525252}dd{margin:0;overflow-wrap:anywhere;white-space:pre-wrap}
code{font-size:.85rem;word-break:break-all}dd code{display:block}.status{font-weight:600}.step{margin:.2rem 0}@media(max-width:30rem){dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}}`;

/** A page for people: no script, nothing loaded, everything that came from outside escaped. */
export function writeTranscript(language: string, words: Words, input: TranscriptInput): string {
  const { organizationName, entries, size, at } = input;
  const last = entries.findLast(({ entry }) => entry.transition !== null)?.entry.transition?.to ?? 'NOT_ASKED';
  const asOf = words.asOf.replaceAll('{size}', String(size)).replaceAll('{at}', readableTime(at));
  const who = (['contact.phone', 'contact.name', 'contact.identities'] as const).flatMap((name) => {
    const value = entries.findLast(({ disclosed }) => disclosed.has(name))?.disclosed.get(name);
    return value === undefined || (isList(value) && value.length === 0)
      ? []
      : [row(words.labels[labelOf[name] as Label], shown(value))];
  });
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(words.title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escaped(words.title)}</h1>
<p class="derived">${escaped(words.derived)}</p>
<dl>
${[
  row(words.organization, isolated(organizationName)),
  row(words.contact, `<code>${escaped(entries[0]?.entry.contact ?? '')}</code>`),
  ...who,
  row(words.status, `<span class="status">${statusIn(words, last)}</span>`),
].join('\n')}
</dl>
<p class="small">${escaped(asOf)}</p>
<h2>${escaped(words.history)}</h2>
<ol>
${entries.map((told) => entryItem(words, told)).join('\n')}
</ol>
<h2>${escaped(words.notProvenTitle)}</h2>
<ul>
${words.notProven.map((sentence) => `<li>${escaped(sentence)}</li>`).join('\n')}
</ul>
</body>
</html>
`;
}

function entryItem(words: Words, { entry, disclosed }: ToldEntry): string {
  const { seq, event, transition, sealed } = entry;
  const said = Object.hasOwn(words.events, event) ? words.events[event as keyof Words['events']] : event;
  const step = transition && `${statusIn(words, transition.from)} → ${statusIn(words, transition.to)}`;
  const rows = [...factsOf(words, entry), ...[...disclosed].flatMap(([name, value]) => detailOf(words, name, value))];
  const undisclosed = Object.keys(sealed).filter((name) => !disclosed.has(name));
  if (undisclosed.length > 0) rows.push(row(words.labels.undisclosed, escaped(undisclosed.join(', '))));
  return `<li class="entry">
<div>${seq}. <strong>${escaped(said)}</strong></div>
${step === null ? '' : `<div class="step">${escaped(words.status)}: <span class="status">${step}</span></div>\n`}${timesOf(words, entry)}
${rows.length === 0 ? '' : `<dl>\n${rows.join('\n')}\n</dl>\n`}</li>`;
}

/** What stands in clear in the entry and people may want to know. */
function factsOf(words: Words, { facts }: Entry): readonly string[] {
  const { kind, obtainedAt } = objectIn(facts['basis']) ?? {};
  const basis =
    typeof kind === 'string' && Object.hasOwn(words.bases, kind) ? words.bases[kind as keyof Words['bases']] : kind;
  const parts = [basis, obtainedAt].filter((part) => typeof part === 'string').map(readableTime);
  const rows = parts.length === 0 ? [] : [row(words.labels.basis, shown(parts))];
  return typeof facts['code'] === 'number' ? [...rows, row(words.labels.code, String(facts['code']))] : rows;
}

function timesOf(words: Words, { occurredAt, recordedAt }: Entry): string {
  const recorded = `${escaped(words.recorded)} ${timeElement(recordedAt)}`;
  return `${timeElement(occurredAt)} <span class="small">(${recorded})</span>`;
}

function timeElement(time: string): string {
  return `<time datetime="${escaped(time)}">${escaped(readableTime(time))}</time>`;
}

/** Such as `2026-11-22 23:45:20.000 UTC`. */
function readableTime(time: string): string {
  return time.replace('T', ' ').replace(/Z$/, ' UTC');
}

/** Who the contact is stands above; each entry has it again only in the file. */
function detailOf(words: Words, name: string, value: Json): readonly string[] {
  if (name.startsWith('contact.')) return [];
  if (!name.startsWith('artifact.')) {
    const label = Object.hasOwn(labelOf, name) ? words.labels[labelOf[name] as Label] : name;
    const object = objectIn(value);
    const parts = Object.hasOwn(partsOf, name) && object ? partsOf[name]?.map((part) => object[part] ?? '–') : value;
    return [row(label, shown(parts ?? value))];
  }
  const { kind, sha256 } = objectIn(value) ?? {};
  const hash = typeof sha256 === 'string' ? sha256 : '';
  return [row(words.labels.bytes, `${escaped(typeof kind === 'string' ? kind : name)} <code>${escaped(hash)}</code>`)];
}

function statusIn(words: Words, status: string): string {
  const known = Object.hasOwn(words.statuses, status) ? words.statuses[status as keyof Words['statuses']] : status;
  return escaped(known);
}

function row(label: string, html: string): string {
  return `<dt>${escaped(label)}</dt><dd>${html}</dd>`;
}

function shown(value: Json): string {
  if (isList(value)) return value.map(shown).join(' · ');
  return isolated(typeof value === 'string' ? value : JSON.stringify(value));
}

/** Words of others, so marked that their direction of writing does not spill over. */
function isolated(text: string): string {
  return `<bdi>${escaped(text)}</bdi>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
