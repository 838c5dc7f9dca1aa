//! A file beside the store, for what may be lost: it has a size that it keeps to, no migrations and no
//! tenants' views. Whoever opens one keeps tenants apart himself, so nothing of theirs that matters
//! belongs in it.
//!
//! A file of another shape, a damaged one and one that is too large are not mended but made anew.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use super::Synchronous;
use super::failure::{explain, is_damage};
use super::session::{STEPS_BETWEEN_LOOKS, Session, Voice};
use super::sql::Sql;
use super::value::{FromRow, Param};
use crate::base::{Error, Result};

const PAGE: u64 = 4_096;

/// What a file beside the store is like.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Statements that make its tables.
    pub schema: &'static str,
    /// Raised with every change of the schema.
    pub version: i64,
    /// Bytes that the file and its write-ahead log take together.
    pub largest: u64,
}

impl Shape {
    /// Pages of the file itself; the rest is for the log.
    fn most_pages(&self) -> u64 {
        self.largest / PAGE * 3 / 4
    }
}

/// How opening for writing found the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    AsItWas,
    /// There was none.
    Nothing,
    /// There was one that could not be used, which is gone now.
    Unusable,
}

pub struct SideFile {
    session: Session,
    file: PathBuf,
    /// Which file it is, whatever lies at its path later.
    inode: Option<u64>,
    most_pages: u64,
}

impl SideFile {
    /// Opens it for writing. There is one who does, at a time.
    pub fn open(file: &Path, shape: &Shape) -> Result<(Self, Found)> {
        let found = if file.exists() { Found::AsItWas } else { Found::Nothing };
        match Self::open_as(file, shape) {
            Ok(Some(aside)) => return Ok((aside, found)),
            Ok(None) => {}
            Err(error) if is_damage(&error) => {}
            Err(error) => return Err(error),
        }
        remove(file)?;
        match Self::open_as(file, shape)? {
            Some(aside) => Ok((aside, Found::Unusable)),
            None => Err(Error::internal("a file that was made just now has another shape")),
        }
    }

    /// Nothing when the file is of another shape or too large.
    fn open_as(file: &Path, shape: &Shape) -> Result<Option<Self>> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(file, flags).map_err(explain)?;
        let version: i64 = pragma(&conn, "user_version")?;
        let is_new = version == 0 && pragma::<i64>(&conn, "page_count")? == 0;
        let pages = u64::try_from(pragma::<i64>(&conn, "page_count")?).unwrap_or_default();
        if !is_new && (version != shape.version || pages > shape.most_pages()) {
            return Ok(None);
        }
        let log_pages = (shape.largest / PAGE / 16).clamp(16, 1_000);
        for (name, value) in [
            ("synchronous", Synchronous::Normal.as_str().to_owned()),
            ("cache_size", "-2048".to_owned()),
            ("journal_size_limit", (log_pages * PAGE).to_string()),
            ("wal_autocheckpoint", log_pages.to_string()),
            ("max_page_count", shape.most_pages().to_string()),
            // What is deleted is overwritten, so that it is gone from the file too.
            ("secure_delete", "1".to_owned()),
        ] {
            if name == "synchronous" {
                conn.pragma_update(None, "journal_mode", "WAL").map_err(explain)?;
            }
            conn.pragma_update(None, name, value).map_err(explain)?;
        }
        if is_new {
            conn.execute_batch(&format!(
                "BEGIN; {} PRAGMA user_version = {}; COMMIT;",
                shape.schema, shape.version
            ))
            .map_err(explain)?;
        }
        let session = Session::unconfined(conn)?;
        let aside =
            Self { session, file: file.to_owned(), inode: inode_of(file), most_pages: shape.most_pages() };
        Ok(Some(aside))
    }

    /// Opens it for reading, for at most so long; nothing when there is none of this version.
    pub fn open_to_read(file: &Path, version: i64, limit: Duration) -> Result<Option<Self>> {
        if !file.exists() {
            return Ok(None);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut conn = Connection::open_with_flags(file, flags).map_err(explain)?;
        if pragma::<i64>(&conn, "user_version")? != version {
            return Ok(None);
        }
        let began = Instant::now();
        conn.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || began.elapsed() > limit)).map_err(explain)?;
        let session = Session::unconfined(conn)?;
        Ok(Some(Self { session, file: file.to_owned(), inode: None, most_pages: 0 }))
    }

    /// Whether the file at its path is still this one.
    pub fn is_there(&self) -> bool {
        self.inode.is_some() && inode_of(&self.file) == self.inode
    }

    /// How much of its pages is in use, of one.
    pub fn fullness(&self) -> Result<f64> {
        let conn = self.session.raw();
        let used = pragma::<i64>(conn, "page_count")? - pragma::<i64>(conn, "freelist_count")?;
        Ok(used as f64 / self.most_pages.max(1) as f64)
    }

    /// Whether there is room in the log, which grows beyond what it may while somebody reads for long.
    pub fn has_room_in_log(&self) -> Result<bool> {
        let allowed = self.most_pages * PAGE / 4;
        if log_size(&self.file) > allowed {
            self.fold()?;
        }
        Ok(log_size(&self.file) <= allowed)
    }

    /// Folds the log into the file, unless somebody reads.
    pub fn fold(&self) -> Result<()> {
        let fold = "PRAGMA wal_checkpoint(TRUNCATE)";
        self.session.raw().query_row(fold, [], |_| Ok(())).map_err(explain)
    }

    /// All of it, or nothing.
    pub fn in_transaction<T>(&self, write: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        self.session.control("BEGIN IMMEDIATE")?;
        let done = write(self).and_then(|value| self.session.control("COMMIT").map(|()| value));
        if done.is_err() && !self.session.is_autocommit() {
            self.session.control("ROLLBACK")?;
        }
        done
    }

    /// Everything that is read sees the same state.
    pub fn in_snapshot<T>(&self, read: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        self.session.control("BEGIN")?;
        let read = read(self);
        if !self.session.is_autocommit() {
            self.session.control("ROLLBACK")?;
        }
        read
    }

    /// Runs a statement and counts the rows that it changed.
    pub fn run(&self, sql: &Sql, params: &[Param<'_>]) -> Result<u64> {
        self.session.query(Voice::System, sql, params, |_| Ok(true))?;
        Ok(self.session.changes())
    }

    pub fn all<T: FromRow>(&self, sql: &Sql, params: &[Param<'_>]) -> Result<Vec<T>> {
        self.session.all(Voice::System, sql, params)
    }

    pub fn maybe<T: FromRow>(&self, sql: &Sql, params: &[Param<'_>]) -> Result<Option<T>> {
        let mut found = None;
        self.session.query(Voice::System, sql, params, |row| {
            found = Some(T::from_row(row)?);
            Ok(false)
        })?;
        Ok(found)
    }
}

/// Whether an error means that the file is damaged.
pub fn means_damage(error: &Error) -> bool {
    is_damage(error)
}

/// Bytes of a file and of its log.
pub fn size_of(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |meta| meta.len()) + log_size(file)
}

/// Takes a file away, with what belongs to it.
pub fn remove(file: &Path) -> Result<()> {
    for path in [file.to_owned(), beside(file, "-wal"), beside(file, "-shm")] {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                let message = format!("{} can't be removed; remove it by hand.", path.display());
                return Err(Error::unavailable(message).caused_by(error));
            }
            _ => {}
        }
    }
    Ok(())
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn log_size(file: &Path) -> u64 {
    fs::metadata(beside(file, "-wal")).map_or(0, |meta| meta.len())
}

fn inode_of(file: &Path) -> Option<u64> {
    fs::metadata(file).ok().map(|meta| meta.ino())
}

fn pragma<T: rusqlite::types::FromSql>(conn: &Connection, name: &str) -> Result<T> {
    conn.pragma_query_value(None, name, |row| row.get(0)).map_err(explain)
}
