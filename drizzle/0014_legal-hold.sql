ALTER TABLE "contacts" ADD COLUMN "held_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "message_retention" bigint;--> statement-breakpoint
-- Statistics of a column are samples of it, kept outside of the table: of names, numbers and texts there are none. A look-up by one of
-- these is by the whole key of a unique index, which needs no estimate. A column that is given its type again loses those it had.
ALTER TABLE "contacts" ALTER COLUMN "name" TYPE text, ALTER COLUMN "phone" TYPE text, ALTER COLUMN "phone_key" TYPE text, ALTER COLUMN "consent" TYPE jsonb;--> statement-breakpoint
ALTER TABLE "contacts" ALTER COLUMN "name" SET STATISTICS 0, ALTER COLUMN "phone" SET STATISTICS 0, ALTER COLUMN "phone_key" SET STATISTICS 0, ALTER COLUMN "consent" SET STATISTICS 0;--> statement-breakpoint
ALTER TABLE "contact_identities" ALTER COLUMN "identity" TYPE text;--> statement-breakpoint
ALTER TABLE "contact_identities" ALTER COLUMN "identity" SET STATISTICS 0;--> statement-breakpoint
ALTER TABLE "consent_events" ALTER COLUMN "data" TYPE jsonb;--> statement-breakpoint
ALTER TABLE "consent_events" ALTER COLUMN "data" SET STATISTICS 0;--> statement-breakpoint
ALTER TABLE "opt_in_requests" ALTER COLUMN "basis" TYPE jsonb;--> statement-breakpoint
ALTER TABLE "opt_in_requests" ALTER COLUMN "basis" SET STATISTICS 0;--> statement-breakpoint
ALTER TABLE "messages" ALTER COLUMN "body" TYPE text, ALTER COLUMN "failure" TYPE jsonb;--> statement-breakpoint
ALTER TABLE "messages" ALTER COLUMN "body" SET STATISTICS 0, ALTER COLUMN "failure" SET STATISTICS 0;--> statement-breakpoint
ALTER TABLE "message_events" ALTER COLUMN "failure" TYPE jsonb;--> statement-breakpoint
ALTER TABLE "message_events" ALTER COLUMN "failure" SET STATISTICS 0;--> statement-breakpoint
ALTER TABLE "webhook_inbox" ALTER COLUMN "body" TYPE bytea, ALTER COLUMN "error" TYPE text;--> statement-breakpoint
ALTER TABLE "webhook_inbox" ALTER COLUMN "body" SET STATISTICS 0, ALTER COLUMN "error" SET STATISTICS 0;--> statement-breakpoint
ALTER TABLE "idempotency_keys" ALTER COLUMN "key" TYPE text, ALTER COLUMN "input_hash" TYPE text;--> statement-breakpoint
ALTER TABLE "idempotency_keys" ALTER COLUMN "key" SET STATISTICS 0, ALTER COLUMN "input_hash" SET STATISTICS 0;
