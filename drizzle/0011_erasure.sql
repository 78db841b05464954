ALTER TABLE "contacts" ADD COLUMN "erased_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "purged_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "contacts_unpurged" ON "contacts" USING btree ("erased_at") WHERE erased_at is not null and purged_at is null;--> statement-breakpoint
CREATE FUNCTION "refuse_update"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	-- What is personal may go when its contact is erased, and nothing else of the fact.
	IF current_setting('assent.erasing', true) = OLD.organization_id::text || '/' || OLD.contact_id::text
		AND to_jsonb(NEW) - TG_ARGV[0] = to_jsonb(OLD) - TG_ARGV[0]
		AND to_jsonb(NEW) -> TG_ARGV[0] = TG_ARGV[1]::jsonb
	THEN
		RETURN NEW;
	END IF;
	RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
		USING ERRCODE = 'restrict_violation', HINT = 'What was recorded stays; record a new fact instead.';
END
$$;
--> statement-breakpoint
DROP TRIGGER "consent_events_append_only" ON "consent_events";--> statement-breakpoint
DROP TRIGGER "message_events_append_only" ON "message_events";--> statement-breakpoint
CREATE TRIGGER "consent_events_append_only" BEFORE DELETE OR TRUNCATE ON "consent_events" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();--> statement-breakpoint
CREATE TRIGGER "message_events_append_only" BEFORE DELETE OR TRUNCATE ON "message_events" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();--> statement-breakpoint
CREATE TRIGGER "consent_events_no_update" BEFORE UPDATE ON "consent_events" FOR EACH ROW EXECUTE FUNCTION "refuse_update"('data', '{}');--> statement-breakpoint
CREATE TRIGGER "message_events_no_update" BEFORE UPDATE ON "message_events" FOR EACH ROW EXECUTE FUNCTION "refuse_update"('failure', 'null');--> statement-breakpoint
CREATE TRIGGER "consent_events_no_change" BEFORE UPDATE ON "consent_events" FOR EACH STATEMENT WHEN (coalesce(current_setting('assent.erasing', true), '') = '') EXECUTE FUNCTION "refuse_change"();--> statement-breakpoint
CREATE TRIGGER "message_events_no_change" BEFORE UPDATE ON "message_events" FOR EACH STATEMENT WHEN (coalesce(current_setting('assent.erasing', true), '') = '') EXECUTE FUNCTION "refuse_change"();
