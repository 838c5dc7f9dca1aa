-- The tenants of this instance. A tenant's number stands for it inside the file; AUTOINCREMENT
-- never gives a number twice, so a row that outlived its tenant can't turn up in another.

CREATE TABLE tenants (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT    NOT NULL UNIQUE,
    slug       TEXT    NOT NULL UNIQUE,
    name       TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT tenant_state CHECK (state IN ('active', 'suspended', 'deleting'))
) STRICT;

-- The reserved tenant: its users are the accounts, its members the owners of the instance.
INSERT INTO tenants (number, id, slug, name, state, created_at, updated_at)
VALUES (1, '00000000-0000-7000-8000-000000000001', 'instance', 'This instance', 'active', 0, 0);

-- Host names under which a tenant is reached without naming it in a header.
CREATE TABLE tenant_hosts (
    host          TEXT    PRIMARY KEY,
    tenant_number INTEGER NOT NULL REFERENCES tenants (number)
) STRICT;

CREATE INDEX tenant_hosts_by_tenant ON tenant_hosts (tenant_number, host);
