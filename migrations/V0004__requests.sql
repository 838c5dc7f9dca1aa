-- The service desk: requests and the comments on them.

CREATE TABLE requests_all (
    tenant_id   INTEGER NOT NULL REFERENCES tenants (number),
    id          TEXT    NOT NULL,
    title       TEXT    NOT NULL,
    description TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    priority    INTEGER NOT NULL, -- 0 low, 1 normal, 2 high, 3 urgent
    requester   TEXT    NOT NULL,
    assignee    TEXT,
    due_at      INTEGER,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT request_status CHECK (
        status IN ('open', 'in_progress', 'approved', 'rejected', 'done', 'cancelled')
    ),
    CONSTRAINT request_priority CHECK (priority BETWEEN 0 AND 3)
) STRICT;

-- Ids ascend with time, so the key itself is the order of age, here and within each index.
CREATE INDEX requests_by_status   ON requests_all (tenant_id, status, id);
CREATE INDEX requests_by_assignee ON requests_all (tenant_id, assignee, id) WHERE assignee IS NOT NULL;
CREATE INDEX requests_by_priority ON requests_all (tenant_id, priority, id);
-- Requests without a due time come last: this number is the end of the year 9999.
CREATE INDEX requests_by_due      ON requests_all (tenant_id, ifnull(due_at, 253402300799999), id);

CREATE TABLE request_comments_all (
    tenant_id  INTEGER NOT NULL REFERENCES tenants (number),
    id         TEXT    NOT NULL,
    request_id TEXT    NOT NULL,
    author     TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, request_id) REFERENCES requests_all (tenant_id, id)
) STRICT;

CREATE INDEX request_comments_by_request
    ON request_comments_all (tenant_id, request_id, id);
