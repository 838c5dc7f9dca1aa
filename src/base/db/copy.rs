//! Copying the file while it is served, as it was at one moment.
//!
//! A connection of its own opens one snapshot and hands its pages over in small steps. Nobody waits for it: a
//! writer goes on in the write-ahead log, and the steps never begin anew, because they read one snapshot.
//! Meanwhile the log can't be folded into the file for good, so it only grows. Folding what has gathered is
//! therefore taken from the writer, where it would hold up everybody at once, and done from here afterwards.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::Db;
use super::failure::explain;
use super::migrations::version_of;
use super::session::open_for_reading;
use crate::base::{Error, Result};

/// Pages that one step copies: 1 MiB.
const PAGES_A_STEP: i32 = 256;

/// Steps after which the copy is flushed, so that no flush of a writer waits behind a heap of it.
const STEPS_A_FLUSH: u32 = 4;

/// Frames of the log that the writer may as well fold by itself.
const FEW_FRAMES: i64 = 4_000;

/// Rounds of folding before the rest is left to the writer, whose load then outruns them.
const MOST_ROUNDS: u32 = 20;

const PATIENCE: Duration = Duration::from_secs(10);

/// How far a copy is, and whether to go on with it.
pub struct Course<'c> {
    /// Raised by whoever does not want the copy any more.
    pub stop: &'c AtomicBool,
    /// Told the bytes that are done and those there are.
    pub tell: &'c mut dyn FnMut(u64, u64),
}

impl Course<'_> {
    pub fn must_go_on(&self) -> Result<()> {
        match self.stop.load(Ordering::Relaxed) {
            true => Err(Error::unavailable("It was stopped before it was done; nothing was kept of it.")),
            false => Ok(()),
        }
    }
}

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    pub bytes: u64,
    pub schema_version: u32,
}

/// Copies a file that nobody changes, or that others may change: the copy is as it was at one moment. The
/// target must not exist, and is on the disk afterwards.
pub fn copy_file(source: &Path, target: &Path, course: &mut Course<'_>) -> Result<Copied> {
    let from = open_for_reading(source)?;
    from.busy_timeout(PATIENCE).map_err(explain)?;
    let file = create(target)?;
    // The first read of a transaction takes the snapshot.
    from.execute_batch("BEGIN").map_err(explain)?;
    let schema_version = version_of(&from)?.ok_or_else(|| {
        Error::conflict("The database has no schema yet; start `steading serve` once, then back it up.")
    })?;
    let mut to = open_target(target)?;
    step_through(&from, &mut to, &file, course)?;
    drop(to);
    file.sync_all().map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    Ok(Copied { bytes, schema_version })
}

fn step_through(from: &Connection, to: &mut Connection, file: &File, course: &mut Course<'_>) -> Result<()> {
    let page: i64 = from.query_row("PRAGMA page_size", [], |row| row.get(0)).map_err(explain)?;
    let page = page.unsigned_abs();
    let backup = Backup::new(from, to).map_err(explain)?;
    for step in 1.. {
        course.must_go_on()?;
        match backup.step(PAGES_A_STEP).map_err(explain)? {
            StepResult::Done => break,
            StepResult::More => {}
            // Another program holds the file for a moment.
            _ => thread::sleep(Duration::from_millis(20)),
        }
        if step % STEPS_A_FLUSH == 0 {
            file.sync_data().map_err(failed)?;
        }
        let progress = backup.progress();
        let (all, left) = (progress.pagecount.unsigned_abs(), progress.remaining.unsigned_abs());
        (course.tell)(u64::from(all.saturating_sub(left)) * page, u64::from(all) * page);
    }
    Ok(())
}

fn create(target: &Path) -> Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(target).map_err(failed)
}

/// The copy needs no journal, since a half one is thrown away, and is flushed by us.
fn open_target(target: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let to = Connection::open_with_flags(target, flags).map_err(explain)?;
    to.pragma_update(None, "journal_mode", "OFF").map_err(explain)?;
    to.pragma_update(None, "synchronous", "OFF").map_err(explain)?;
    Ok(to)
}

fn failed(error: std::io::Error) -> Error {
    crate::base::data_dir::full_or_unusable(error)
}

impl Db {
    /// Copies the file that this store serves, while it does.
    pub fn copy_to(&self, target: &Path, course: &mut Course<'_>) -> Result<Copied> {
        let _eased = (!self.leaves_log.load(Ordering::Relaxed)).then(|| Eased::begin(self));
        copy_file(&self.file, target, course)
    }
}

/// While it lives the writer does not fold the log. When it falls, what has gathered is folded beside the
/// writer, and the writer does so by itself again.
struct Eased<'d> {
    db: &'d Db,
    file: PathBuf,
}

impl<'d> Eased<'d> {
    fn begin(db: &'d Db) -> Self {
        db.writer.fold_by_itself(false);
        Self { db, file: db.file.clone() }
    }

    fn fold(&self) -> Result<()> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(&self.file, flags).map_err(explain)?;
        conn.pragma_update(None, "synchronous", self.db.synchronous.as_str()).map_err(explain)?;
        for _ in 0..MOST_ROUNDS {
            // PASSIVE waits for nobody and nobody waits for it.
            let (log, folded): (i64, i64) = conn
                .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| Ok((row.get(1)?, row.get(2)?)))
                .map_err(explain)?;
            if log - folded < FEW_FRAMES {
                break;
            }
        }
        Ok(())
    }
}

impl Drop for Eased<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.fold() {
            tracing::warn!(%error, "the write-ahead log could not be folded after a copy; the writer will");
        }
        self.db.writer.fold_by_itself(true);
    }
}
