//! Readers: connections that only read, one to a thread, so that no lock lies between.
//!
//! A keyed read runs on the thread that asks, on that thread's own connection. Anything that can
//! scan or list goes to a few reader threads with a bounded line in which tenants take turns: when it
//! is full the answer is a 503 at once, so that slow reads can never take the threads that serve
//! everybody else.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::TenantNo;
use super::health::Health;
use super::line::Line;
use super::session::Session;
use super::tx::{Reading, Scope};
use crate::base::{Error, Result, scene};

/// Reads that may wait for each reader thread before more are refused: quick ones wait for milliseconds there, and slow
/// ones for as long as a read may take at most.
const QUEUE_PER_READER: usize = 256;

type Job = Box<dyn FnOnce(Result<&Session>) + Send>;

pub(super) struct Readers {
    file: PathBuf,
    /// Tells the connections of this store from those of another in the same thread.
    store: u64,
    limit: Duration,
    line: Arc<Line<Job>>,
    health: Arc<Health>,
    threads: usize,
    gauges: Arc<Gauges>,
}

/// What the reader threads do, counted along.
#[derive(Debug, Default)]
struct Gauges {
    waiting: AtomicUsize,
    busy: AtomicUsize,
    refused: AtomicU64,
}

/// The readers' figures at one moment.
#[derive(Debug, Clone, Copy)]
pub struct ReaderFigures {
    pub threads: usize,
    pub busy: usize,
    /// Reads in the queue.
    pub waiting: usize,
    /// Reads that found no place there, since the start.
    pub refused: u64,
}

/// A read that has begun, until it is over, even by a panic.
struct Busy(Arc<Gauges>);

impl Busy {
    fn begin(gauges: Arc<Gauges>) -> Self {
        gauges.waiting.fetch_sub(1, Ordering::Relaxed);
        gauges.busy.fetch_add(1, Ordering::Relaxed);
        Self(gauges)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Readers {
    pub(super) fn start(file: PathBuf, threads: usize, limit: Duration, health: Arc<Health>) -> Result<Self> {
        static STORES: AtomicU64 = AtomicU64::new(1);
        let places = threads * QUEUE_PER_READER;
        // A tenant leaves a quarter of the places to others.
        let line = Arc::new(Line::new(places, places / 4 * 3));
        #[cfg(test)]
        let threads = if super::by_hand::is_on() { 0 } else { threads };
        for number in 1..=threads {
            let (file, jobs) = (file.clone(), Arc::clone(&line));
            thread::Builder::new()
                .name(format!("reader {number}"))
                .spawn(move || run(&file, &jobs))
                .map_err(Error::internal)?;
        }
        let store = STORES.fetch_add(1, Ordering::Relaxed);
        Ok(Self { file, store, limit, line, health, threads, gauges: Arc::default() })
    }

    pub(super) fn figures(&self) -> ReaderFigures {
        ReaderFigures {
            threads: self.threads,
            busy: self.gauges.busy.load(Ordering::Relaxed),
            waiting: self.gauges.waiting.load(Ordering::Relaxed),
            refused: self.gauges.refused.load(Ordering::Relaxed),
        }
    }

    fn refuse(&self) -> Error {
        self.gauges.refused.fetch_add(1, Ordering::Relaxed);
        too_many()
    }

    /// Reads on this thread. Each statement sees the newest committed state.
    pub(super) fn here<S: Scope, T>(
        &self,
        tenant: Option<TenantNo>,
        read: impl FnOnce(&Reading<'_, S>) -> Result<T>,
    ) -> Result<T> {
        let session = self.session_of_this_thread()?;
        let result = {
            let _serving = session.serve(tenant, self.limit);
            read(&Reading::new(&session))
        };
        SESSION.with_borrow_mut(|slot| *slot = Some((self.store, session)));
        result.inspect_err(|error| self.health.watch(error))
    }

    /// Reads on a reader thread, in one snapshot.
    pub(super) async fn elsewhere<S, T, F>(&self, tenant: Option<TenantNo>, read: F) -> Result<T>
    where
        S: Scope,
        T: Send + 'static,
        F: FnOnce(&Reading<'_, S>) -> Result<T> + Send + 'static,
    {
        let (answer, waiting) = oneshot::channel();
        let (limit, asked) = (self.limit, Instant::now());
        let (gauges, course) = (Arc::clone(&self.gauges), scene::current());
        let job: Job = Box::new(move |session| {
            let (_busy, _entered) = (Busy::begin(gauges), scene::enter(course));
            // Nobody waits for it any more, or it has waited for as long as it may take.
            if answer.is_closed() || asked.elapsed() > limit {
                let _ = answer.send(Err(too_many()));
                return;
            }
            let result = session.and_then(|session| snapshot(session, tenant, limit, read));
            // The caller may have gone away.
            let _ = answer.send(result);
        });
        self.gauges.waiting.fetch_add(1, Ordering::Relaxed);
        self.line.push(tenant, job).map_err(|_| {
            self.gauges.waiting.fetch_sub(1, Ordering::Relaxed);
            self.refuse()
        })?;
        let result = waiting.await.map_err(|_| Error::internal("a read panicked"))?;
        result.inspect_err(|error| self.health.watch(error))
    }

    /// Does the next read that waits, in a store by hand.
    #[cfg(test)]
    pub(super) fn turn(&self) -> Result<bool> {
        let Some(job) = self.line.try_pop() else { return Ok(false) };
        let session = self.session_of_this_thread()?;
        job(Ok(&session));
        SESSION.with_borrow_mut(|slot| *slot = Some((self.store, session)));
        Ok(true)
    }

    fn session_of_this_thread(&self) -> Result<Session> {
        match SESSION.take() {
            Some((store, session)) if store == self.store => Ok(session),
            _ => Session::for_reading(&self.file),
        }
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.line.close();
    }
}

fn too_many() -> Error {
    Error::unavailable("Too many reads are waiting; try again in a second.")
}

thread_local! {
    /// This thread's connection and the store that it belongs to.
    static SESSION: RefCell<Option<(u64, Session)>> = const { RefCell::new(None) };
}

fn snapshot<S: Scope, T>(
    session: &Session,
    tenant: Option<TenantNo>,
    limit: Duration,
    read: impl FnOnce(&Reading<'_, S>) -> Result<T>,
) -> Result<T> {
    let _serving = session.serve(tenant, limit);
    session.control("BEGIN")?;
    let result = read(&Reading::new(session));
    if !session.is_autocommit() {
        session.control("COMMIT")?;
    }
    result
}

fn run(file: &Path, jobs: &Line<Job>) {
    let mut session = None;
    while let Some(job) = jobs.pop() {
        if session.is_none() {
            match Session::for_reading(file) {
                Ok(opened) => session = Some(opened),
                Err(error) => {
                    job(Err(error));
                    continue;
                }
            }
        }
        if let Some(open) = &session
            && catch_unwind(AssertUnwindSafe(|| job(Ok(open)))).is_err()
        {
            // What the panic left open goes with its connection.
            session = None;
        }
    }
}
