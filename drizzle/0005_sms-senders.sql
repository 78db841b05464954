CREATE TABLE "sms_senders" (
	"organization_id" uuid PRIMARY KEY NOT NULL,
	"account_sid" text NOT NULL,
	"auth_token" "bytea" NOT NULL,
	"from_number" text NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "sms_senders_from_number_unique" UNIQUE("from_number")
);
--> statement-breakpoint
ALTER TABLE "webhook_inbox" ADD COLUMN "channel" text DEFAULT 'WHATSAPP' NOT NULL;--> statement-breakpoint
ALTER TABLE "webhook_inbox" ADD COLUMN "url" text;--> statement-breakpoint
ALTER TABLE "sms_senders" ADD CONSTRAINT "sms_senders_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "sms_senders_account" ON "sms_senders" USING btree ("account_sid");