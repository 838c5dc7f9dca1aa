//! After changing others' rows, or moving one's own to them.

use crate::isolation::attack::{Attack, denied, fails, invalid, runs};

pub const ATTACKS: &[Attack] = &[
    runs("UPDATE requests SET title = 'taken'"),
    runs("UPDATE requests SET title = 'taken' WHERE id LIKE 'LEAK%' RETURNING *"),
    runs("UPDATE requests SET title = 'taken' WHERE id = 'LEAK3-r1' OR 1 = 1 RETURNING id, title"),
    runs("UPDATE OR REPLACE users SET name = 'taken'"),
    runs("UPDATE OR IGNORE users SET email_key = 'LEAK3-u1@example.com'"),
    runs("UPDATE requests SET title = c.body FROM request_comments AS c WHERE c.request_id = requests.id"),
    runs("UPDATE requests SET title = (SELECT group_concat(title) FROM requests)"),
    runs(
        "WITH theirs AS (SELECT 'LEAK3-r1' AS id) UPDATE requests SET title = 'x' WHERE id IN (SELECT id FROM theirs)",
    ),
    runs("INSERT INTO members SELECT 'n' || id, 'owner', 1 FROM requests"),
    runs(
        "INSERT INTO requests SELECT 'n' || id, title, description, status, priority, requester, assignee, \
          due_at, created_at, updated_at FROM requests RETURNING title",
    ),
    runs("UPDATE idempotent_replies SET body = '{}'"),
    runs("UPDATE members SET role = 'owner'"),
    fails("UPDATE users SET id = 'LEAK3-u1' WHERE id = 'OURS-u1'"),
    fails("UPDATE requests SET id = 'LEAK3-r1' WHERE id = 'OURS-r3'"),
    fails("UPDATE members SET account_id = 'LEAK3-u1'"),
    fails("UPDATE OR IGNORE requests SET id = 'LEAK3-r1'"),
    fails("UPDATE OR ROLLBACK requests SET id = 'LEAK3-r1'"),
    fails("UPDATE requests SET status = 'whatever'"),
    fails("INSERT OR ROLLBACK INTO requests (id, title) VALUES ('OURS-r1', 't')"),
    fails("INSERT OR ABORT INTO members (account_id, role, created_at) VALUES ('OURS-u1', 'owner', 1)"),
    fails("INSERT OR FAIL INTO members (account_id, role, created_at) VALUES ('OURS-u1', 'owner', 1)"),
    fails("INSERT OR ROLLBACK INTO members (account_id, role, created_at) VALUES ('OURS-u1', 'owner', 1)"),
    runs("INSERT OR REPLACE INTO members (account_id, role, created_at) VALUES ('OURS-u1', 'viewer', 1)"),
    invalid("UPDATE requests SET tenant_id = 3"),
    invalid("INSERT INTO requests (tenant_id, id, title) VALUES (3, 'n', 't')"),
    invalid("INSERT INTO members (account_id, role, created_at, tenant_id) VALUES ('x', 'owner', 1, 3)"),
    invalid("INSERT INTO members VALUES (3, 'x', 'owner', 1)"),
    invalid(
        "INSERT INTO members (account_id, role, created_at) VALUES ('x', 'owner', 1) \
             ON CONFLICT (account_id) DO UPDATE SET role = 'owner'",
    ),
    invalid(
        "INSERT INTO members (account_id, role, created_at) VALUES ('x', 'owner', 1) ON CONFLICT DO NOTHING",
    ),
    runs("UPDATE requests SET rowid = 1"),
    denied("UPDATE requests_all SET title = 'taken'"),
    denied("UPDATE main.requests_all SET tenant_id = 2 WHERE tenant_id = 3"),
    denied("UPDATE OR REPLACE requests_all SET tenant_id = 2"),
    denied("UPDATE requests_all SET title = 'x' FROM requests WHERE requests.id = requests_all.id"),
    denied("UPDATE requests SET title = (SELECT title FROM requests_all WHERE tenant_id = 3)"),
    denied("UPDATE requests SET title = r.title FROM requests_all AS r"),
    denied("INSERT INTO requests_all SELECT * FROM requests_all"),
    denied(
        "INSERT INTO members_all (tenant_id, account_id, role, created_at) VALUES (3, 'OURS-u1', 'owner', 1)",
    ),
    denied(
        "INSERT INTO members_all (tenant_id, account_id, role, created_at) VALUES (2, 'OURS-u9', 'owner', 1)",
    ),
    denied(
        "INSERT INTO members_all VALUES (3, 'LEAK3-u1', 'viewer', 1) ON CONFLICT DO UPDATE SET role = 'x'",
    ),
    denied("INSERT OR REPLACE INTO members_all VALUES (3, 'LEAK3-u1', 'viewer', 1)"),
    denied("REPLACE INTO members_all VALUES (1, 'OURS-u1', 'owner', 1)"),
    denied(
        "INSERT INTO requests SELECT id, title, description, status, priority, requester, assignee, \
            due_at, created_at, updated_at FROM requests_all",
    ),
    denied(
        "INSERT INTO members (account_id, role, created_at) VALUES ((SELECT account_id FROM members_all), 'x', 1)",
    ),
    denied(
        "INSERT INTO members (account_id, role, created_at) VALUES ('n', 'x', 1) \
            RETURNING (SELECT group_concat(account_id) FROM members_all)",
    ),
    denied("DELETE FROM requests RETURNING (SELECT title FROM requests_all LIMIT 1)"),
    denied(
        "INSERT INTO tenants (id, slug, name, state, created_at, updated_at) VALUES ('n', 'n', 'n', 'active', 1, 1)",
    ),
    denied("UPDATE tenants SET slug = 'taken' WHERE number = 3"),
    denied("UPDATE tenants SET state = 'suspended'"),
    denied("INSERT INTO tenant_hosts VALUES ('taken.example', 2)"),
    denied("UPDATE tenant_hosts SET tenant_number = 2"),
    denied("UPDATE refinery_schema_history SET version = 99"),
];
