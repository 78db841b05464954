-- A lease changes a row where it lies, and what was sent is cleared away before there is much of it to step over.
ALTER TABLE "outbox" SET (
	fillfactor = 50,
	autovacuum_vacuum_threshold = 1000,
	autovacuum_vacuum_scale_factor = 0.01
);
