//! The writer: one thread through which every change of the file goes.
//!
//! It waits for a first piece of work, takes what else waits, tenants in turn, runs each piece in its savepoint
//! inside one transaction, commits once, and only then answers. So one flush to disk serves all
//! that came while the last one was under way, and nobody is answered before it.

mod batch;
#[cfg(test)]
mod by_hand;
mod folding;
mod work;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::health::Health;
use super::line::{Line, Popped, Refused};
use super::session::Session;
use super::tx::{Scope, Writing};
use super::{Attendant, Settings, TenantNo};
use crate::base::{Error, Result};
use batch::Batch;
use folding::{Folding, IDLE};
use work::{Task, Work};

/// Pieces of work that one transaction takes at most.
const LARGEST_BATCH: usize = 512;

pub(super) struct Writer {
    line: Arc<Line<Box<dyn Work>>>,
    /// Whether folding the log is left to somebody else.
    leaves_log: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// The session of a writer without a thread.
    #[cfg(test)]
    hand: Option<Mutex<Session>>,
}

impl Writer {
    pub(super) fn start(settings: &Settings, health: Arc<Health>, attendant: Attendant) -> Result<Self> {
        let pages = health.log_pages();
        let session =
            Session::for_writing(&settings.file, settings.synchronous, attendant, Arc::clone(&pages))?;
        #[cfg(test)]
        if super::by_hand::is_on() {
            return Ok(Self::by_hand(settings, session));
        }
        let leaves_log = Arc::new(AtomicBool::new(false));
        let mut folding =
            Folding::start(&settings.file, settings.synchronous, pages, Arc::clone(&leaves_log))?;
        let places = settings.write_queue;
        let line = Arc::new(Line::new(places, places.div_ceil(4) * 3));
        let waiting = Arc::clone(&line);
        let thread = thread::Builder::new()
            .name("writer".into())
            .spawn(move || {
                let _ending = Ending { health: &health, line: &waiting };
                run(&session, &waiting, &health, &mut folding);
            })
            .map_err(Error::internal)?;
        Ok(Self {
            line,
            leaves_log,
            thread: Mutex::new(Some(thread)),
            #[cfg(test)]
            hand: None,
        })
    }

    /// Queues a piece of work; its answer comes once it is on disk, or when it failed.
    pub(super) fn submit<S, T, F>(
        &self,
        tenant: Option<TenantNo>,
        limit: Duration,
        health: &Health,
        run: F,
    ) -> oneshot::Receiver<Result<T>>
    where
        S: Scope + 'static,
        T: Send + 'static,
        F: FnMut(&Writing<'_, S>) -> Result<T> + Send + 'static,
    {
        let (task, answer) = Task::new(tenant, limit, run);
        health.queued();
        if let Err(refused) = self.line.push(tenant, Box::new(task)) {
            health.taken(1);
            match refused {
                Refused::Full(work) => {
                    work.answer(Err(Error::unavailable(
                        "Too many writes are waiting; try again in a second.",
                    )));
                }
                Refused::Closed(work) => work.answer(Err(is_gone())),
            }
        }
        answer
    }

    /// Says whether the writer folds the log by itself, from its next batch on.
    pub(super) fn fold_by_itself(&self, by_itself: bool) {
        self.leaves_log.store(!by_itself, Ordering::Relaxed);
    }

    /// Finishes what is queued, folds the write-ahead log into the file and ends the thread.
    pub(super) fn stop(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            self.line.close();
            let _ = thread.join();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What a write hears that comes when there is no writer any more.
pub(super) fn is_gone() -> Error {
    Error::unavailable("The server is stopping; try again when it is back.")
}

/// However the thread ends, the probe must learn of it, and nobody may wait for it any more.
struct Ending<'w> {
    health: &'w Health,
    line: &'w Line<Box<dyn Work>>,
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.health.ended();
        self.line.close();
        while let Some(work) = self.line.try_pop() {
            work.answer(Err(is_gone()));
        }
    }
}

fn run(session: &Session, line: &Line<Box<dyn Work>>, health: &Health, folding: &mut Folding) {
    while let Some(first) = wait_for_work(session, line, folding) {
        let mut batch = gather(first, line, LARGEST_BATCH);
        health.taken(batch.len());
        let started = Instant::now();
        let size = batch.len();
        let fault = batch.commit(session, health);
        health.committed(size, started.elapsed(), fault.as_ref());
        batch.answer(fault.as_ref());
        folding.tend(session);
    }
    folding.end();
    if folding.is_ours()
        && let Err(error) = checkpoint(session)
    {
        tracing::warn!(%error, "the write-ahead log could not be folded into the database; the next start will");
    }
}

/// What waits, behind the first of it.
fn gather(first: Box<dyn Work>, line: &Line<Box<dyn Work>>, most: usize) -> Batch {
    let mut batch = Batch::default();
    let mut next = Some(first);
    while let Some(work) = next {
        batch.push(work);
        next = (batch.len() < most).then(|| line.try_pop()).flatten();
    }
    batch
}

/// The next message; while there is none for a while, the log is emptied.
fn wait_for_work(
    session: &Session,
    line: &Line<Box<dyn Work>>,
    folding: &mut Folding,
) -> Option<Box<dyn Work>> {
    if folding.has_some() {
        match line.pop_within(IDLE) {
            Popped::Work(work) => return Some(work),
            Popped::Closed => return None,
            Popped::Nothing => folding.empty(session),
        }
    }
    line.pop()
}

fn checkpoint(session: &Session) -> rusqlite::Result<()> {
    use super::session::Voice;
    session.shared().speak_as(Voice::Store);
    session.raw().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}
