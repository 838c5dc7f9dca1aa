//! Carrying one tenant: out of a file into one of its own, and from there into another instance's.
//!
//! What belongs to a tenant is read from the schema and listed nowhere: every table with a `tenant_id`, and every
//! table that refers to `tenants` by another column. A new table is carried by itself. The file in between has
//! the schema of the whole, so that `check_file` and migrations work on it as on any other, and it is made anew:
//! no page of it ever held a row of another tenant.

mod into;
mod out;

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use super::TenantNo;
use super::failure::explain;
use super::session::open_for_reading;
use crate::base::Result;

pub use into::{Arrival, Arrived, carry_in};
pub use out::carry_out;

/// A tenant as a file that nobody serves has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resident {
    pub number: TenantNo,
    pub id: String,
    pub slug: String,
    pub state: String,
}

/// The tenant with this id or slug; never the reserved one.
pub fn find_resident(file: &Path, name: &str) -> Result<Option<Resident>> {
    resident_of(&open_for_reading(file)?, name)
}

/// The one tenant of a file that was carried out.
pub fn only_resident(file: &Path) -> Result<Option<Resident>> {
    let conn = open_for_reading(file)?;
    let id: Option<String> = conn
        .query_row("SELECT id FROM tenants WHERE number <> 1 ORDER BY number LIMIT 1", [], |row| row.get(0))
        .optional()
        .map_err(explain)?;
    id.map_or(Ok(None), |id| resident_of(&conn, &id))
}

fn resident_of(conn: &Connection, name: &str) -> Result<Option<Resident>> {
    conn.query_row(
        "SELECT number, id, slug, state FROM tenants WHERE (id = ?1 OR slug = ?1) AND number <> 1",
        [name],
        |row| {
            let number = TenantNo(row.get(0)?);
            Ok(Resident { number, id: row.get(1)?, slug: row.get(2)?, state: row.get(3)? })
        },
    )
    .optional()
    .map_err(explain)
}

/// A table that has rows of tenants, and the column that says whose.
struct Holder {
    table: String,
    whose: String,
    /// Every other column that is written.
    columns: Vec<String>,
    /// Whether its rows are kept apart by tenant; what is not can meet rows of others.
    is_apart: bool,
}

impl Holder {
    /// The columns as they stand in a statement.
    fn names(&self) -> String {
        self.columns.iter().map(|name| format!(", \"{name}\"")).collect()
    }
}

/// Every such table but `tenants` itself.
fn holders(conn: &Connection) -> Result<Vec<Holder>> {
    let read = || -> rusqlite::Result<Vec<Holder>> {
        let mut found = Vec::new();
        for table in tables(conn)? {
            let columns = columns_of(conn, &table)?;
            let is_apart = columns.iter().any(|name| name == "tenant_id");
            let whose = match is_apart {
                true => Some("tenant_id".to_owned()),
                false => reference_of(conn, &table)?,
            };
            let Some(whose) = whose else { continue };
            let columns = columns.into_iter().filter(|name| *name != whose).collect();
            found.push(Holder { table, whose, columns, is_apart });
        }
        Ok(found)
    };
    read().map_err(explain)
}

fn tables(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    conn.prepare(
        "SELECT name FROM main.sqlite_schema
         WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name <> 'tenants'
         ORDER BY name",
    )?
    .query_map([], |row| row.get(0))?
    .collect()
}

/// The columns that are written; what is computed is left out.
fn columns_of(conn: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    conn.prepare("SELECT name FROM pragma_table_xinfo(?1) WHERE hidden = 0 ORDER BY cid")?
        .query_map([table], |row| row.get(0))?
        .collect()
}

/// The column that names a tenant by its number.
fn reference_of(conn: &Connection, table: &str) -> rusqlite::Result<Option<String>> {
    conn.query_row(
        "SELECT \"from\" FROM pragma_foreign_key_list(?1) WHERE \"table\" = 'tenants'",
        [table],
        |row| row.get(0),
    )
    .optional()
}
