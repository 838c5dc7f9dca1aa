-- Signing in: passwords, sessions, the code of the first run, and who may sign up by himself.

-- Absent for those who do not sign in with a password.
ALTER TABLE users_all ADD COLUMN password_hash TEXT;

CREATE TABLE sessions_all (
    tenant_id    INTEGER NOT NULL REFERENCES tenants (number),
    id           TEXT    NOT NULL,
    user_id      TEXT    NOT NULL,
    address      TEXT    NOT NULL, -- from where it began
    user_agent   TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    ended_at     INTEGER,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users_all (tenant_id, id)
) STRICT;

CREATE INDEX sessions_by_user   ON sessions_all (tenant_id, user_id, created_at, id);
CREATE INDEX sessions_by_expiry ON sessions_all (tenant_id, expires_at);

-- Codes that make the first owner. Only their hashes are kept.
CREATE TABLE setup_codes (
    hash       TEXT    PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT;

-- Whether anybody may sign up in the tenant. The reserved tenant's setting is about accounts.
ALTER TABLE tenants ADD COLUMN signup TEXT NOT NULL DEFAULT 'closed'
    CONSTRAINT tenant_signup CHECK (signup IN ('closed', 'open'));

-- What a tenant's own users may do in it; accounts have the role of their membership.
ALTER TABLE users_all ADD COLUMN role TEXT NOT NULL DEFAULT 'user';

-- Roles that a tenant made for itself, beside the built-in ones.
CREATE TABLE roles_all (
    tenant_id   INTEGER NOT NULL REFERENCES tenants (number),
    name        TEXT    NOT NULL,
    summary     TEXT    NOT NULL,
    permissions TEXT    NOT NULL, -- a JSON array of patterns, such as ["requests:*", "jobs:read"]
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, name)
) STRICT;
