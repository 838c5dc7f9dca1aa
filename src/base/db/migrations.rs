//! Migrations: forward only, a copy of the file first, and a newer file is refused.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::failure::explain;
use super::session::prepare_connection;
use crate::base::{Error, Kind, Result, Timestamp};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// What bringing a file up to date did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgrade {
    /// The schema's version before; none for a new file.
    pub from: Option<u32>,
    /// The schema's version now.
    pub to: u32,
    /// Where the copy from before lies, when there was something to copy.
    pub copy: Option<PathBuf>,
}

/// The version of the schema that this binary works with.
pub fn newest_version() -> u32 {
    embedded::migrations::runner()
        .get_migrations()
        .iter()
        .map(refinery::Migration::version)
        .max()
        .unwrap_or(0) as u32
}

/// Brings the file to this binary's schema.
pub(super) fn migrate(file: &Path, backups: &Path, now: Timestamp) -> Result<Upgrade> {
    let mut conn = Connection::open(file).map_err(explain)?;
    prepare_connection(&conn).map_err(explain)?;
    let to = newest_version();
    let from = version_of(&conn)?;
    if from == Some(to) {
        return Ok(Upgrade { from, to, copy: None });
    }
    if let Some(newer) = from.filter(|version| *version > to) {
        return Err(Error::new(
            Kind::Unavailable,
            format!(
                "The database in {} has schema version {newer}, and this binary knows up to {to}. \
                 Run the newer binary, or restore a backup from before the upgrade.",
                file.display()
            ),
        ));
    }
    conn.pragma_update(None, "journal_mode", "WAL").map_err(explain)?;
    let copy = match from {
        Some(version) => Some(copy_first(&conn, backups, version, now)?),
        None => None,
    };
    embedded::migrations::runner().set_grouped(true).run(&mut conn).map_err(|error| {
        Error::new(
            Kind::Internal,
            format!("The database could not be upgraded to schema version {to}; it is as it was before."),
        )
        .caused_by(error)
    })?;
    Ok(Upgrade { from, to, copy })
}

/// The schema's version, or none in a file that has no schema yet.
pub(super) fn version_of(conn: &Connection) -> Result<Option<u32>> {
    let has_history: bool = conn
        .query_row(
            "SELECT count(*) > 0 FROM main.sqlite_schema WHERE name = 'refinery_schema_history'",
            [],
            |row| row.get(0),
        )
        .map_err(explain)?;
    if !has_history {
        return Ok(None);
    }
    conn.query_row("SELECT max(version) FROM refinery_schema_history", [], |row| row.get(0)).map_err(explain)
}

fn copy_first(conn: &Connection, backups: &Path, version: u32, now: Timestamp) -> Result<PathBuf> {
    std::fs::create_dir_all(backups).map_err(Error::internal)?;
    let copy = backups.join(format!("before-upgrade-from-{version}-at-{}.db", now.millis()));
    conn.backup("main", &copy, None::<fn(rusqlite::backup::Progress)>).map_err(|error| {
        Error::new(
            Kind::Unavailable,
            format!(
                "The copy before the upgrade could not be written to {}; nothing was changed.",
                copy.display()
            ),
        )
        .caused_by(error)
    })?;
    Ok(copy)
}
