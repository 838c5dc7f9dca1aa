//! The check of a file that no server holds: is it whole, does its schema keep tenants apart, is its
//! audit as it was written, and do its counters count?

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::chain::broken_chains;
use super::counters::wrong_counters;
use super::failure::explain;
use super::isolation::broken_rules;
use super::migrations::{newest_version, version_of};
use super::schema::{differences, stored_code};
use super::session::prepare_connection;
use crate::base::Result;

/// What a check found; all is well when `problems` is empty.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Findings {
    pub schema_version: Option<u32>,
    /// What `serve` will do when it starts next, when the file is of an older version.
    pub pending: Option<String>,
    pub problems: Vec<String>,
}

/// What can be seen at once, of a file that a server may hold.
#[derive(Debug, Clone)]
pub struct Glance {
    pub schema_version: Option<u32>,
    pub problems: Vec<String>,
}

/// Reads the schema and nothing else, and changes nothing.
pub fn glance_at(file: &Path) -> Result<Glance> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(file, flags).map_err(explain)?;
    conn.busy_timeout(std::time::Duration::from_secs(2)).map_err(explain)?;
    let schema_version = version_of(&conn)?;
    let problems = match schema_version {
        Some(version) if version == newest_version() => broken_rules(&conn)?,
        _ => Vec::new(),
    };
    Ok(Glance { schema_version, problems })
}

/// Looks through the whole file. It takes seconds for a gigabyte.
pub fn check_file(file: &Path) -> Result<Findings> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(file, flags).map_err(explain)?;
    prepare_connection(&conn).map_err(explain)?;
    let mut problems = Vec::new();
    // Nothing of what follows may run it.
    match stored_code(&conn) {
        Ok(found) if found.is_empty() => {}
        Ok(found) => {
            let found = found.join(", ");
            problems.push(format!("The file holds code that this program never stores: {found}."));
            return Ok(Findings { schema_version: None, pending: None, problems });
        }
        Err(error) => {
            problems.push(format!("The file can't be read as a database: {error}."));
            return Ok(Findings { schema_version: None, pending: None, problems });
        }
    }
    match integrity(&conn) {
        Ok(found) => problems.extend(found),
        Err(error) => {
            problems.push(format!("The file can't be read as a database: {error}."));
            return Ok(Findings { schema_version: None, pending: None, problems });
        }
    }
    let mut note = |error: crate::base::Error| problems.push(format!("A part can't be read: {error}."));
    let schema_version = version_of(&conn).unwrap_or_else(|error| {
        note(error);
        None
    });
    let broken = broken_rules(&conn).and_then(|mut broken| {
        broken.extend(lost_rows(&conn)?);
        Ok(broken)
    });
    let broken = broken.unwrap_or_else(|error| {
        note(error);
        Vec::new()
    });
    let mut pending = None;
    match schema_version {
        None => problems.push("The file has no schema of this program; start `steading serve` once.".into()),
        Some(version) if version > newest_version() => problems.push(format!(
            "The schema has version {version} and this binary works with {}; run the newer binary.",
            newest_version()
        )),
        // Its tables are as they were then, so the audit is looked at after the upgrade.
        Some(version) if version < newest_version() => {
            pending = Some(format!(
                "It is of an older version, schema {version}; `steading serve` will upgrade it to {}, after a copy.",
                newest_version()
            ));
        }
        Some(_) => {
            match differences(&conn) {
                Ok(found) => problems.extend(found),
                Err(error) => problems.push(format!("The schema can't be read: {error}.")),
            }
            match broken_chains(&conn) {
                Ok(found) => problems.extend(found),
                Err(error) => problems.push(format!("The audit can't be read: {error}.")),
            }
            match wrong_counters(&conn) {
                Ok(found) => problems.extend(found),
                Err(error) => problems.push(format!("What is counted along can't be checked: {error}.")),
            }
        }
    }
    problems.extend(broken);
    Ok(Findings { schema_version, pending, problems })
}

fn integrity(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut problems: Vec<String> = conn
        .prepare("PRAGMA integrity_check(20)")?
        .query_map([], |row| row.get::<_, String>(0))?
        .collect::<rusqlite::Result<Vec<_>>>()?
        .into_iter()
        .filter(|line| line != "ok")
        .map(|line| format!("Integrity: {line}."))
        .collect();
    let mut broken = conn.prepare("PRAGMA foreign_key_check")?;
    let mut rows = broken.query([])?;
    while let Some(row) = rows.next()? {
        let (table, target): (String, String) = (row.get(0)?, row.get(2)?);
        problems.push(format!("A row of {table} refers to a row of {target} that does not exist."));
    }
    Ok(problems)
}

/// Rows of a tenant that does not exist: no view would ever show them again.
fn lost_rows(conn: &Connection) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for table in super::isolation::tenant_tables(conn)? {
        let lost: i64 = conn
            .query_row(
                &format!(
                    "SELECT count(*) FROM (SELECT DISTINCT tenant_id FROM main.\"{}\")
                     WHERE tenant_id NOT IN (SELECT number FROM tenants)",
                    table.base
                ),
                [],
                |row| row.get(0),
            )
            .map_err(explain)?;
        if lost > 0 {
            problems.push(format!("{} has rows of tenants that do not exist: {lost}.", table.base));
        }
    }
    Ok(problems)
}
