-- Jobs: durable work, the queues that share limits, the attempts, and how many are in which state.
--
-- Every index begins with the tenant, as everywhere. Which tenant comes next is decided in memory
-- (src/kernel/jobs/lanes.rs), so the claim needs no index across tenants.
--
-- What a word may be is written as a chain here and not as a list: of a list with more than two words the
-- engine makes a table of its own, in every statement that has to look.

CREATE TABLE jobs_all (
    tenant_id     INTEGER NOT NULL REFERENCES tenants (number),
    id            TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    queue         TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    class         INTEGER NOT NULL, -- 0 urgent, 1 high, 2 normal, 3 low: the order within a queue
    run_at        INTEGER NOT NULL,
    attempt       INTEGER NOT NULL, -- begun so far
    max_attempts  INTEGER NOT NULL,
    lease         INTEGER NOT NULL, -- raised by every claim; who names an old one changes nothing
    lease_until   INTEGER,          -- for workers outside; a worker of this process has none
    time_limit    INTEGER NOT NULL, -- milliseconds
    backoff       TEXT,             -- how failed attempts are spaced, when not as its kind says
    unique_key    TEXT,
    tags          TEXT    NOT NULL, -- a JSON list
    actor         TEXT    NOT NULL, -- on whose behalf
    trace_id      TEXT    NOT NULL,
    request_id    TEXT    NOT NULL,
    cause         TEXT,             -- job:<id>, event:<id> or schedule:<id>
    chain         TEXT,             -- the types of the events that led to it, the first of them first
    created_at    INTEGER NOT NULL,
    started_at    INTEGER,
    finished_at   INTEGER,
    cancel_asked_at INTEGER,
    progress      INTEGER,
    progress_note TEXT,
    failure       TEXT,
    error         TEXT,
    result        TEXT,
    payload       TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT job_state CHECK (
        state = 'scheduled' OR state = 'ready' OR state = 'running'
        OR state = 'done' OR state = 'dead' OR state = 'cancelled'
    ),
    CONSTRAINT job_failure CHECK (
        failure = 'handler_error' OR failure = 'timed_out' OR failure = 'worker_lost'
        OR failure = 'process_restarted' OR failure = 'cancelled'
    ),
    CONSTRAINT job_class CHECK (class BETWEEN 0 AND 3),
    CONSTRAINT job_progress CHECK (progress BETWEEN 0 AND 100)
) STRICT;

-- What waits in line is found by the lanes that the claim goes by, and what runs is never much. In
-- this index they would cost every job two changes more of it.
CREATE INDEX jobs_by_state ON jobs_all (tenant_id, state, id) WHERE state <> 'ready' AND state <> 'running';
CREATE INDEX jobs_running  ON jobs_all (tenant_id, id) WHERE state = 'running';
CREATE INDEX jobs_by_kind  ON jobs_all (tenant_id, kind, id);
CREATE INDEX jobs_by_trace ON jobs_all (tenant_id, trace_id, id);
CREATE INDEX jobs_by_cause ON jobs_all (tenant_id, cause, id) WHERE cause IS NOT NULL;
-- What a claim takes from a queue, in order, and what the promoter makes ready.
CREATE INDEX jobs_ready    ON jobs_all (tenant_id, queue, class, id) WHERE state = 'ready';
CREATE INDEX jobs_due      ON jobs_all (tenant_id, run_at) WHERE state = 'scheduled';
CREATE INDEX jobs_leased   ON jobs_all (tenant_id, lease_until) WHERE lease_until IS NOT NULL;
CREATE UNIQUE INDEX jobs_unique ON jobs_all (tenant_id, kind, unique_key)
    WHERE unique_key IS NOT NULL AND (state = 'scheduled' OR state = 'ready' OR state = 'running');

-- One row for each tag of a job.
CREATE TABLE job_tags_all (
    tenant_id INTEGER NOT NULL REFERENCES tenants (number),
    tag       TEXT    NOT NULL,
    job_id    TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, tag, job_id),
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs_all (tenant_id, id)
) STRICT;

CREATE INDEX job_tags_by_job ON job_tags_all (tenant_id, job_id);

-- What came of each attempt. A first attempt that went well and logged nothing has no row: the
-- job's own row says all of it.
CREATE TABLE job_attempts_all (
    tenant_id   INTEGER NOT NULL REFERENCES tenants (number),
    job_id      TEXT    NOT NULL,
    lease       INTEGER NOT NULL,
    attempt     INTEGER NOT NULL,
    started_at  INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    outcome     TEXT    NOT NULL,
    error       TEXT,
    logs        TEXT    NOT NULL, -- a JSON list of {at, line}
    detail      TEXT,             -- what its handler has to show of it, as JSON
    PRIMARY KEY (tenant_id, job_id, lease),
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs_all (tenant_id, id),
    CONSTRAINT attempt_outcome CHECK (
        outcome = 'done' OR outcome = 'snoozed' OR outcome = 'returned' OR outcome = 'handler_error'
        OR outcome = 'timed_out' OR outcome = 'worker_lost' OR outcome = 'process_restarted'
        OR outcome = 'cancelled'
    )
) STRICT;

-- How many jobs of a queue are in each state, kept in the transactions that move them.
CREATE TABLE job_counts_all (
    tenant_id INTEGER NOT NULL REFERENCES tenants (number),
    queue     TEXT    NOT NULL,
    state     TEXT    NOT NULL,
    jobs      INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, queue, state),
    CONSTRAINT job_count CHECK (jobs >= 0)
) STRICT;

-- What a tenant has set for a queue. A queue without a row has the defaults.
CREATE TABLE job_queues_all (
    tenant_id   INTEGER NOT NULL REFERENCES tenants (number),
    name        TEXT    NOT NULL,
    concurrency INTEGER,          -- jobs of it that run at once; as many as there are workers when NULL
    rate        INTEGER,          -- jobs of it that begin in a minute
    is_paused   INTEGER NOT NULL,
    is_outside  INTEGER NOT NULL, -- served by workers outside, over HTTP
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, name)
) STRICT;
