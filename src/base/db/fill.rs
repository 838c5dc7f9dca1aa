//! Filling: a great many rows as fast as the engine can take them, into a file that nobody serves.
//! Nothing is flushed before the end and indexes are gone meanwhile, so this is for files that are made to be
//! measured and thrown away.

use std::fs::File;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::failure::explain;
use super::sql::Sql;
use super::value::Param;
use crate::base::{Error, Result};

/// The engine's memory meanwhile, in KiB.
const CACHE: i32 = 256 * 1024;

/// Runs these statements, each in a transaction of its own, while the table is without its indexes.
/// They are made anew at the end, which takes a fraction of the time.
pub fn fill(file: &Path, table: &str, statements: &[(&Sql, Vec<Param<'_>>)]) -> Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(file, flags).map_err(explain)?;
    conn.pragma_update(None, "synchronous", "OFF").map_err(explain)?;
    conn.pragma_update(None, "foreign_keys", false).map_err(explain)?;
    conn.pragma_update(None, "cache_size", -CACHE).map_err(explain)?;
    let indexes = indexes_of(&conn, table).map_err(explain)?;
    for (name, _) in &indexes {
        conn.execute_batch(&format!("DROP INDEX {name}")).map_err(explain)?;
    }
    for (sql, params) in statements {
        let mut statement = conn.prepare_cached(sql.text(true, params)).map_err(explain)?;
        for (name, value) in params {
            let index = statement.parameter_index(name).map_err(explain)?;
            let index = index.ok_or_else(|| Error::internal(format!("{} has no {name}", sql.name)))?;
            statement.raw_bind_parameter(index, value).map_err(explain)?;
        }
        statement.raw_execute().map_err(explain)?;
    }
    for (_, text) in &indexes {
        conn.execute_batch(text).map_err(explain)?;
    }
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(explain)?;
    drop(conn);
    File::open(file).and_then(|file| file.sync_all()).map_err(Error::internal)
}

/// The indexes of a table that were made by name, each with the statement that makes it.
fn indexes_of(conn: &Connection, table: &str) -> rusqlite::Result<Vec<(String, String)>> {
    conn.prepare(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?1 AND sql IS NOT NULL",
    )?
    .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
    .collect()
}
