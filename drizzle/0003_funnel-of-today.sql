INSERT INTO "funnel_counts" ("organization_id", "counter", "count")
	SELECT "organization_id", "status", count(*) FROM "contacts" GROUP BY "organization_id", "status"
	UNION ALL
	SELECT "organization_id", 'HELD_MESSAGES', sum("held_count") FROM "contacts" GROUP BY "organization_id";
