//! A session: one connection to the file, what it may see now, and how long it may take.
//!
//! A session belongs to one thread. Which tenant it serves is one atomic store; its prepared
//! statements stay valid over the switch because no statement text names a tenant.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::hooks::Wal;
use rusqlite::limits::Limit;
use rusqlite::wal::CheckpointMode;
use rusqlite::{CachedStatement, Connection, ErrorCode, OpenFlags};

use super::failure::explain;
use super::isolation;
use super::sql::Sql;
use super::value::{Fitting, FromRow, Param, Row};
use super::{Attendant, Synchronous, TenantNo};
use crate::base::{Error, Result};

/// Who speaks through the session at this moment; the authorizer asks for it at each preparation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Voice {
    /// A tenant's code: views only, and only its own rows.
    Tenant = 0,
    /// The kernel's code: every row, no change of the schema.
    System = 1,
    /// The store itself: opening, and the begin and end of transactions.
    Store = 2,
}

/// What the functions and the authorizer inside the engine share with the session outside.
#[derive(Debug)]
pub struct Shared {
    voice: AtomicU8,
    tenant: AtomicI64,
    deadline: AtomicI64,
    epoch: Instant,
}

const NO_DEADLINE: i64 = i64::MAX;

impl Shared {
    pub fn fresh() -> Arc<Self> {
        Arc::new(Self {
            voice: AtomicU8::new(Voice::Store as u8),
            tenant: AtomicI64::new(0),
            deadline: AtomicI64::new(NO_DEADLINE),
            epoch: Instant::now(),
        })
    }

    pub fn voice(&self) -> Voice {
        match self.voice.load(Ordering::Relaxed) {
            0 => Voice::Tenant,
            1 => Voice::System,
            _ => Voice::Store,
        }
    }

    pub fn speak_as(&self, voice: Voice) {
        self.voice.store(voice as u8, Ordering::Relaxed);
    }

    /// The tenant that `current_tenant()` answers; none is NULL and sees no rows.
    pub fn serve(&self, tenant: Option<TenantNo>) {
        self.tenant.store(tenant.map_or(0, TenantNo::get), Ordering::Relaxed);
    }

    fn current_tenant(&self) -> Option<i64> {
        Some(self.tenant.load(Ordering::Relaxed)).filter(|number| *number != 0)
    }

    /// Lets statements run for this long from now on.
    pub fn allow(&self, limit: Duration) {
        let end = (self.epoch.elapsed() + limit).as_millis();
        self.deadline.store(i64::try_from(end).unwrap_or(NO_DEADLINE), Ordering::Relaxed);
    }

    fn is_late(&self) -> bool {
        let deadline = self.deadline.load(Ordering::Relaxed);
        deadline != NO_DEADLINE && self.epoch.elapsed().as_millis() > u128::from(deadline.unsigned_abs())
    }
}

/// Engine steps between two looks at the deadline: a few tenths of a millisecond.
pub(super) const STEPS_BETWEEN_LOOKS: i32 = 4_000;

/// Pages that the write-ahead log gathers before they are folded into the file: 16 MB. A page that
/// changed often is folded in once, which makes small writes half again as fast as with 1,000.
pub(super) const PAGES_BETWEEN_CHECKPOINTS: i32 = 4_000;

/// How long another program may hold the file.
const BUSY_FOR: Duration = Duration::from_secs(5);

/// The largest text or blob in bytes; a request's body is far smaller.
const LARGEST_VALUE: i32 = 16 * 1024 * 1024;

pub(super) struct Session {
    conn: Connection,
    shared: Arc<Shared>,
    writes: bool,
    attendant: Attendant,
}

impl Session {
    /// Opens a confined connection for reading.
    pub(super) fn for_reading(file: &Path) -> Result<Self> {
        Self::confined(open_for_reading(file)?, false, Attendant::default())
    }

    /// Opens the confined connection that writes. It folds the log when told to, and keeps in `log_pages`
    /// how many pages there are in it.
    pub(super) fn for_writing(
        file: &Path,
        synchronous: Synchronous,
        attendant: Attendant,
        log_pages: Arc<AtomicUsize>,
    ) -> Result<Self> {
        let mut conn = open_for_writing(file, synchronous)?;
        let note = move |_: &mut Wal, pages: i32| {
            log_pages.store(usize::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        };
        conn.wal_hook(Some(note)).map_err(explain)?;
        #[cfg(test)]
        super::by_hand::watch(&mut conn).map_err(explain)?;
        Self::confined(conn, true, attendant)
    }

    fn confined(mut conn: Connection, writes: bool, attendant: Attendant) -> Result<Self> {
        let shared = confine(&mut conn, &isolation::fresh_secret()?)?;
        Ok(Self { conn, shared, writes, attendant })
    }

    /// A connection without views, authorizer and time limit, to measure the others against.
    pub(super) fn unconfined(conn: Connection) -> Result<Self> {
        prepare_connection(&conn).map_err(explain)?;
        Ok(Self { conn, shared: Shared::fresh(), writes: false, attendant: Attendant::default() })
    }

    /// Serves one tenant, or none, for at most `limit`, until the guard falls.
    pub(super) fn serve(&self, tenant: Option<TenantNo>, limit: Duration) -> Serving<'_> {
        self.shared.serve(tenant);
        self.shared.allow(limit);
        Serving(self)
    }

    /// Runs a statement that belongs to the store itself, such as BEGIN.
    pub(super) fn control(&self, text: &'static str) -> Result<()> {
        #[cfg(test)]
        if self.writes {
            super::by_hand::boundary_before(text)?;
        }
        self.shared.speak_as(Voice::Store);
        let marked = format!("/* store */ {text}");
        let done = self.conn.prepare_cached(&marked).and_then(|mut statement| statement.execute([]));
        self.shared.speak_as(Voice::Tenant);
        #[cfg(test)]
        if self.writes && done.is_ok() {
            super::by_hand::controlled(text);
        }
        done.map(drop).map_err(explain)
    }

    /// A process may die before each statement that it writes with.
    #[cfg(test)]
    fn come_to_boundary(&self) -> Result<()> {
        if self.writes { super::by_hand::boundary() } else { Ok(()) }
    }

    /// Whether no transaction is open: some failures throw a whole transaction away.
    pub(super) fn is_autocommit(&self) -> bool {
        self.conn.is_autocommit()
    }

    pub(super) fn changes(&self) -> u64 {
        self.conn.changes()
    }

    /// Rows that were changed over this connection since it was opened.
    pub(super) fn total_changes(&self) -> u64 {
        self.conn.total_changes()
    }

    /// Runs a statement and gives each row of its answer to `each`, which says whether to go on.
    pub(super) fn query(
        &self,
        voice: Voice,
        sql: &Sql,
        params: &[Param<'_>],
        mut each: impl FnMut(&mut Row<'_>) -> Result<bool>,
    ) -> Result<()> {
        #[cfg(test)]
        self.come_to_boundary()?;
        self.shared.speak_as(voice);
        let answered = self.step_through(voice, sql, params, &mut each);
        #[cfg(test)]
        if self.writes {
            self.shared.speak_as(Voice::Store);
            super::by_hand::look(&self.conn, sql.name)?;
        }
        self.shared.speak_as(Voice::Tenant);
        answered
    }

    fn step_through(
        &self,
        voice: Voice,
        sql: &Sql,
        params: &[Param<'_>],
        each: &mut impl FnMut(&mut Row<'_>) -> Result<bool>,
    ) -> Result<()> {
        // A closure that goes on after its transaction was thrown away would commit by itself.
        if self.writes && self.is_autocommit() {
            return Err(Error::internal(format!("{} came after the end of its transaction", sql.name)));
        }
        let text = sql.text(voice == Voice::System, params);
        let mut statement = prepare(&self.conn, voice, text)?;
        for (name, value) in params {
            match statement.parameter_index(name).map_err(explain)? {
                Some(index) => statement.raw_bind_parameter(index, value).map_err(explain)?,
                // What only some variants of a statement ask for is left out of the others.
                None if value.is_null() || sql.is_optional(&name[1..]) => {}
                None => return Err(Error::internal(format!("{} has no parameter {name}", sql.name))),
            }
        }
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(explain)? {
            if !each(&mut Row::new(row))? {
                break;
            }
        }
        Ok(())
    }

    /// Every row of an answer.
    pub(super) fn all<T: FromRow>(&self, voice: Voice, sql: &Sql, params: &[Param<'_>]) -> Result<Vec<T>> {
        let mut rows = Vec::new();
        self.query(voice, sql, params, |row| {
            rows.push(T::from_row(row)?);
            Ok(true)
        })?;
        Ok(rows)
    }

    pub(super) fn fitting<T: FromRow>(
        &self,
        voice: Voice,
        sql: &Sql,
        params: &[Param<'_>],
        room: usize,
    ) -> Result<Fitting<T>> {
        let (mut found, mut bytes) = (Fitting { rows: Vec::new(), is_cut: false }, 0);
        self.query(voice, sql, params, |row| {
            let next = T::from_row(row)?;
            bytes += row.bytes();
            found.is_cut = bytes > room && !found.rows.is_empty();
            if !found.is_cut {
                found.rows.push(next);
            }
            Ok(!found.is_cut)
        })?;
        Ok(found)
    }

    /// Whom the kernel left with the store.
    pub(super) fn attendant<A: 'static>(&self) -> Option<&A> {
        self.attendant.iter().find_map(|attendant| attendant.get()?.downcast_ref())
    }

    /// Folds the write-ahead log into the file, and waits for nobody.
    pub(super) fn checkpoint(&self, mode: CheckpointMode) -> Result<()> {
        self.conn.busy_timeout(Duration::ZERO).map_err(explain)?;
        let done = self.conn.wal_checkpoint_v2(None::<&str>, mode);
        self.conn.busy_timeout(BUSY_FOR).map_err(explain)?;
        match done {
            Err(rusqlite::Error::SqliteFailure(failure, _)) if failure.code == ErrorCode::DatabaseBusy => {
                Ok(())
            }
            done => done.map(drop).map_err(explain),
        }
    }

    pub(super) fn raw(&self) -> &Connection {
        &self.conn
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }
}

/// While it lives the session serves one tenant; when it falls nothing is open and nobody is served.
pub(super) struct Serving<'s>(&'s Session);

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        self.0.shared.serve(None);
        self.0.shared.deadline.store(NO_DEADLINE, Ordering::Relaxed);
    }
}

pub fn open_for_reading(file: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(file, flags).map_err(explain)?;
    conn.pragma_update(None, "cache_size", -2_048).map_err(explain)?;
    Ok(conn)
}

pub fn open_for_writing(file: &Path, synchronous: Synchronous) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(file, flags).map_err(explain)?;
    conn.pragma_update(None, "journal_mode", "WAL").map_err(explain)?;
    conn.pragma_update(None, "synchronous", synchronous.as_str()).map_err(explain)?;
    conn.pragma_update(None, "cache_size", -8_192).map_err(explain)?;
    conn.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024).map_err(explain)?;
    conn.pragma_update(None, "wal_autocheckpoint", PAGES_BETWEEN_CHECKPOINTS).map_err(explain)?;
    // What is deleted is overwritten, so that it is gone from the file too.
    conn.pragma_update(None, "secure_delete", true).map_err(explain)?;
    Ok(conn)
}

/// Puts up every guard on a connection. The first to speak is the store.
pub fn confine(conn: &mut Connection, secret: &str) -> Result<Arc<Shared>> {
    let shared = Shared::fresh();
    prepare_connection(conn).map_err(explain)?;
    let tables = isolation::tenant_tables(conn)?;
    define_current_tenant(conn, Arc::clone(&shared)).map_err(explain)?;
    isolation::create_views(conn, &tables, secret)?;
    let deadline = Arc::clone(&shared);
    conn.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || deadline.is_late())).map_err(explain)?;
    isolation::install_authorizer(conn, &tables, secret, Arc::clone(&shared))?;
    Ok(shared)
}

/// Settings that every connection has, before anything is confined. `temp_store` comes first:
/// changing it later would drop the temporary views.
pub(super) fn prepare_connection(conn: &Connection) -> rusqlite::Result<()> {
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.busy_timeout(BUSY_FOR)?;
    conn.set_prepared_statement_cache_capacity(256);
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    // Without it the engine plans a statement anew whenever the parameter of its LIMIT is bound.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    conn.set_limit(Limit::SQLITE_LIMIT_LENGTH, LARGEST_VALUE)?;
    conn.set_limit(Limit::SQLITE_LIMIT_EXPR_DEPTH, 200)?;
    conn.set_limit(Limit::SQLITE_LIMIT_COMPOUND_SELECT, 20)?;
    Ok(())
}

/// Gives the engine the function `current_tenant()`, which answers what `shared` says.
pub fn define_current_tenant(conn: &Connection, shared: Arc<Shared>) -> rusqlite::Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    conn.create_scalar_function("current_tenant", 0, flags, move |_| Ok(shared.current_tenant()))
}

/// Prepares a statement or takes it from the cache, and refuses the two kinds of text about which
/// the engine does not ask the authorizer. EXPLAIN would name the secret triggers. A text that the
/// store or the kernel prepared could be in the cache with their rights; theirs begin with a mark.
pub fn prepare<'c>(conn: &'c Connection, voice: Voice, text: &str) -> Result<CachedStatement<'c>> {
    if voice == Voice::Tenant && text.trim_start().starts_with("/*") {
        return Err(Error::internal("a tenant's statement begins with a mark"));
    }
    let statement = conn.prepare_cached(text).map_err(explain)?;
    match statement.is_explain() {
        0 => Ok(statement),
        _ => Err(Error::internal("a statement asks for its plan")),
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn a_list_is_planned_once_however_often_its_limit_is_bound() {
        let conn = Connection::open_in_memory().expect("a database");
        prepare_connection(&conn).expect("its settings");
        conn.execute_batch("CREATE TABLE notes (id INTEGER PRIMARY KEY)").expect("a table");
        let mut list = conn.prepare("SELECT id FROM notes ORDER BY id LIMIT ?1").expect("a statement");
        for limit in [50, 51, 51] {
            list.query([limit]).expect("it runs").next().expect("it answers");
        }
        assert_eq!(list.get_status(StatementStatus::RePrepare), 0);
    }
}
