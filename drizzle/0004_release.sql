CREATE TABLE "send_lanes" (
	"organization_id" uuid NOT NULL,
	"channel" text NOT NULL,
	"paid_until" timestamp with time zone NOT NULL,
	CONSTRAINT "send_lanes_organization_id_channel_pk" PRIMARY KEY("organization_id","channel")
);
--> statement-breakpoint
DROP INDEX "outbox_due";--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "pace" jsonb;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "continue_asked_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "message_events" ADD COLUMN "by" text;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "possible_duplicate" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "unconfirmed" text DEFAULT 'PARK' NOT NULL;--> statement-breakpoint
ALTER TABLE "whatsapp_channels" ADD COLUMN "retries" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "whatsapp_channels" ADD COLUMN "retry_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "whatsapp_channels" ADD COLUMN "template_problem" text;--> statement-breakpoint
ALTER TABLE "whatsapp_channels" ADD COLUMN "template_retry_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "whatsapp_channels" ADD COLUMN "continue_template" text;--> statement-breakpoint
ALTER TABLE "send_lanes" ADD CONSTRAINT "send_lanes_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "message_events_attempts" ON "message_events" USING btree ("organization_id","message_id") WHERE attempts > 0;--> statement-breakpoint
CREATE INDEX "messages_held_age" ON "messages" USING btree ("created_at") WHERE status = 'HELD';--> statement-breakpoint
CREATE INDEX "messages_channel_down" ON "messages" USING btree ("organization_id","contact_id") WHERE held_reason = 'CHANNEL_DOWN';--> statement-breakpoint
CREATE INDEX "messages_unconfirmed" ON "messages" USING btree ("organization_id","status_changed_at") WHERE status = 'UNCONFIRMED';--> statement-breakpoint
CREATE INDEX "outbox_due" ON "outbox" USING btree ("organization_id","channel","due_at");