CREATE TABLE "document_usage" (
	"organization_id" uuid NOT NULL,
	"partner_id" uuid NOT NULL,
	"application" text NOT NULL,
	"version" text NOT NULL,
	"hash" text NOT NULL,
	"day" date NOT NULL,
	"bucket" smallint NOT NULL,
	"runs" bigint NOT NULL,
	"errors" bigint NOT NULL,
	"last_run_at" timestamp with time zone NOT NULL,
	CONSTRAINT "document_usage_organization_id_partner_id_application_version_hash_day_bucket_pk" PRIMARY KEY("organization_id","partner_id","application","version","hash","day","bucket")
);
--> statement-breakpoint
CREATE TABLE "document_versions" (
	"organization_id" uuid NOT NULL,
	"partner_id" uuid NOT NULL,
	"application" text NOT NULL,
	"version" text NOT NULL,
	"status" text NOT NULL,
	"digest" text NOT NULL,
	"published_at" timestamp with time zone NOT NULL,
	"sunset_at" timestamp with time zone,
	"retired_at" timestamp with time zone,
	CONSTRAINT "document_versions_organization_id_partner_id_application_version_pk" PRIMARY KEY("organization_id","partner_id","application","version")
);
--> statement-breakpoint
CREATE TABLE "partner_keys" (
	"organization_id" uuid NOT NULL,
	"id" text NOT NULL,
	"partner_id" uuid NOT NULL,
	"hash" "bytea" NOT NULL,
	"enforcement" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	"last_used_at" timestamp with time zone,
	CONSTRAINT "partner_keys_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "partner_keys_id_unique" UNIQUE("id")
);
--> statement-breakpoint
CREATE TABLE "partners" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"application" text NOT NULL,
	"documents_revision" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "partners_organization_id_id_pk" PRIMARY KEY("organization_id","id")
);
--> statement-breakpoint
CREATE TABLE "published_documents" (
	"organization_id" uuid NOT NULL,
	"partner_id" uuid NOT NULL,
	"application" text NOT NULL,
	"version" text NOT NULL,
	"hash" text NOT NULL,
	"name" text NOT NULL,
	"text" text NOT NULL,
	"cost" integer NOT NULL,
	CONSTRAINT "published_documents_organization_id_partner_id_application_version_hash_pk" PRIMARY KEY("organization_id","partner_id","application","version","hash")
);
--> statement-breakpoint
ALTER TABLE "document_usage" ADD CONSTRAINT "document_usage_document_fk" FOREIGN KEY ("organization_id","partner_id","application","version","hash") REFERENCES "public"."published_documents"("organization_id","partner_id","application","version","hash") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "document_versions" ADD CONSTRAINT "document_versions_organization_id_partner_id_partners_organization_id_id_fk" FOREIGN KEY ("organization_id","partner_id") REFERENCES "public"."partners"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "partner_keys" ADD CONSTRAINT "partner_keys_organization_id_partner_id_partners_organization_id_id_fk" FOREIGN KEY ("organization_id","partner_id") REFERENCES "public"."partners"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "partners" ADD CONSTRAINT "partners_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "published_documents" ADD CONSTRAINT "published_documents_version_fk" FOREIGN KEY ("organization_id","partner_id","application","version") REFERENCES "public"."document_versions"("organization_id","partner_id","application","version") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "partner_keys_partner" ON "partner_keys" USING btree ("organization_id","partner_id");--> statement-breakpoint
CREATE UNIQUE INDEX "partners_name" ON "partners" USING btree ("organization_id","name");--> statement-breakpoint
CREATE INDEX "published_documents_hash" ON "published_documents" USING btree ("organization_id","partner_id","hash");--> statement-breakpoint
CREATE TRIGGER "published_documents_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "published_documents" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
