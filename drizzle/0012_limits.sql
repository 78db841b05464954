-- Written often, worth nothing after a minute: it need not be in the write-ahead log.
CREATE UNLOGGED TABLE "rate_limits" (
	"key" text PRIMARY KEY NOT NULL,
	"points" integer NOT NULL,
	"expire" bigint
);
--> statement-breakpoint
ALTER TABLE "webhook_inbox" ADD COLUMN "quarantined_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "whatsapp_channels" ADD COLUMN "previous_app_secret" "bytea";--> statement-breakpoint
ALTER TABLE "whatsapp_channels" ADD COLUMN "previous_secret_until" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "webhook_inbox_quarantined" ON "webhook_inbox" USING btree ("quarantined_at") WHERE quarantined_at is not null;