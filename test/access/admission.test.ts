import { describe, expect, it } from 'vitest';
import { createAdmission } from '../../src/access/admission.js';
import type { Enforcement, PublishedDocument } from '../../src/domain/partner.js';
import type { Viewer } from '../../src/domain/viewer.js';
import { buildAssentSchema } from '../../src/resolvers/build-schema.js';
import { recordingLog } from '../support/channel-fakes.js';
import { hashOf } from '../support/transports.js';

const schema = buildAssentSchema();
const KNOWN = '{ feedCursor }';

function gate() {
  const log = recordingLog();
  const asked: string[] = [];
  const spent: number[] = [];
  const published = { partnerId: 'p', hash: hashOf(KNOWN), text: KNOWN, status: 'ACTIVE' } as PublishedDocument;
  const { admit } = createAdmission({
    schema,
    revealsSchema: true,
    publishedDocuments: {
      find: async (_organizationId, _partnerId, hash) => {
        asked.push(hash);
        return hash === published.hash ? published : null;
      },
    },
    rateLimits: {
      spend: async (_viewer, points) => {
        spent.push(points);
        return null;
      },
    },
    log,
  });
  return { admit, log, asked, spent };
}

const partner = (enforcement: Enforcement): Viewer => ({
  ...{ subject: 'partner:p', name: 'Partner', role: 'partner', organizationId: 'acme', organizationSlug: 'acme' },
  ...{ locale: 'en', issuedAt: null, expiresAt: null },
  partner: { partnerId: 'p', keyId: 'k', enforcement, scopes: ['read'] },
});

describe('the gate', () => {
  it('notes under AUDIT each text that is not published, once', async () => {
    const { admit, log } = gate();
    for (const query of ['{ viewer { role } }', KNOWN, '{ viewer { role } }', '{ viewer { name } }']) {
      await admit(partner('AUDIT'), { query }, 'HTTP_POST');
    }
    expect(log.lines).toHaveLength(2);
    expect(log.lines[0]).toContain(hashOf('{ viewer { role } }'));
    expect(log.lines.join()).not.toContain('viewer');
  });

  it('looks nothing up for a text that ID_ONLY refuses, nor for an id that can be none', async () => {
    const { admit, asked } = gate();
    await admit(partner('ID_ONLY'), { query: KNOWN, documentId: hashOf(KNOWN) }, 'SOCKET');
    await admit(partner('ID_ONLY'), { documentId: "'; drop table published_documents; --" }, 'SOCKET');
    expect(asked).toEqual([]);
  });

  it('takes the points of what it admits, and one for what it refuses', async () => {
    const { admit, spent } = gate();
    const admitted = await admit(partner('OFF'), { query: '{ viewer { role name } }' }, 'SOCKET');
    expect(admitted).toMatchObject({ cost: 3, published: null });
    expect(spent).toEqual([1, 2]);
    await admit(partner('OFF'), { query: '{' }, 'SOCKET');
    expect(spent).toEqual([1, 2, 1]);
  });

  it('gives a published document as it was published', async () => {
    const { admit } = gate();
    const admitted = await admit(partner('ID_ONLY'), { documentId: hashOf(KNOWN) }, 'HTTP_GET');
    expect(admitted).toMatchObject({ published: { text: KNOWN }, operation: { operation: 'query' }, cost: 1 });
  });
});
