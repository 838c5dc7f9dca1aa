-- The span of telemetry in whose course a job was made: what its attempts are a part of, whatever process
-- runs them.

ALTER TABLE jobs_all ADD COLUMN span INTEGER;
