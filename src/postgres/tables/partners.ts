import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  date,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { DocumentVersionStatus, Enforcement, PartnerScope } from '../../domain/partner.js';
import { bytea, time } from './columns.js';
import { organizationId } from './organizations.js';

/** Systems that act for an organization, and may run what was published for them. */
export const partners = pgTable(
  'partners',
  {
    organizationId: organizationId(),
    id: uuid('id').notNull(),
    name: text('name').notNull(),
    /** What its documents are published for, where nothing else is said. */
    application: text('application').notNull(),
    /** Grows with whatever changes what it may run. */
    documentsRevision: integer('documents_revision').notNull().default(0),
    createdAt: time('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    uniqueIndex('partners_name').on(table.organizationId, table.name),
  ],
);

/** The keys of partners; of a key only its hash is kept. */
export const partnerKeys = pgTable(
  'partner_keys',
  {
    organizationId: uuid('organization_id').notNull(),
    id: text('id').notNull().unique(),
    partnerId: uuid('partner_id').notNull(),
    hash: bytea('hash').notNull(),
    enforcement: text('enforcement').$type<Enforcement>().notNull(),
    scopes: jsonb('scopes').$type<readonly PartnerScope[]>().notNull(),
    createdAt: time('created_at').notNull(),
    expiresAt: time('expires_at'),
    revokedAt: time('revoked_at'),
    lastUsedAt: time('last_used_at'),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    index('partner_keys_partner').on(table.organizationId, table.partnerId),
    foreignKey({
      columns: [table.organizationId, table.partnerId],
      foreignColumns: [partners.organizationId, partners.id],
    }),
  ],
);

/** What was published for a partner together; its documents never change, its status does. */
export const documentVersions = pgTable(
  'document_versions',
  {
    organizationId: uuid('organization_id').notNull(),
    partnerId: uuid('partner_id').notNull(),
    application: text('application').notNull(),
    version: text('version').notNull(),
    status: text('status').$type<DocumentVersionStatus>().notNull(),
    /** One digest of all its documents. */
    digest: text('digest').notNull(),
    publishedAt: time('published_at').notNull(),
    deprecatedAt: time('deprecated_at'),
    sunsetAt: time('sunset_at'),
    retiredAt: time('retired_at'),
  },
  (table) => [
    check('document_versions_deprecated', sql`status <> 'DEPRECATED' or deprecated_at is not null`),
    primaryKey({ columns: [table.organizationId, table.partnerId, table.application, table.version] }),
    foreignKey({
      columns: [table.organizationId, table.partnerId],
      foreignColumns: [partners.organizationId, partners.id],
    }),
  ],
);

/** The documents that partners may run. Append-only. */
export const publishedDocuments = pgTable(
  'published_documents',
  {
    organizationId: uuid('organization_id').notNull(),
    partnerId: uuid('partner_id').notNull(),
    application: text('application').notNull(),
    version: text('version').notNull(),
    hash: text('hash').notNull(),
    name: text('name').notNull(),
    text: text('text').notNull(),
    cost: integer('cost').notNull(),
  },
  (table) => [
    primaryKey({
      columns: [table.organizationId, table.partnerId, table.application, table.version, table.hash],
    }),
    index('published_documents_hash').on(table.organizationId, table.partnerId, table.hash),
    foreignKey({
      name: 'published_documents_version_fk',
      columns: [table.organizationId, table.partnerId, table.application, table.version],
      foreignColumns: [
        documentVersions.organizationId,
        documentVersions.partnerId,
        documentVersions.application,
        documentVersions.version,
      ],
    }),
  ],
);

/** How often published documents ran, by day and by how long it took; only added to. */
export const documentUsage = pgTable(
  'document_usage',
  {
    organizationId: uuid('organization_id').notNull(),
    partnerId: uuid('partner_id').notNull(),
    application: text('application').notNull(),
    version: text('version').notNull(),
    hash: text('hash').notNull(),
    day: date('day', { mode: 'string' }).notNull(),
    /** Runs that took at most as long as the bucket's bound. */
    bucket: smallint('bucket').notNull(),
    runs: bigint('runs', { mode: 'number' }).notNull(),
    errors: bigint('errors', { mode: 'number' }).notNull(),
    lastRunAt: time('last_run_at').notNull(),
  },
  (table) => [
    primaryKey({
      columns: [
        table.organizationId,
        table.partnerId,
        table.application,
        table.version,
        table.hash,
        table.day,
        table.bucket,
      ],
    }),
    foreignKey({
      name: 'document_usage_document_fk',
      columns: [table.organizationId, table.partnerId, table.application, table.version, table.hash],
      foreignColumns: [
        publishedDocuments.organizationId,
        publishedDocuments.partnerId,
        publishedDocuments.application,
        publishedDocuments.version,
        publishedDocuments.hash,
      ],
    }),
  ],
);
