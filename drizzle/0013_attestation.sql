CREATE TABLE "artifacts" (
	"organization_id" uuid NOT NULL,
	"contact_id" uuid NOT NULL,
	"sha256" "bytea" NOT NULL,
	"sealed" "bytea" NOT NULL,
	CONSTRAINT "artifacts_organization_id_contact_id_sha256_pk" PRIMARY KEY("organization_id","contact_id","sha256")
);
--> statement-breakpoint
CREATE TABLE "checkpoints" (
	"organization_id" uuid NOT NULL,
	"size" bigint NOT NULL,
	"root" "bytea" NOT NULL,
	"note" text NOT NULL,
	"signed_at" timestamp with time zone NOT NULL,
	CONSTRAINT "checkpoints_organization_id_size_pk" PRIMARY KEY("organization_id","size")
);
--> statement-breakpoint
CREATE TABLE "disclosures" (
	"organization_id" uuid NOT NULL,
	"contact_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"sealed" "bytea" NOT NULL,
	CONSTRAINT "disclosures_organization_id_contact_id_version_pk" PRIMARY KEY("organization_id","contact_id","version")
);
--> statement-breakpoint
CREATE TABLE "log_keys" (
	"organization_id" uuid NOT NULL,
	"verifier_key" text NOT NULL,
	"seed" "bytea",
	"created_at" timestamp with time zone NOT NULL,
	"rotation" text,
	CONSTRAINT "log_keys_organization_id_verifier_key_pk" PRIMARY KEY("organization_id","verifier_key")
);
--> statement-breakpoint
CREATE TABLE "log_tiles" (
	"organization_id" uuid NOT NULL,
	"level" smallint NOT NULL,
	"index" bigint NOT NULL,
	"hash" "bytea" NOT NULL,
	CONSTRAINT "log_tiles_organization_id_level_index_pk" PRIMARY KEY("organization_id","level","index")
);
--> statement-breakpoint
ALTER TABLE "consent_events" ADD COLUMN "entry" "bytea";--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "log_name" text;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "log_hash" "bytea";--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "log_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "log_key" "bytea";--> statement-breakpoint
ALTER TABLE "feed" ADD COLUMN "leaf_hash" "bytea";--> statement-breakpoint
ALTER TABLE "artifacts" ADD CONSTRAINT "artifacts_organization_id_contact_id_contacts_organization_id_id_fk" FOREIGN KEY ("organization_id","contact_id") REFERENCES "public"."contacts"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "checkpoints" ADD CONSTRAINT "checkpoints_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "disclosures" ADD CONSTRAINT "disclosures_organization_id_contact_id_contacts_organization_id_id_fk" FOREIGN KEY ("organization_id","contact_id") REFERENCES "public"."contacts"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "log_keys" ADD CONSTRAINT "log_keys_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "log_tiles" ADD CONSTRAINT "log_tiles_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "log_keys_in_use" ON "log_keys" USING btree ("organization_id") WHERE seed is not null;--> statement-breakpoint
CREATE TRIGGER "checkpoints_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "checkpoints" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
--> statement-breakpoint
CREATE FUNCTION "purge_contact"("organization" uuid, "contact" uuid) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
	names bytea[];
BEGIN
	PERFORM FROM contacts
		WHERE organization_id = organization AND id = contact AND erased_at IS NOT NULL AND purged_at IS NULL FOR UPDATE;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM set_config('assent.erasing', organization::text || '/' || contact::text, true);
	-- The digits of the number and whatever else the provider calls the contact: each post about it holds one of them.
	SELECT array_agg(convert_to(name, 'UTF8')) INTO names FROM (
		SELECT substr(phone, 2) AS name FROM contacts WHERE organization_id = organization AND id = contact
		UNION SELECT identity FROM contact_identities WHERE organization_id = organization AND contact_id = contact
	) known WHERE length(name) > 4;
	DELETE FROM webhook_inbox WHERE organization_id = organization AND processed_at IS NOT NULL
		AND EXISTS (SELECT FROM unnest(names) AS name WHERE position(name IN body) > 0);
	DELETE FROM contact_identities WHERE organization_id = organization AND contact_id = contact;
	DELETE FROM idempotency_keys WHERE organization_id = organization AND result ->> 'contactId' = contact::text;
	DELETE FROM disclosures WHERE organization_id = organization AND contact_id = contact;
	DELETE FROM artifacts WHERE organization_id = organization AND contact_id = contact;
	DELETE FROM opt_in_requests WHERE organization_id = organization AND contact_id = contact;
	DELETE FROM outbox WHERE organization_id = organization AND contact_id = contact;
	DELETE FROM messages WHERE organization_id = organization AND contact_id = contact;
	UPDATE message_events SET failure = NULL
		WHERE organization_id = organization AND contact_id = contact AND failure IS NOT NULL;
	UPDATE consent_events SET data = '{}' WHERE organization_id = organization AND contact_id = contact;
	UPDATE contacts SET name = 'Erased contact', phone = '+0', locale = NULL, held_count = 0, pace = NULL, log_key = NULL,
		purged_at = now() WHERE organization_id = organization AND id = contact;
	PERFORM set_config('assent.erasing', '', true);
	RETURN true;
END
$$;
--> statement-breakpoint
SELECT assent_protect_tables();
