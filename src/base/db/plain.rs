//! A plain connection: what a program would use that had no views, no authorizer and no writer.
//!
//! `steading bench` measures the store against it, with the same statements' texts and row types.
//! Nothing keeps tenants apart here, so nothing that serves anybody may open one.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::Synchronous;
use super::failure::explain;
use super::session::{Session, Voice};
use super::sql::Sql;
use super::value::{FromRow, Param};
use crate::base::Result;

/// How long a transaction waits for the others' before it gives up.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Plain(Session);

impl Plain {
    /// Opens a file that the store has made, with the settings of the store's own connections.
    pub fn open(file: &Path, synchronous: Synchronous) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(file, flags).map_err(explain)?;
        let session = Session::unconfined(conn)?;
        session.raw().busy_timeout(PATIENCE).map_err(explain)?;
        session.raw().pragma_update(None, "synchronous", synchronous.as_str()).map_err(explain)?;
        session.raw().pragma_update(None, "cache_size", -2_048).map_err(explain)?;
        Ok(Self(session))
    }

    /// Runs one statement in a transaction of its own. Once the file is locked for it, `is_wanted`
    /// is asked; when it says no the lock is given back, nothing is written, and the answer is false.
    pub fn write_alone(
        &self,
        sql: &Sql,
        params: &[Param<'_>],
        is_wanted: impl FnOnce() -> bool,
    ) -> Result<bool> {
        self.0.control("BEGIN IMMEDIATE")?;
        if !is_wanted() {
            self.0.control("ROLLBACK")?;
            return Ok(false);
        }
        self.0.query(Voice::System, sql, params, |_| Ok(true))?;
        self.0.control("COMMIT")?;
        Ok(true)
    }

    /// Every row of the answer.
    pub fn all<T: FromRow>(&self, sql: &Sql, params: &[Param<'_>]) -> Result<Vec<T>> {
        self.0.all(Voice::System, sql, params)
    }
}
