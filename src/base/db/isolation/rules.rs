//! The rules that a schema must keep so that the engine can keep tenants apart. `steading check`
//! and a test walk them: an index or key that does not begin with `tenant_id` would let one tenant
//! learn of another's rows through a conflict, or through the order in which conditions are tried.

use rusqlite::Connection;

use super::tables::{names_in_schema, tenant_tables};
use crate::base::Result;
use crate::base::db::failure::explain;

/// Each way in which this schema breaks the rules, as a sentence; empty when it keeps them.
pub fn broken_rules(conn: &Connection) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    let names = names_in_schema(conn)?;
    for table in tenant_tables(conn)? {
        check_table(conn, &table.base, &mut broken).map_err(explain)?;
        if names.iter().any(|name| name.eq_ignore_ascii_case(&table.view)) {
            broken.push(format!("{} hides behind the view over {}; rename it.", table.view, table.base));
        }
    }
    check_strays(conn, &mut broken).map_err(explain)?;
    Ok(broken)
}

fn check_table(conn: &Connection, base: &str, broken: &mut Vec<String>) -> rusqlite::Result<()> {
    let first_of_key: Option<String> =
        conn.query_row("SELECT name FROM pragma_table_info(?1) WHERE pk = 1", [base], |row| row.get(0)).ok();
    if first_of_key.as_deref() != Some("tenant_id") {
        broken.push(format!("The primary key of {base} does not begin with tenant_id."));
    }
    let is_strict: bool =
        conn.query_row("SELECT strict FROM pragma_table_list(?1) WHERE schema = 'main'", [base], |row| {
            row.get(0)
        })?;
    if !is_strict {
        broken.push(format!("{base} is not STRICT."));
    }
    check_indexes(conn, base, broken)?;
    check_foreign_keys(conn, base, broken)?;
    let triggers: i64 = conn.query_row(
        "SELECT count(*) FROM main.sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1",
        [base],
        |row| row.get(0),
    )?;
    if triggers > 0 {
        broken.push(format!("{base} has a stored trigger; its name could be taken by a statement."));
    }
    Ok(())
}

fn check_indexes(conn: &Connection, base: &str, broken: &mut Vec<String>) -> rusqlite::Result<()> {
    let mut list = conn.prepare(
        "SELECT indexes.name, columns.name FROM pragma_index_list(?1) AS indexes
         JOIN pragma_index_info(indexes.name) AS columns ON columns.seqno = 0",
    )?;
    let mut rows = list.query([base])?;
    while let Some(row) = rows.next()? {
        let (index, first): (String, Option<String>) = (row.get(0)?, row.get(1)?);
        if first.as_deref() != Some("tenant_id") {
            broken.push(format!("The index {index} of {base} does not begin with tenant_id."));
        }
    }
    Ok(())
}

fn check_foreign_keys(conn: &Connection, base: &str, broken: &mut Vec<String>) -> rusqlite::Result<()> {
    let mut list = conn.prepare(
        "SELECT \"table\", seq, \"from\", \"to\", on_update, on_delete FROM pragma_foreign_key_list(?1)",
    )?;
    let mut rows = list.query([base])?;
    while let Some(row) = rows.next()? {
        let (target, seq, from): (String, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let to: Option<String> = row.get(3)?;
        let actions: [String; 2] = [row.get(4)?, row.get(5)?];
        if actions.iter().any(|action| action != "NO ACTION") {
            broken.push(format!("A foreign key of {base} to {target} has an action; write it in the store."));
        }
        let to_tenants = target == "tenants" && from == "tenant_id";
        let within = from == "tenant_id" && to.as_deref().is_none_or(|column| column == "tenant_id");
        if seq == 0 && !to_tenants && !within {
            broken.push(format!("A foreign key of {base} to {target} does not begin with tenant_id."));
        }
    }
    Ok(())
}

/// A table with a `tenant_id` whose name does not end in `_all` would have no view and no guard.
fn check_strays(conn: &Connection, broken: &mut Vec<String>) -> rusqlite::Result<()> {
    let mut list = conn.prepare(
        "SELECT tables.name FROM main.sqlite_schema AS tables
         JOIN pragma_table_info(tables.name) AS columns ON columns.name = 'tenant_id'
         WHERE tables.type = 'table' AND tables.name NOT GLOB '*_all'",
    )?;
    let mut rows = list.query([])?;
    while let Some(row) = rows.next()? {
        broken.push(format!("{} has a tenant_id; its name must end in _all.", row.get::<_, String>(0)?));
    }
    Ok(())
}
