//! After the audit, one's own included: what was written down is not for its tenant to change.

use crate::isolation::attack::{Attack, denied, invalid, runs};

pub const ATTACKS: &[Attack] = &[
    runs("SELECT actor, action, subject, area FROM audit ORDER BY number"),
    runs("SELECT last_hash FROM audit_chains"),
    invalid("UPDATE audit SET actor = 'system'"),
    invalid("UPDATE audit SET actor = 'system' WHERE number = 1 RETURNING *"),
    invalid("UPDATE OR REPLACE audit SET number = 2 WHERE number = 1"),
    invalid("UPDATE OR IGNORE audit SET hash = ''"),
    invalid("DELETE FROM audit"),
    invalid("DELETE FROM audit WHERE number = 2 RETURNING id"),
    invalid("INSERT INTO audit (number, id) VALUES (3, 'x')"),
    invalid("INSERT INTO audit SELECT * FROM audit"),
    invalid("INSERT OR REPLACE INTO audit (number, id) VALUES (1, 'x')"),
    invalid("REPLACE INTO audit SELECT * FROM audit WHERE number = 1"),
    invalid("INSERT INTO audit (number) VALUES (1) ON CONFLICT DO UPDATE SET actor = 'system'"),
    invalid("WITH gone AS (SELECT 1 AS number) DELETE FROM audit WHERE number IN (SELECT number FROM gone)"),
    invalid("UPDATE audit_chains SET pruned_number = 2"),
    invalid("DELETE FROM audit_chains"),
    invalid("REPLACE INTO audit_chains (last_number) VALUES (9)"),
    denied("UPDATE audit_all SET actor = 'system'"),
    denied("DELETE FROM main.audit_all"),
    denied("REPLACE INTO audit_all SELECT * FROM audit_all"),
    denied("DELETE FROM audit_chains_all"),
    denied("SELECT hash FROM audit_all WHERE tenant_id = 1"),
];
