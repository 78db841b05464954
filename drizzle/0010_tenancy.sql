-- Whose rows a transaction may see and write: the setting "assent.organizations", a list of ids such as '{…,…}', or '*' for the
-- system's own work across organizations. Not set, it is nobody's.
CREATE FUNCTION "assent_scope_is_all"() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
	RETURN coalesce(current_setting('assent.organizations', true) = '*', false);
--> statement-breakpoint
CREATE FUNCTION "assent_scope"() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
	RETURN nullif(nullif(current_setting('assent.organizations', true), ''), '*')::uuid[];
--> statement-breakpoint
-- Gives every table of an organization its policy, the owner of the table not excepted. A migration that makes such a table ends
-- with it. The two questions are asked once in a statement, not once for each row.
CREATE FUNCTION "assent_protect_tables"() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	target record;
BEGIN
	FOR target IN
		SELECT c.oid::regclass AS name, a.attname AS organization
		FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
			AND a.attname = CASE c.oid WHEN 'public.organizations'::regclass THEN 'id' ELSE 'organization_id' END
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
			AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenancy')
	LOOP
		EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target.name);
		EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target.name);
		EXECUTE format(
			'CREATE POLICY tenancy ON %s USING ((SELECT assent_scope_is_all()) OR %I = ANY ((SELECT assent_scope())::uuid[]))',
			target.name, target.organization);
	END LOOP;
END
$$;
--> statement-breakpoint
-- The role that the server works as where it connects as one that no policy holds for. It may read and add, change what is not a
-- record, and nothing else. A role is of all databases of a PostgreSQL: another of them may make it at the same time.
CREATE FUNCTION "assent_admit_server"() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	target record;
BEGIN
	IF to_regrole('assent_server') IS NULL THEN
		BEGIN
			CREATE ROLE assent_server NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;
		EXCEPTION WHEN duplicate_object OR unique_violation THEN
			NULL;
		END;
	END IF;
	IF NOT pg_has_role(current_user, 'assent_server', 'MEMBER') THEN
		GRANT assent_server TO CURRENT_USER;
	END IF;
	IF NOT has_schema_privilege('assent_server', 'public', 'USAGE') THEN
		GRANT USAGE ON SCHEMA public TO assent_server;
	END IF;
	FOR target IN
		SELECT c.oid::regclass AS name, may.privileges
		FROM pg_class c
		CROSS JOIN LATERAL (
			SELECT CASE WHEN EXISTS (
				SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgfoid = 'public.refuse_change'::regproc
			) THEN 'SELECT, INSERT' ELSE 'SELECT, INSERT, UPDATE, DELETE' END AS privileges
		) may
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
			AND c.relowner = (SELECT relowner FROM pg_class WHERE oid = 'public.organizations'::regclass)
			AND NOT (
				SELECT bool_and(has_table_privilege('assent_server', c.oid, privilege))
				FROM string_to_table(may.privileges, ', ') AS privilege)
	LOOP
		EXECUTE format('GRANT %s ON %s TO assent_server', target.privileges, target.name);
	END LOOP;
	IF NOT has_function_privilege('assent_server', 'public.assent_analyze(regclass)', 'EXECUTE') THEN
		GRANT EXECUTE ON FUNCTION public.assent_analyze(regclass) TO assent_server;
	END IF;
END
$$;
--> statement-breakpoint
-- Only its owner may have a table analyzed. It tells nothing and changes no row.
CREATE FUNCTION "assent_analyze"("target" regclass) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format('ANALYZE %s', target);
END
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION "assent_analyze"(regclass) FROM PUBLIC;
--> statement-breakpoint
SELECT assent_protect_tables();
