CREATE TABLE "funnel_changes" (
	"organization_id" uuid NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "funnel_changes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"counter" text NOT NULL,
	"change" integer NOT NULL,
	CONSTRAINT "funnel_changes_organization_id_id_pk" PRIMARY KEY("organization_id","id")
);
--> statement-breakpoint
CREATE TABLE "funnel_counts" (
	"organization_id" uuid NOT NULL,
	"counter" text NOT NULL,
	"count" bigint NOT NULL,
	CONSTRAINT "funnel_counts_organization_id_counter_pk" PRIMARY KEY("organization_id","counter")
);
--> statement-breakpoint
ALTER TABLE "funnel_changes" ADD CONSTRAINT "funnel_changes_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "funnel_counts" ADD CONSTRAINT "funnel_counts_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "funnel_changes_order" ON "funnel_changes" USING btree ("id");