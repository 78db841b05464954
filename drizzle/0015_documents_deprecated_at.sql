ALTER TABLE "document_versions" ADD COLUMN "deprecated_at" timestamp with time zone;--> statement-breakpoint
-- Policies hold for the owner of the tables too: this is the system's own work.
SELECT set_config('assent.organizations', '*', true);--> statement-breakpoint
-- When a version was deprecated first stands in the audit. Of one that is deprecated without having been noted there, it is known that
-- it is so by now, and it did not end before.
UPDATE "document_versions" v SET "deprecated_at" = coalesce(
	(
		SELECT min(a.at) FROM "audit_events" a
		JOIN "partners" p ON p.organization_id = v.organization_id AND p.id = v.partner_id
		WHERE a.organization_id = v.organization_id AND a.action = 'documents.deprecate' AND a.target = p.name
			AND a.details ->> 'application' = v.application AND a.details ->> 'version' = v.version
	),
	CASE WHEN v.status = 'DEPRECATED' THEN greatest(v.published_at, least(now(), v.sunset_at)) END
) WHERE v.status <> 'ACTIVE';--> statement-breakpoint
-- An end that was past when it was said is that moment.
UPDATE "document_versions" SET "sunset_at" = "deprecated_at" WHERE status = 'DEPRECATED' AND "sunset_at" < "deprecated_at";--> statement-breakpoint
ALTER TABLE "document_versions" ADD CONSTRAINT "document_versions_deprecated" CHECK (status <> 'DEPRECATED' or deprecated_at is not null);
