-- Replies to requests that carried an Idempotency-Key, written in the same transaction as what the
-- request did: a repeat gets the first reply, and a crash can't leave one without the other.

CREATE TABLE idempotent_replies_all (
    tenant_id   INTEGER NOT NULL REFERENCES tenants (number),
    actor       TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL, -- of method, path and body: the key belongs to one request
    status      INTEGER NOT NULL,
    body        TEXT    NOT NULL, -- the JSON under "data"
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, actor, key)
) STRICT;

CREATE INDEX idempotent_replies_by_age ON idempotent_replies_all (tenant_id, created_at);
