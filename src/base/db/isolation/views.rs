//! The views and triggers of one connection, written from the schema.

use std::fmt::Write;

use rusqlite::Connection;

use super::tables::{TableColumn, TenantTable};
use crate::base::Result;
use crate::base::db::failure::explain;

/// Gives this connection a view for each tenant table, and its triggers unless it is read-only.
pub fn create_views(conn: &Connection, tables: &[TenantTable], secret: &str) -> Result<()> {
    let mut script = String::new();
    for table in tables {
        write_view(&mut script, table, secret);
        if table.is_read_only {
            // A view without triggers is one that the engine lets nobody write to.
            continue;
        }
        write_insert(&mut script, table, secret);
        write_update(&mut script, table, secret);
        write_delete(&mut script, table, secret);
    }
    conn.execute_batch(&script).map_err(explain)
}

fn write_view(script: &mut String, TenantTable { base, view, columns, .. }: &TenantTable, secret: &str) {
    let names = list(columns, |column| quoted(&column.name));
    push(script, format!(
        "CREATE TEMP VIEW \"read_{secret}_{view}\" AS SELECT {names} FROM main.\"{base}\" WHERE tenant_id = current_tenant();
         CREATE TEMP VIEW \"{view}\" AS SELECT {names} FROM temp.\"read_{secret}_{view}\";",
    ));
}

fn write_insert(script: &mut String, TenantTable { base, view, columns, .. }: &TenantTable, secret: &str) {
    let written: Vec<_> = columns.iter().filter(|column| !column.is_generated).cloned().collect();
    let names = list(&written, |column| quoted(&column.name));
    let values = list(&written, |column| match &column.default {
        Some(default) => format!("coalesce(NEW.{}, {default})", quoted(&column.name)),
        None => format!("NEW.{}", quoted(&column.name)),
    });
    push(
        script,
        format!(
            "CREATE TEMP TRIGGER \"insert_{secret}_{view}\" INSTEAD OF INSERT ON \"{view}\" BEGIN
           INSERT INTO \"{base}\" (tenant_id, {names}) VALUES (current_tenant(), {values});
         END;",
        ),
    );
}

fn write_update(script: &mut String, table: &TenantTable, secret: &str) {
    let TenantTable { base, view, columns, .. } = table;
    let (keys, rest): (Vec<_>, Vec<_>) = columns.iter().cloned().partition(|column| column.is_key);
    let written: Vec<_> = rest.into_iter().filter(|column| !column.is_generated).collect();
    let moved = keys
        .iter()
        .map(|key| format!("NEW.{0} IS NOT OLD.{0}", quoted(&key.name)))
        .collect::<Vec<_>>()
        .join(" OR ");
    let changes = match written.is_empty() {
        true => String::new(),
        false => format!(
            "UPDATE \"{base}\" SET {} WHERE {};",
            list(&written, |column| format!("{0} = NEW.{0}", quoted(&column.name))),
            this_row(&keys),
        ),
    };
    push(
        script,
        format!(
            "CREATE TEMP TRIGGER \"update_{secret}_{view}\" INSTEAD OF UPDATE ON \"{view}\" BEGIN
           SELECT RAISE(ABORT, 'a key does not change') WHERE {moved};
           {changes}
         END;",
        ),
    );
}

fn write_delete(script: &mut String, TenantTable { base, view, columns, .. }: &TenantTable, secret: &str) {
    let keys: Vec<_> = columns.iter().filter(|column| column.is_key).cloned().collect();
    push(
        script,
        format!(
            "CREATE TEMP TRIGGER \"delete_{secret}_{view}\" INSTEAD OF DELETE ON \"{view}\" BEGIN
           DELETE FROM \"{base}\" WHERE {};
         END;",
            this_row(&keys),
        ),
    );
}

fn this_row(keys: &[TableColumn]) -> String {
    keys.iter().fold("tenant_id = current_tenant()".to_owned(), |mut condition, key| {
        let _ = write!(condition, " AND {0} = OLD.{0}", quoted(&key.name));
        condition
    })
}

fn list(columns: &[TableColumn], each: impl Fn(&TableColumn) -> String) -> String {
    columns.iter().map(each).collect::<Vec<_>>().join(", ")
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

fn push(script: &mut String, statement: String) {
    script.push_str(&statement);
    script.push('\n');
}
