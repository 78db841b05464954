ALTER TABLE "whatsapp_channels" ADD COLUMN "number" text;--> statement-breakpoint
ALTER TABLE "whatsapp_channels" ADD COLUMN "template_category" text;--> statement-breakpoint
ALTER TABLE "whatsapp_channels" ADD COLUMN "template_version" text;