-- Schedules: cron lines that enqueue jobs, and one row for each time that one fired.

CREATE TABLE schedules_all (
    tenant_id     INTEGER NOT NULL REFERENCES tenants (number),
    id            TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    cron          TEXT    NOT NULL,
    timezone      TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    payload       TEXT    NOT NULL,
    queue         TEXT,             -- the kind's own when NULL
    class         INTEGER NOT NULL, -- as in jobs_all
    catch_up      TEXT    NOT NULL,
    catch_up_most INTEGER,
    overlap       TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    is_built_in   INTEGER NOT NULL,
    next_at       INTEGER,          -- NULL while it is paused
    last_job      TEXT,
    missed        INTEGER NOT NULL,
    made_by       TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT schedule_class    CHECK (class BETWEEN 0 AND 3),
    CONSTRAINT schedule_catch_up CHECK (catch_up IN ('skip', 'once', 'all')),
    CONSTRAINT schedule_most     CHECK ((catch_up = 'all') = (catch_up_most IS NOT NULL)),
    CONSTRAINT schedule_overlap  CHECK (overlap IN ('allow', 'skip')),
    CONSTRAINT schedule_state    CHECK (state IN ('enabled', 'paused'))
) STRICT;

CREATE UNIQUE INDEX schedules_by_name ON schedules_all (tenant_id, name);
CREATE INDEX schedules_due ON schedules_all (tenant_id, next_at) WHERE next_at IS NOT NULL;

-- Written in the transaction of the job that it made: what is due at one time fires once. The job
-- may be deleted before this row is.
CREATE TABLE schedule_firings_all (
    tenant_id   INTEGER NOT NULL REFERENCES tenants (number),
    schedule_id TEXT    NOT NULL,
    due_at      INTEGER NOT NULL,
    is_by_hand  INTEGER NOT NULL,
    fired_at    INTEGER NOT NULL,
    result      TEXT    NOT NULL,
    error       TEXT,             -- why it was refused
    job_id      TEXT,
    PRIMARY KEY (tenant_id, schedule_id, due_at, is_by_hand),
    FOREIGN KEY (tenant_id, schedule_id) REFERENCES schedules_all (tenant_id, id),
    CONSTRAINT firing_result CHECK (result IN ('enqueued', 'skipped', 'refused'))
) STRICT;
