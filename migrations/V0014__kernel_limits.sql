-- Limits: what the instance gives one tenant in place of the configuration's, and what tenants have used.

-- NULL is the configuration's, 0 no limit.
ALTER TABLE tenants ADD COLUMN max_storage INTEGER CONSTRAINT tenant_max_storage CHECK (max_storage >= 0);
ALTER TABLE tenants ADD COLUMN max_events  INTEGER CONSTRAINT tenant_max_events  CHECK (max_events >= 0);
ALTER TABLE tenants ADD COLUMN max_jobs    INTEGER CONSTRAINT tenant_max_jobs    CHECK (max_jobs >= 0);

CREATE TABLE usage_all (
    tenant_id INTEGER NOT NULL REFERENCES tenants (number),
    day       INTEGER NOT NULL, -- since 1970, in UTC
    what      TEXT    NOT NULL,
    used      INTEGER NOT NULL, -- while a server runs, with some that were counted ahead
    PRIMARY KEY (tenant_id, day, what),
    CONSTRAINT usage_what CHECK (what IN ('events', 'jobs'))
) STRICT;
