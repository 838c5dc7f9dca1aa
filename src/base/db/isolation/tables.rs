//! The tenant tables, read from the schema: every table whose name ends in `_all`.

use rusqlite::Connection;

use crate::base::Result;
use crate::base::db::failure::explain;

const SUFFIX: &str = "_all";

/// The audit: nobody changes its rows, the kernel neither.
pub(super) const APPEND_ONLY: &str = "audit_all";

/// What tenants' code may read and only the kernel writes.
const READ_ONLY: &[&str] = &[
    APPEND_ONLY,
    "audit_chains_all",
    "dead_letter_groups_all",
    "deliveries_all",
    "event_hours_all",
    "event_minutes_all",
    "event_replays_all",
    "events_all",
    "jobs_all",
    "job_attempts_all",
    "job_counts_all",
    "job_queues_all",
    "job_tags_all",
    "subscriptions_all",
    "usage_all",
    "webhook_secrets_all",
];

/// A base table of tenants' rows.
#[derive(Debug, Clone)]
pub struct TenantTable {
    /// The base table, `requests_all`.
    pub base: String,
    /// The view over it, `requests`.
    pub view: String,
    /// Its columns but for `tenant_id`, in the order of the table.
    pub columns: Vec<TableColumn>,
    /// Whether tenants' code may read it and never write.
    pub is_read_only: bool,
}

#[derive(Debug, Clone)]
pub struct TableColumn {
    pub name: String,
    /// The default, as an expression.
    pub default: Option<String>,
    /// Part of the primary key: set once, never changed.
    pub is_key: bool,
    /// Computed by the table: read, never written.
    pub is_generated: bool,
}

/// Every tenant table of the main schema.
pub fn tenant_tables(conn: &Connection) -> Result<Vec<TenantTable>> {
    let names = names_in_schema(conn)?;
    names.into_iter().filter(|name| name.ends_with(SUFFIX)).map(|base| read_table(conn, base)).collect()
}

/// Every table and view of the main schema, by name.
pub(super) fn names_in_schema(conn: &Connection) -> Result<Vec<String>> {
    let read = || {
        conn.prepare("SELECT name FROM main.sqlite_schema WHERE type IN ('table', 'view') ORDER BY name")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<Vec<String>>>()
    };
    read().map_err(explain)
}

fn read_table(conn: &Connection, base: String) -> Result<TenantTable> {
    let read = || {
        conn.prepare("SELECT name, dflt_value, pk, hidden FROM pragma_table_xinfo(?1) ORDER BY cid")?
            .query_map([&base], |row| {
                Ok(TableColumn {
                    name: row.get(0)?,
                    default: row.get(1)?,
                    is_key: row.get::<_, i64>(2)? > 0,
                    is_generated: row.get::<_, i64>(3)? != 0,
                })
            })?
            .collect::<rusqlite::Result<Vec<TableColumn>>>()
    };
    let columns = read().map_err(explain)?.into_iter().filter(|column| column.name != "tenant_id").collect();
    let view = base.trim_end_matches(SUFFIX).to_owned();
    let is_read_only = READ_ONLY.contains(&base.as_str());
    Ok(TenantTable { base, view, columns, is_read_only })
}
