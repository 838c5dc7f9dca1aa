-- Issuers: others whose tokens a tenant believes, and the users who came with such tokens.

CREATE TABLE issuers_all (
    tenant_id  INTEGER NOT NULL REFERENCES tenants (number),
    id         TEXT    NOT NULL,
    issuer     TEXT    NOT NULL, -- as its tokens name it in iss, to the letter
    audience   TEXT    NOT NULL, -- a JSON array: a token is for one of these
    role       TEXT    NOT NULL, -- of whoever has none by his claims
    role_claim TEXT,             -- the claim that gives roles
    roles      TEXT    NOT NULL, -- a JSON object: the claim's values, and the role that each gives
    jwks_url   TEXT,             -- absent when the issuer itself says where its keys are
    state      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, issuer),
    CONSTRAINT issuer_state CHECK (state IN ('enabled', 'disabled'))
) STRICT;

-- Who a user is to the issuer. It stays when the issuer is deleted: trusted again, the same people come.
CREATE TABLE outside_users_all (
    tenant_id    INTEGER NOT NULL REFERENCES tenants (number),
    issuer       TEXT    NOT NULL,
    subject      TEXT    NOT NULL,
    user_id      TEXT    NOT NULL,
    claimed_at   INTEGER NOT NULL, -- when the token was issued that his role is from
    refreshed_at INTEGER NOT NULL, -- when his name was last taken from a token
    PRIMARY KEY (tenant_id, issuer, subject),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users_all (tenant_id, id)
) STRICT;

CREATE UNIQUE INDEX outside_users_by_user ON outside_users_all (tenant_id, user_id);
