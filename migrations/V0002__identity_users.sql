-- Users: those who sign in to one tenant. The users of the reserved tenant are the accounts.

CREATE TABLE users_all (
    tenant_id  INTEGER NOT NULL REFERENCES tenants (number),
    id         TEXT    NOT NULL,
    email      TEXT    NOT NULL,
    email_key  TEXT    NOT NULL, -- the address as it is compared: trimmed, lower case
    name       TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email_key),
    CONSTRAINT user_state CHECK (state IN ('active', 'disabled'))
) STRICT;

-- Members: the accounts that work in a tenant, each with a role there.
CREATE TABLE members_all (
    tenant_id  INTEGER NOT NULL REFERENCES tenants (number),
    account_id TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, account_id)
) STRICT;
