import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Enforcement } from '../../src/domain/partner.js';
import { assent } from './command-line.js';
import { hashOf } from './transports.js';

type Environment = Readonly<Record<string, string>>;

async function operator(env: Environment, ...args: readonly string[]): Promise<string> {
  const { code, out, err } = await assent(env, ...args);
  if (code !== 0) throw new Error(err);
  return out.trim();
}

/** A partner with a key of its own; resolves to the key. */
export async function createPartner(
  env: Environment,
  organization: string,
  { name, enforcement }: { readonly name: string; readonly enforcement: Enforcement },
): Promise<string> {
  const about = ['--org', organization, '--name', name, '--enforcement', enforcement, '--json'];
  const { key } = JSON.parse(await operator(env, 'partner', 'create', ...about));
  return key;
}

/** Publishes documents for a partner, as the command line does from a manifest. */
export async function publish(
  env: Environment,
  organization: string,
  {
    partner,
    version,
    documents,
  }: { readonly partner: string; readonly version: string; readonly documents: readonly string[] },
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'assent-test-'));
  try {
    const file = join(folder, 'manifest.json');
    await writeFile(
      file,
      JSON.stringify(Object.fromEntries(documents.map((text) => [`sha256:${hashOf(text)}`, text]))),
    );
    await operator(
      env,
      'documents',
      'publish',
      '--org',
      organization,
      '--partner',
      partner,
      '--version',
      version,
      file,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Tells those who run a version that it will end; resolves to since when they are told. */
export async function deprecate(
  env: Environment,
  organization: string,
  { partner, version, sunset }: { readonly partner: string; readonly version: string; readonly sunset: string },
): Promise<{ readonly at: Date }> {
  const about = ['--org', organization, '--partner', partner, '--version', version, '--sunset', sunset, '--json'];
  const { deprecatedAt } = JSON.parse(await operator(env, 'documents', 'deprecate', ...about));
  return { at: new Date(deprecatedAt) };
}
