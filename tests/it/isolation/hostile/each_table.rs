//! What is tried on every tenant table, so that a new one is attacked from its first day.

use crate::isolation::attack::{Attack, denied, runs};

pub const ATTACKS: &[Attack] = &[
    runs("SELECT * FROM {view}"),
    runs("SELECT count(*) FROM {view}"),
    runs("SELECT * FROM {view} AS a JOIN {view} AS b"),
    denied("SELECT * FROM {base}"),
    denied("SELECT tenant_id FROM {base} WHERE tenant_id <> current_tenant()"),
    denied("SELECT count(*) FROM {base}"),
    denied("SELECT count(*) FROM main.{base}"),
    denied("SELECT EXISTS (SELECT 1 FROM {view}, {base})"),
    denied("WITH {view} AS (SELECT * FROM {base}) SELECT * FROM {view}"),
    denied("WITH read_{secret}_{view} AS (SELECT * FROM {base}) SELECT * FROM read_{secret}_{view}"),
    denied("UPDATE {base} SET tenant_id = 2"),
    denied("INSERT OR REPLACE INTO {base} SELECT * FROM {base}"),
    denied("DELETE FROM {base}"),
    denied("DROP TABLE {base}"),
    denied("EXPLAIN SELECT * FROM {view}"),
];
