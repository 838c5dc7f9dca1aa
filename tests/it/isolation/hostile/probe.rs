//! Whether a row of others exists, or what it holds, from a conflict, an error or a plan. Each of
//! these ends alike whether or not the rows it speaks of exist elsewhere.

use crate::isolation::attack::{Attack, denied, fails, runs};

pub const ATTACKS: &[Attack] = &[
    // Keys that only others have are free here.
    runs(
        "INSERT INTO requests (id, title, description, status, priority, requester, created_at, updated_at) \
          VALUES ('LEAK3-r1', 't', 'd', 'open', 1, 'u', 1, 1)",
    ),
    runs(
        "INSERT OR IGNORE INTO requests (id, title, description, status, priority, requester, created_at, updated_at) \
          VALUES ('LEAK3-r1', 't', 'd', 'open', 1, 'u', 1, 1) RETURNING *",
    ),
    runs(
        "INSERT OR REPLACE INTO requests (id, title, description, status, priority, requester, created_at, updated_at) \
          VALUES ('LEAK4-r2', 't', 'd', 'open', 1, 'u', 1, 1)",
    ),
    runs(
        "REPLACE INTO users (id, email, email_key, name, state, created_at, updated_at) \
          VALUES ('LEAK3-u1', 'LEAK3-u1@example.com', 'LEAK3-u1@example.com', 'n', 'active', 1, 1)",
    ),
    runs(
        "INSERT INTO users (id, email, email_key, name, state, created_at, updated_at) \
          VALUES ('new', 'LEAK3-u1@example.com', 'LEAK3-u1@example.com', 'n', 'active', 1, 1)",
    ),
    runs(
        "UPDATE users SET email = 'LEAK1-u1@example.com', email_key = 'LEAK1-u1@example.com' WHERE id = 'OURS-u1'",
    ),
    runs("INSERT INTO members (account_id, role, created_at) VALUES ('LEAK3-u1', 'owner', 1)"),
    runs(
        "INSERT INTO idempotent_replies (actor, key, fingerprint, status, body, created_at) \
          VALUES ('LEAK3-actor', 'LEAK3-k1', 'f', 200, '{}', 1)",
    ),
    // A reference to what others have is a reference to nothing.
    fails(
        "INSERT INTO request_comments (id, request_id, author, body, created_at) VALUES ('n', 'LEAK3-r1', 'a', 'b', 1)",
    ),
    fails(
        "INSERT INTO request_comments (id, request_id, author, body, created_at) VALUES ('n', 'nowhere', 'a', 'b', 1)",
    ),
    fails("UPDATE request_comments SET request_id = 'LEAK3-r1' WHERE id = 'OURS-c1'"),
    fails(
        "INSERT OR IGNORE INTO request_comments (id, request_id, author, body, created_at) \
           VALUES ('n', 'LEAK4-r1', 'a', 'b', 1)",
    ),
    // Errors that a foreign row would cause, if the engine looked at it before its tenant.
    runs("SELECT abs(CASE WHEN title LIKE 'LEAK%' THEN -9223372036854775808 ELSE 1 END) FROM requests"),
    runs(
        "SELECT id FROM requests WHERE CASE WHEN title LIKE 'LEAK%' THEN abs(-9223372036854775807 - 1) ELSE 1 END",
    ),
    runs(
        "SELECT id FROM requests NOT INDEXED WHERE \
          abs(iif(title LIKE 'LEAK%', -9223372036854775807 - 1, 1)) > 0",
    ),
    runs("SELECT id FROM requests WHERE iif(title GLOB 'LEAK*', json_extract(title, '$.of'), 1)"),
    runs(
        "SELECT id FROM requests WHERE created_at > 2000 AND json_extract(iif(created_at > 2099, description, '{}'), '$.of') IS NULL",
    ),
    runs(
        "SELECT a.id FROM requests AS a, requests AS b WHERE \
          abs(iif(a.title || b.title LIKE '%LEAK%', -9223372036854775807 - 1, 1)) > 0",
    ),
    runs(
        "SELECT id FROM users WHERE email_key > '' AND abs(iif(email LIKE 'LEAK%', -9223372036854775807 - 1, 1)) > 0",
    ),
    runs(
        "SELECT c.id FROM request_comments AS c JOIN requests AS r ON r.id = c.request_id \
          WHERE abs(iif(c.body LIKE 'LEAK%', -9223372036854775807 - 1, 1)) > 0 ORDER BY r.title",
    ),
    runs("SELECT sum(iif(title LIKE 'LEAK%', 9223372036854775807, 1)) FROM requests"),
    runs("SELECT 1 / (count(*) - 4) FROM requests"),
    runs("SELECT max(id) FROM requests WHERE id < 'LEAK3-r2'"),
    runs("DELETE FROM requests WHERE abs(iif(title LIKE 'LEAK%', -9223372036854775807 - 1, 1)) = 0"),
    fails("SELECT json_extract(description, '$.of') FROM requests ORDER BY id"),
    fails("SELECT abs(-9223372036854775807 - 1) FROM requests"),
    // The plan, and the program, which would name the secret triggers.
    denied("EXPLAIN SELECT * FROM requests"),
    denied("EXPLAIN INSERT INTO requests (id) VALUES ('x')"),
    denied("EXPLAIN UPDATE requests SET title = 'x'"),
    denied("EXPLAIN DELETE FROM requests"),
    denied("explain DELETE FROM requests"),
    denied("-- why\nEXPLAIN QUERY PLAN SELECT * FROM requests"),
];
