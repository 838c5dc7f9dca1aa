//! After deleting others' rows.

use crate::isolation::attack::{Attack, denied, fails, invalid, runs};

pub const ATTACKS: &[Attack] = &[
    runs("DELETE FROM request_comments"),
    runs("DELETE FROM request_comments WHERE id LIKE 'LEAK%' OR 1 = 1 RETURNING *"),
    runs("DELETE FROM requests WHERE id = 'LEAK3-r1' RETURNING 1"),
    fails("DELETE FROM users"),
    runs("DELETE FROM members WHERE account_id NOT IN (SELECT id FROM requests)"),
    runs("DELETE FROM idempotent_replies"),
    fails("DELETE FROM requests"),
    denied("DELETE FROM requests_all"),
    denied("DELETE FROM main.requests_all WHERE tenant_id = 3 RETURNING *"),
    denied("DELETE FROM \"REQUEST_COMMENTS_ALL\""),
    denied("DELETE FROM members_all AS members WHERE members.tenant_id = 3"),
    denied("DELETE FROM requests WHERE id IN (SELECT id FROM requests_all)"),
    denied("DELETE FROM requests WHERE EXISTS (SELECT 1 FROM requests_all WHERE tenant_id = 3)"),
    denied("WITH requests_all AS (SELECT 1) DELETE FROM requests_all"),
    invalid("WITH r AS (SELECT * FROM requests_all) DELETE FROM requests WHERE id IN (SELECT id FROM r)"),
    denied("DELETE FROM tenants WHERE number = 3"),
    denied("DELETE FROM tenant_hosts"),
    denied("DELETE FROM refinery_schema_history"),
    denied("DELETE FROM sqlite_sequence"),
    invalid("DELETE FROM sqlite_schema"),
];
