//! What the writer says of itself: for metrics, and for the probe that asks whether it is stuck.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::failure::is_damage;
use super::flushes::Flushes;
use super::second_look;
use crate::base::Error;
use crate::base::figures::Histogram;

/// Bytes of a page.
const PAGE: u64 = 4_096;

#[derive(Debug)]
pub struct Health {
    file: PathBuf,
    me: Weak<Self>,
    epoch: Instant,
    waiting: AtomicUsize,
    batches: AtomicU64,
    writes: AtomicU64,
    last_batch: AtomicUsize,
    last_commit_micros: AtomicU64,
    log_pages: Arc<AtomicUsize>,
    pub(super) batch_sizes: Histogram,
    pub(super) commit_times: Histogram,
    pub(super) flushes: Flushes,
    /// When the writer last came back to its queue, in milliseconds since `epoch`.
    last_sign_of_life: AtomicU64,
    fault: Mutex<Option<String>>,
    is_damaged: AtomicBool,
    has_ended: AtomicBool,
}

/// The writer's figures at one moment.
#[derive(Debug, Clone, Copy)]
pub struct WriterFigures {
    /// Writes that wait in the queue.
    pub waiting: usize,
    /// Transactions so far.
    pub batches: u64,
    /// Writes so far, those that failed included.
    pub writes: u64,
    /// Writes in the last transaction.
    pub last_batch: usize,
    /// How long the last transaction took, its flush to disk included.
    pub last_commit: Duration,
    /// Bytes of the write-ahead log that hold something.
    pub log_bytes: u64,
    /// How long ago the writer last finished something.
    pub silent_for: Duration,
}

impl Health {
    pub(super) fn of(file: PathBuf) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            file,
            me: me.clone(),
            epoch: Instant::now(),
            waiting: AtomicUsize::new(0),
            batches: AtomicU64::new(0),
            writes: AtomicU64::new(0),
            last_batch: AtomicUsize::new(0),
            last_commit_micros: AtomicU64::new(0),
            log_pages: Arc::default(),
            batch_sizes: Histogram::of_sizes(),
            commit_times: Histogram::of_times(),
            flushes: Flushes::default(),
            last_sign_of_life: AtomicU64::new(0),
            fault: Mutex::new(None),
            is_damaged: AtomicBool::new(false),
            has_ended: AtomicBool::new(false),
        })
    }

    pub fn figures(&self) -> WriterFigures {
        let last = Duration::from_millis(self.last_sign_of_life.load(Ordering::Relaxed));
        WriterFigures {
            waiting: self.waiting.load(Ordering::Relaxed),
            batches: self.batches.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
            last_batch: self.last_batch.load(Ordering::Relaxed),
            last_commit: Duration::from_micros(self.last_commit_micros.load(Ordering::Relaxed)),
            log_bytes: self.log_pages.load(Ordering::Relaxed) as u64 * PAGE,
            silent_for: self.epoch.elapsed().saturating_sub(last),
        }
    }

    /// Where the writer's connection notes how long the write-ahead log is.
    pub(super) fn log_pages(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.log_pages)
    }

    /// Why the last transaction could not be written; none when it could.
    pub fn fault(&self) -> Option<String> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What does not pass by itself, if something of that kind was seen.
    pub fn lasting_fault(&self) -> Option<&'static str> {
        if self.is_damaged.load(Ordering::Relaxed) {
            return Some(
                "a damaged page was read from the database file; stop the server, run `steading check`, \
                 and restore a backup",
            );
        }
        let has_ended = self.has_ended.load(Ordering::Relaxed);
        has_ended.then_some("the writer has ended; restart the server")
    }

    /// Remembers that a page of the file was damaged, however whole the others are, until the whole
    /// file was seen to be whole.
    pub(super) fn watch(&self, error: &Error) {
        if is_damage(error) && !self.is_damaged.swap(true, Ordering::Relaxed) {
            tracing::error!(%error, "the database file is damaged, or could not be read; it is looked through again");
            second_look::take(self.file.clone(), self.me.clone());
        }
    }

    /// It was the disk below that could not read for a while.
    pub(super) fn is_whole_after_all(&self) {
        self.is_damaged.store(false, Ordering::Relaxed);
        tracing::warn!(
            "the database file is whole; the disk below it failed to read for a while, so look at its health"
        );
    }

    pub(super) fn ended(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
    }

    pub(super) fn queued(&self) {
        if self.waiting.fetch_add(1, Ordering::Relaxed) == 0 {
            self.sign_of_life();
        }
    }

    pub(super) fn taken(&self, count: usize) {
        self.waiting.fetch_sub(count, Ordering::Relaxed);
    }

    pub(super) fn committed(&self, size: usize, took: Duration, fault: Option<&Error>) {
        fault.into_iter().for_each(|error| self.watch(error));
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.writes.fetch_add(size as u64, Ordering::Relaxed);
        self.last_batch.store(size, Ordering::Relaxed);
        self.batch_sizes.note(size as u64);
        self.commit_times.note_time(took);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.last_commit_micros.store(micros, Ordering::Relaxed);
        self.sign_of_life();
        let mut known = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        match (&*known, &fault) {
            (None, Some(error)) => {
                tracing::error!(%error, "the database can't be written; writes are refused until it can")
            }
            (Some(_), None) => tracing::info!("the database can be written again"),
            _ => {}
        }
        *known = fault.map(|error| error.message().to_owned());
    }

    fn sign_of_life(&self) {
        let now = u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_sign_of_life.store(now, Ordering::Relaxed);
    }
}
