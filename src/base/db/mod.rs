//! The store: one SQLite file, one writer, many readers, and tenants kept apart by the engine.
//!
//! No type of the engine's library leaves this folder. Stores above speak to `Read` and `Write`
//! (a tenant's) and to `SystemRead` and `SystemWrite` (the kernel's), with statements from files,
//! named parameters and typed rows.

#[cfg(test)]
pub mod by_hand;
mod carry;
mod chain;
mod check;
mod copy;
mod counters;
mod erase;
mod failure;
mod fill;
mod flushes;
mod health;
pub mod isolation;
mod line;
mod migrations;
mod plain;
mod readers;
mod schema;
mod second_look;
pub mod session;
pub mod side_file;
mod sql;
mod tx;
mod value;
mod weigh;
mod writer;

use std::any::Any;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use carry::{Arrival, Arrived, Resident, carry_in, carry_out, find_resident, only_resident};
pub use chain::{BEGINNING, Link};
pub use check::{Findings, Glance, check_file, glance_at};
pub use copy::{Copied, Course, copy_file};
pub use fill::fill;
pub use flushes::FlushFigures;
pub use health::WriterFigures;
pub use migrations::{Upgrade, migrate, newest_version, schema_version};
pub use plain::Plain;
pub use readers::ReaderFigures;
pub use sql::{Sql, variants_of};
pub use tx::{AfterCommit, Read, SystemRead, SystemWrite, Write};
pub use value::{Column, Fitting, FromRow, Only, Param, Row, Stored, Value};
pub use weigh::Scales;

use crate::base::figures::Histogram;
use crate::base::{Result, Timestamp};
use health::Health;
use readers::Readers;
use tx::{OfSystem, OfTenant};
use writer::{Writer, is_gone};

/// The version of the engine below.
pub fn engine_version() -> &'static str {
    rusqlite::version()
}

/// The small number that stands for a tenant inside the file. It never leaves the server and is
/// never used again after its tenant is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantNo(i64);

impl TenantNo {
    /// The reserved tenant `instance`, whose users are the accounts.
    pub const INSTANCE: Self = Self(1);

    pub fn get(self) -> i64 {
        self.0
    }
}

impl From<TenantNo> for Value<'_> {
    fn from(number: TenantNo) -> Self {
        Self::Int(number.0)
    }
}

impl Column for TenantNo {
    fn read(value: Stored<'_>) -> Option<Self> {
        i64::read(value).filter(|number| *number > 0).map(Self)
    }
}

/// Something that acts within one tenant.
pub trait Within {
    fn tenant_no(&self) -> TenantNo;
}

impl Within for TenantNo {
    fn tenant_no(&self) -> TenantNo {
        *self
    }
}

/// When a commit counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Synchronous {
    /// When it is on the disk: what is acknowledged survives a power cut.
    Full,
    /// When it is with the operating system: a power cut may take the last moments.
    Normal,
}

impl Synchronous {
    fn as_str(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Normal => "NORMAL",
        }
    }
}

/// How to open the store.
#[derive(Debug, Clone)]
pub struct Settings {
    pub file: PathBuf,
    pub backups: PathBuf,
    pub synchronous: Synchronous,
    pub readers: usize,
    pub read_limit: Duration,
    pub write_limit: Duration,
    pub write_queue: usize,
}

/// What the kernel leaves with the store: its writes find it again to tell it, after their commit,
/// what they caused.
type Attendant = Arc<[OnceLock<Box<dyn Any + Send + Sync>>; MOST_ATTENDANTS]>;

/// Those who may be left with the store.
const MOST_ATTENDANTS: usize = 8;

pub struct Db {
    readers: Readers,
    writer: Writer,
    health: Arc<Health>,
    write_limit: Duration,
    upgrade: Upgrade,
    attendant: Attendant,
    file: PathBuf,
    synchronous: Synchronous,
    /// Whether another program folds the write-ahead log into the file.
    leaves_log: AtomicBool,
}

impl Db {
    /// Opens the file, makes it if there is none, and brings it to this binary's schema.
    pub fn open(settings: &Settings, now: Timestamp) -> Result<Self> {
        let upgrade = migrations::migrate(&settings.file, &settings.backups, now)?;
        let health = Health::of(settings.file.clone());
        let attendant = Attendant::default();
        let writer = Writer::start(settings, Arc::clone(&health), Arc::clone(&attendant))?;
        let readers = Readers::start(
            settings.file.clone(),
            settings.readers,
            settings.read_limit,
            Arc::clone(&health),
        )?;
        Ok(Self {
            readers,
            writer,
            health,
            write_limit: settings.write_limit,
            upgrade,
            attendant,
            file: settings.file.clone(),
            synchronous: settings.synchronous,
            leaves_log: AtomicBool::new(false),
        })
    }

    /// Leaves it to another program to fold the write-ahead log into the file, for good.
    pub fn leave_log(&self) {
        self.leaves_log.store(true, Ordering::Relaxed);
        self.writer.fold_by_itself(false);
    }

    /// What opening did to the schema.
    pub fn upgrade(&self) -> &Upgrade {
        &self.upgrade
    }

    /// Leaves somebody with the store, for `Write::attendant`. The first of a type stays.
    pub fn attend(&self, attendant: impl Any + Send + Sync) {
        let mut attendant: Box<dyn Any + Send + Sync> = Box::new(attendant);
        for place in self.attendant.iter() {
            match place.set(attendant) {
                Ok(()) => return,
                Err(taken) => attendant = taken,
            }
        }
    }

    /// A read by key with a bounded plan, on this thread. Each statement sees the newest state.
    pub fn read_here<T>(&self, who: &impl Within, read: impl FnOnce(&Read<'_>) -> Result<T>) -> Result<T> {
        self.readers.here::<OfTenant, T>(Some(who.tenant_no()), read)
    }

    /// A read that lists, filters or joins, on a reader thread, in one snapshot.
    pub async fn read<T, F>(&self, who: &impl Within, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Read<'_>) -> Result<T> + Send + 'static,
    {
        self.readers.elsewhere::<OfTenant, T, F>(Some(who.tenant_no()), read).await
    }

    /// A change within one tenant. It returns once it is on disk. The closure may run more than
    /// once, so it has no effect outside the database.
    pub async fn write<T, F>(&self, who: &impl Within, write: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&Write<'_>) -> Result<T> + Send + 'static,
    {
        let answer = self.writer.submit::<OfTenant, T, F>(
            Some(who.tenant_no()),
            self.write_limit,
            &self.health,
            write,
        );
        answer.await.map_err(|_| is_gone())?
    }

    /// The whole file, for engine work that spans tenants. Only `kernel` may call it.
    pub fn system(&self) -> System<'_> {
        System(self)
    }

    pub fn writer_figures(&self) -> WriterFigures {
        self.health.figures()
    }

    /// Writes that shared a transaction.
    pub fn batch_sizes(&self) -> &Histogram {
        &self.health.batch_sizes
    }

    /// How long transactions took, their flushes included.
    pub fn commit_times(&self) -> &Histogram {
        &self.health.commit_times
    }

    /// How long the last flushes took; nothing where the system flushes when it likes, and before the first.
    pub fn flush_figures(&self) -> Option<FlushFigures> {
        self.health.flushes.figures().filter(|_| self.synchronous == Synchronous::Full)
    }

    pub fn reader_figures(&self) -> ReaderFigures {
        self.readers.figures()
    }

    /// Why the file can't be written at the moment, if so.
    pub fn write_fault(&self) -> Option<String> {
        self.health.fault()
    }

    /// What no further try can mend: the file is damaged, or the writer has ended.
    pub fn lasting_fault(&self) -> Option<&'static str> {
        self.health.lasting_fault()
    }

    /// Finishes every queued write and folds the write-ahead log into the file. Later writes fail.
    pub fn close(&self) {
        self.writer.stop();
    }
}

/// The store as the kernel sees it: every tenant's rows.
pub struct System<'d>(&'d Db);

impl System<'_> {
    pub fn read_here<T>(&self, read: impl FnOnce(&SystemRead<'_>) -> Result<T>) -> Result<T> {
        self.0.readers.here::<OfSystem, T>(None, read)
    }

    pub async fn read<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&SystemRead<'_>) -> Result<T> + Send + 'static,
    {
        self.0.readers.elsewhere::<OfSystem, T, F>(None, read).await
    }

    pub async fn write<T, F>(&self, write: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&SystemWrite<'_>) -> Result<T> + Send + 'static,
    {
        let answer = self.0.writer.submit::<OfSystem, T, F>(None, self.0.write_limit, &self.0.health, write);
        answer.await.map_err(|_| is_gone())?
    }
}
