-- Events, who listens to them, and what became of each delivery. A delivery is a job of the same id.

CREATE TABLE events_all (
    tenant_id  INTEGER NOT NULL REFERENCES tenants (number),
    id         TEXT    NOT NULL,
    type       TEXT    NOT NULL,
    subject    TEXT,             -- what it is about
    unique_key TEXT,             -- a repeat with it is this event
    status     TEXT    NOT NULL, -- the worst that became of its deliveries
    open       INTEGER NOT NULL, -- deliveries that are not over
    failing    INTEGER NOT NULL, -- of these, those that have failed
    dead       INTEGER NOT NULL, -- dead letters that nobody has dealt with
    actor      TEXT    NOT NULL, -- on whose behalf
    trace_id   TEXT    NOT NULL,
    request_id TEXT    NOT NULL,
    cause      TEXT,             -- job:<id>; a request when there is none
    chain      TEXT,             -- the types of the events that led to it, the first of them first
    created_at INTEGER NOT NULL,
    payload    TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT event_status CHECK (
        status = 'delivered' OR status = 'pending' OR status = 'failing' OR status = 'dead'
    ),
    CONSTRAINT event_counts CHECK (open >= failing AND failing >= 0 AND dead >= 0)
) STRICT;

CREATE INDEX events_by_type    ON events_all (tenant_id, type, id);
CREATE INDEX events_by_subject ON events_all (tenant_id, subject, id) WHERE subject IS NOT NULL;
CREATE INDEX events_by_trace   ON events_all (tenant_id, trace_id, id);
CREATE INDEX events_by_cause   ON events_all (tenant_id, cause, id) WHERE cause IS NOT NULL;
CREATE INDEX events_unsettled  ON events_all (tenant_id, status, id) WHERE status <> 'delivered';
CREATE UNIQUE INDEX events_unique ON events_all (tenant_id, unique_key) WHERE unique_key IS NOT NULL;

-- Who listens, and how well that goes.
CREATE TABLE subscriptions_all (
    tenant_id     INTEGER NOT NULL REFERENCES tenants (number),
    id            TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    pattern       TEXT    NOT NULL,
    target        TEXT    NOT NULL, -- what the address is
    address       TEXT    NOT NULL, -- a handler's name, a kind of job, a URL or a queue
    filter        TEXT,             -- JSON
    max_attempts  INTEGER NOT NULL,
    backoff       TEXT    NOT NULL,
    time_limit    INTEGER NOT NULL, -- milliseconds
    is_ordered    INTEGER NOT NULL, -- one delivery at a time for a subject
    recovery      TEXT    NOT NULL,
    lane          TEXT    NOT NULL, -- the queue of its deliveries
    state         TEXT    NOT NULL,
    disabled_for  TEXT,             -- why
    disabled_at   INTEGER,
    probe_at      INTEGER,          -- when one held delivery is tried
    probes        INTEGER NOT NULL, -- tried so far
    is_catching_up INTEGER NOT NULL, -- what was held goes out at a bounded rate
    successes     INTEGER NOT NULL,
    failures      INTEGER NOT NULL,
    in_a_row      INTEGER NOT NULL, -- attempts that failed since the last success
    failing       TEXT    NOT NULL, -- the events that they were of, a JSON list
    last_error    TEXT,
    last_failed_at    INTEGER,
    last_succeeded_at INTEGER,
    made_by       TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT subscription_target CHECK (target IN ('handler', 'job', 'webhook', 'queue')),
    CONSTRAINT subscription_recovery CHECK (recovery IN ('manual', 'probe')),
    CONSTRAINT subscription_state CHECK (state IN ('enabled', 'disabled', 'probing', 'deleted')),
    CONSTRAINT subscription_disabled CHECK (disabled_for IN ('by_hand', 'failures', 'gone'))
) STRICT;

CREATE UNIQUE INDEX subscriptions_by_name ON subscriptions_all (tenant_id, name) WHERE state <> 'deleted';
CREATE INDEX subscriptions_to_probe ON subscriptions_all (tenant_id, probe_at) WHERE probe_at IS NOT NULL;

-- What webhooks are signed with.
CREATE TABLE webhook_secrets_all (
    tenant_id       INTEGER NOT NULL REFERENCES tenants (number),
    subscription_id TEXT    NOT NULL,
    secret          TEXT    NOT NULL,
    previous        TEXT,    -- signs beside it for a while after a rotation
    previous_until  INTEGER,
    PRIMARY KEY (tenant_id, subscription_id),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscriptions_all (tenant_id, id)
) STRICT;

CREATE TABLE deliveries_all (
    tenant_id       INTEGER NOT NULL REFERENCES tenants (number),
    id              TEXT    NOT NULL, -- of its job, too
    event_id        TEXT    NOT NULL,
    subscription_id TEXT    NOT NULL,
    ordered_by      TEXT,             -- the subject, when it must wait for others of it
    state           TEXT    NOT NULL,
    replay_of       TEXT,             -- the delivery that it repeats
    attempts        INTEGER NOT NULL, -- that have ended
    error           TEXT,
    fingerprint     TEXT,             -- what errors like this one have in common
    created_at      INTEGER NOT NULL,
    ended_at        INTEGER,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, event_id) REFERENCES events_all (tenant_id, id),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscriptions_all (tenant_id, id),
    CONSTRAINT delivery_state CHECK (
        state = 'waiting' OR state = 'pending' OR state = 'failing' OR state = 'delivered' OR state = 'dead'
        OR state = 'discarded' OR state = 'replayed' OR state = 'cancelled'
    )
) STRICT;

CREATE INDEX deliveries_by_event ON deliveries_all (tenant_id, event_id, id);
CREATE INDEX deliveries_by_subscription ON deliveries_all (tenant_id, subscription_id, id);
CREATE INDEX deliveries_dead ON deliveries_all (tenant_id, id) WHERE state = 'dead';
CREATE INDEX deliveries_dead_alike ON deliveries_all (tenant_id, fingerprint, id) WHERE state = 'dead';
CREATE INDEX deliveries_dead_of ON deliveries_all (tenant_id, subscription_id, id) WHERE state = 'dead';
CREATE INDEX deliveries_open ON deliveries_all (tenant_id, subscription_id, ordered_by, id)
    WHERE state = 'waiting' OR state = 'pending' OR state = 'failing';

-- Dead letters whose errors have the same fingerprint, counted in the transactions that move them.
CREATE TABLE dead_letter_groups_all (
    tenant_id       INTEGER NOT NULL REFERENCES tenants (number),
    fingerprint     TEXT    NOT NULL,
    subscription_id TEXT    NOT NULL,
    error           TEXT    NOT NULL, -- the last of them
    letters         INTEGER NOT NULL,
    first_at        INTEGER NOT NULL,
    last_at         INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, fingerprint),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscriptions_all (tenant_id, id),
    CONSTRAINT dead_letters CHECK (letters >= 0)
) STRICT;

-- Replays of many events: how far each is, so that a crash repeats nothing of it.
CREATE TABLE event_replays_all (
    tenant_id  INTEGER NOT NULL REFERENCES tenants (number),
    id         TEXT    NOT NULL,
    filter     TEXT    NOT NULL, -- JSON
    handlers   TEXT,             -- a JSON list of their ids; those that match when NULL
    total      INTEGER NOT NULL, -- events
    done       INTEGER NOT NULL,
    deliveries INTEGER NOT NULL, -- made so far
    goes_on_before TEXT,         -- the last event that was looked at, as it goes from new to old
    created_at INTEGER NOT NULL,
    ended_at   INTEGER,
    PRIMARY KEY (tenant_id, id)
) STRICT;

-- What happened in each minute, by type and by handler; the handler is '' for what was published.
CREATE TABLE event_minutes_all (
    tenant_id INTEGER NOT NULL REFERENCES tenants (number),
    minute    INTEGER NOT NULL, -- since 1970
    type      TEXT    NOT NULL,
    handler   TEXT    NOT NULL,
    published INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    failed    INTEGER NOT NULL, -- attempts
    dead      INTEGER NOT NULL,
    -- Attempts by how long they ran: at most 1 ms, 2, 5, 10, 20, 50, 100, 200, 500 ms, 1 s, 2, 5, 10, 30,
    -- 60 s, and longer.
    t1  INTEGER NOT NULL,
    t2  INTEGER NOT NULL,
    t3  INTEGER NOT NULL,
    t4  INTEGER NOT NULL,
    t5  INTEGER NOT NULL,
    t6  INTEGER NOT NULL,
    t7  INTEGER NOT NULL,
    t8  INTEGER NOT NULL,
    t9  INTEGER NOT NULL,
    t10 INTEGER NOT NULL,
    t11 INTEGER NOT NULL,
    t12 INTEGER NOT NULL,
    t13 INTEGER NOT NULL,
    t14 INTEGER NOT NULL,
    t15 INTEGER NOT NULL,
    t16 INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, minute, type, handler)
) STRICT;
