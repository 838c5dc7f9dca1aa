-- The audit: who did what, to what, from where. Rows are only ever added. Each carries the hash of
-- the one before it, so that a row that was changed, moved, slipped in or taken out is noticed.

CREATE TABLE audit_all (
    tenant_id     INTEGER NOT NULL REFERENCES tenants (number),
    number        INTEGER NOT NULL, -- ascending within a tenant, without gaps
    id            TEXT    NOT NULL,
    at            INTEGER NOT NULL,
    actor         TEXT    NOT NULL,
    action        TEXT    NOT NULL, -- area.verb in the past tense, such as user.signed_in
    area          TEXT    NOT NULL GENERATED ALWAYS AS (substr(action, 1, instr(action, '.') - 1)) VIRTUAL,
    subject       TEXT    NOT NULL,
    address       TEXT    NOT NULL, -- from where; empty for what the instance did by itself
    trace_id      TEXT    NOT NULL,
    before        TEXT,             -- JSON
    after         TEXT,             -- JSON
    previous_hash TEXT    NOT NULL,
    hash          TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, number)
) STRICT;

CREATE INDEX audit_by_age     ON audit_all (tenant_id, at, number);
CREATE INDEX audit_by_actor   ON audit_all (tenant_id, actor, at, number);
CREATE INDEX audit_by_action  ON audit_all (tenant_id, action, at, number);
CREATE INDEX audit_by_area    ON audit_all (tenant_id, area, at, number);
CREATE INDEX audit_by_subject ON audit_all (tenant_id, subject, at, number);

-- Both ends of each tenant's chain: the newest row, and the newest of those that are kept no more.
CREATE TABLE audit_chains_all (
    tenant_id     INT     NOT NULL REFERENCES tenants (number), -- INTEGER would make it the rowid
    last_number   INTEGER NOT NULL,
    last_hash     TEXT    NOT NULL,
    pruned_number INTEGER NOT NULL,
    pruned_hash   TEXT    NOT NULL,
    PRIMARY KEY (tenant_id)
) STRICT;
