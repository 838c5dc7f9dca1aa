//! Whether the schema of a file is the one that this program makes. A file that came from elsewhere may bring
//! code of its own: triggers and views that run whenever somebody else's statement touches a table.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;

use super::failure::explain;
use super::migrations::migrate_in_memory;
use crate::base::{Error, Result};

/// What is stored in the file and runs by itself, of which this program makes nothing.
pub(super) fn stored_code(conn: &Connection) -> Result<Vec<String>> {
    let mut list = conn
        .prepare(
            "SELECT type || ' ' || name FROM main.sqlite_schema
             WHERE type IN ('trigger', 'view') OR sql LIKE 'CREATE VIRTUAL%' ORDER BY name LIMIT 20",
        )
        .map_err(explain)?;
    let names = list.query_map([], |row| row.get(0)).and_then(Iterator::collect);
    names.map_err(explain)
}

/// Refuses a file before anything that is stored in it could run.
pub(super) fn must_hold_no_code(conn: &Connection, file: &Path) -> Result<()> {
    let found = stored_code(conn)?;
    match found.is_empty() {
        true => Ok(()),
        false => Err(Error::conflict(format!(
            "{} holds code that this program never stores, so somebody else had a hand in it: {}. \
             Restore a backup, or remove it by hand if you know what it is.",
            file.display(),
            found.join(", ")
        ))),
    }
}

/// Each table and index that is not as this program makes it, as a sentence. The file is of the newest version.
pub(super) fn differences(conn: &Connection) -> Result<Vec<String>> {
    let (ours, theirs) = (objects(&migrate_in_memory()?)?, objects(conn)?);
    let strange = theirs.keys().filter(|name| !ours.contains_key(*name));
    let mut found: Vec<String> =
        strange.map(|name| format!("The {name} is none that this program makes.")).collect();
    for (name, sql) in &ours {
        match theirs.get(name) {
            None => found.push(format!("The {name} is missing.")),
            Some(other) if other != sql => {
                found.push(format!("The {name} is not defined as this program does it."));
            }
            Some(_) => {}
        }
    }
    Ok(found)
}

/// What there is by its type and name, and how it is defined. What the engine keeps for itself is left out.
fn objects(conn: &Connection) -> Result<BTreeMap<String, Option<String>>> {
    let mut list = conn
        .prepare("SELECT type || ' ' || name, sql FROM main.sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
        .map_err(explain)?;
    let objects = list.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).and_then(Iterator::collect);
    objects.map_err(explain)
}
