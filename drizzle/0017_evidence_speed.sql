ALTER TABLE "consent_events" ADD COLUMN "sealed" "bytea";--> statement-breakpoint
-- What an entry commits to lies beside it: a table of its own cost a row, a key and a look at the contact for each event. It is encrypted
-- and does not compress; of an event's size everything stays in its row.
ALTER TABLE "consent_events" ALTER COLUMN "sealed" SET STORAGE EXTERNAL, ALTER COLUMN "entry" SET STORAGE EXTERNAL;--> statement-breakpoint
ALTER TABLE "consent_events" ALTER COLUMN "sealed" SET STATISTICS 0, ALTER COLUMN "entry" SET STATISTICS 0;--> statement-breakpoint
ALTER TABLE "consent_events" SET (toast_tuple_target = 4080);--> statement-breakpoint
-- Policies hold for the owner of the tables too: this is the system's own work.
SELECT set_config('assent.organizations', '*', true);--> statement-breakpoint
ALTER TABLE "consent_events" DISABLE TRIGGER USER;--> statement-breakpoint
UPDATE "consent_events" e SET "sealed" = d.sealed FROM "disclosures" d
	WHERE d.organization_id = e.organization_id AND d.contact_id = e.contact_id AND d.version = e.version;--> statement-breakpoint
ALTER TABLE "consent_events" ENABLE TRIGGER USER;--> statement-breakpoint
DROP TABLE "disclosures" CASCADE;--> statement-breakpoint
CREATE OR REPLACE FUNCTION "refuse_update"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	was jsonb := to_jsonb(OLD);
	becomes jsonb := to_jsonb(NEW);
	is_erased boolean := current_setting('assent.erasing', true) = OLD.organization_id::text || '/' || OLD.contact_id::text;
BEGIN
	-- What is personal may go when its contact is erased, and nothing else of the fact: each column, and what it becomes then.
	FOR at IN 0 .. TG_NARGS - 1 BY 2 LOOP
		is_erased := is_erased AND becomes -> TG_ARGV[at] = TG_ARGV[at + 1]::jsonb;
		was := was - TG_ARGV[at];
		becomes := becomes - TG_ARGV[at];
	END LOOP;
	IF is_erased AND was = becomes THEN
		RETURN NEW;
	END IF;
	RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
		USING ERRCODE = 'restrict_violation', HINT = 'What was recorded stays; record a new fact instead.';
END
$$;
--> statement-breakpoint
DROP TRIGGER "consent_events_no_update" ON "consent_events";--> statement-breakpoint
CREATE TRIGGER "consent_events_no_update" BEFORE UPDATE ON "consent_events" FOR EACH ROW EXECUTE FUNCTION "refuse_update"('data', '{}', 'sealed', 'null');--> statement-breakpoint
CREATE OR REPLACE FUNCTION "purge_contact"("organization" uuid, "contact" uuid) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
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
	DELETE FROM artifacts WHERE organization_id = organization AND contact_id = contact;
	DELETE FROM opt_in_requests WHERE organization_id = organization AND contact_id = contact;
	DELETE FROM outbox WHERE organization_id = organization AND contact_id = contact;
	DELETE FROM messages WHERE organization_id = organization AND contact_id = contact;
	UPDATE message_events SET failure = NULL
		WHERE organization_id = organization AND contact_id = contact AND failure IS NOT NULL;
	UPDATE consent_events SET data = '{}', sealed = NULL WHERE organization_id = organization AND contact_id = contact;
	UPDATE contacts SET name = 'Erased contact', phone = '+0', locale = NULL, held_count = 0, pace = NULL, log_key = NULL,
		purged_at = now() WHERE organization_id = organization AND id = contact;
	PERFORM set_config('assent.erasing', '', true);
	RETURN true;
END
$$;
