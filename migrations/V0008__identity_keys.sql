-- API keys: tokens that somebody made of a part of what he may do. What a key allows never changes.

CREATE TABLE api_keys_all (
    tenant_id      INTEGER NOT NULL REFERENCES tenants (number),
    id             TEXT    NOT NULL, -- also the token's
    name           TEXT    NOT NULL,
    permissions    TEXT    NOT NULL, -- a JSON list of patterns
    resources      TEXT    NOT NULL, -- a JSON list of paths; empty is all
    maker          TEXT    NOT NULL, -- a user of this tenant, or an account
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER,
    last_used_at   INTEGER,
    last_used_from TEXT,
    PRIMARY KEY (tenant_id, id)
) STRICT;

CREATE INDEX api_keys_by_maker ON api_keys_all (tenant_id, maker, id);
