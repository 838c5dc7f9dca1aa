-- What telemetry.db holds. It has no migrations: a file of another version is made anew.

CREATE TABLE traces (
    number    INTEGER PRIMARY KEY,
    trace     BLOB    NOT NULL,
    tenant    INTEGER NOT NULL, -- 0 when it is nobody's; a caller may name another's trace, so it is part of the key
    slug      TEXT,
    kind      TEXT    NOT NULL, -- this and what follows is of the span that began first
    name      TEXT    NOT NULL,
    started   INTEGER NOT NULL, -- microseconds, as every time here
    took      INTEGER NOT NULL,
    status    INTEGER,
    is_failed INTEGER NOT NULL,
    actor     TEXT,
    spans     INTEGER NOT NULL,
    errors    INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX traces_by_trace ON traces (trace, tenant);
CREATE INDEX traces_by_age ON traces (started, number);
CREATE INDEX traces_of_tenant ON traces (tenant, started, number);

CREATE TABLE spans (
    trace      INTEGER NOT NULL, -- its number
    id         INTEGER NOT NULL,
    parent     INTEGER,
    kind       TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    started    INTEGER NOT NULL,
    took       INTEGER NOT NULL,
    error      TEXT,
    status     INTEGER,
    actor      TEXT,
    job        TEXT,
    event      TEXT,
    attributes TEXT    NOT NULL, -- JSON
    PRIMARY KEY (trace, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE lines (
    number  INTEGER PRIMARY KEY, -- ascends with time
    at      INTEGER NOT NULL,
    level   INTEGER NOT NULL,
    target  TEXT    NOT NULL,
    message TEXT    NOT NULL,
    trace   BLOB,
    span    INTEGER,
    tenant  INTEGER NOT NULL,
    slug    TEXT,
    actor   TEXT,
    fields  TEXT    NOT NULL -- JSON
) STRICT;

CREATE INDEX lines_of_tenant ON lines (tenant, number);
CREATE INDEX lines_by_trace ON lines (trace, number) WHERE trace IS NOT NULL;

CREATE TABLE errors (
    tenant      INTEGER NOT NULL,
    fingerprint TEXT    NOT NULL,
    slug        TEXT,
    kind        TEXT    NOT NULL, -- that of the span, or log
    title       TEXT    NOT NULL,
    first_at    INTEGER NOT NULL,
    last_at     INTEGER NOT NULL,
    count       INTEGER NOT NULL,
    sample      BLOB,             -- the last trace
    PRIMARY KEY (tenant, fingerprint)
) STRICT, WITHOUT ROWID;

CREATE INDEX errors_by_age ON errors (last_at, tenant, fingerprint);
CREATE INDEX errors_of_tenant ON errors (tenant, last_at, fingerprint);
