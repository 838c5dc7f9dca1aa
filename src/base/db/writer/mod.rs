//! The writer: one thread through which every change of the file goes.
//!
//! It waits for a first piece of work, takes what else is queued, runs each piece in its savepoint
//! inside one transaction, commits once, and only then answers. So one flush to disk serves all
//! that came while the last one was under way, and nobody is answered before it.

mod batch;
mod folding;
mod work;

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::health::Health;
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
    queue: SyncSender<Message>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

enum Message {
    Work(Box<dyn Work>),
    Stop,
}

impl Writer {
    pub(super) fn start(settings: &Settings, health: Arc<Health>, attendant: Attendant) -> Result<Self> {
        let pages = health.log_pages();
        let session =
            Session::for_writing(&settings.file, settings.synchronous, attendant, Arc::clone(&pages))?;
        let mut folding = Folding::start(&settings.file, settings.synchronous, pages)?;
        let (queue, messages) = sync_channel(settings.write_queue);
        let thread = thread::Builder::new()
            .name("writer".into())
            .spawn(move || {
                let _ending = Ending(&health);
                run(&session, &messages, &health, &mut folding);
            })
            .map_err(Error::internal)?;
        Ok(Self { queue, thread: Mutex::new(Some(thread)) })
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
        if let Err(refused) = self.queue.try_send(Message::Work(Box::new(task))) {
            health.taken(1);
            let (message, why) = match refused {
                TrySendError::Full(message) => {
                    (message, Error::unavailable("Too many writes are waiting; try again in a second."))
                }
                TrySendError::Disconnected(message) => (message, is_gone()),
            };
            if let Message::Work(work) = message {
                work.answer(Err(why));
            }
        }
        answer
    }

    /// Finishes what is queued, folds the write-ahead log into the file and ends the thread.
    pub(super) fn stop(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = self.queue.send(Message::Stop);
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

/// However the thread ends, the probe must learn of it.
struct Ending<'h>(&'h Health);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.ended();
    }
}

fn run(session: &Session, messages: &Receiver<Message>, health: &Health, folding: &mut Folding) {
    let mut stopping = false;
    while !stopping {
        let Some(first) = wait_for_work(session, messages, folding) else { break };
        let mut batch = Batch::default();
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Work(work) => batch.push(work),
                Message::Stop => stopping = true,
            }
            next = (batch.len() < LARGEST_BATCH).then(|| messages.try_recv().ok()).flatten();
        }
        health.taken(batch.len());
        if !batch.is_empty() {
            let started = Instant::now();
            let size = batch.len();
            let fault = batch.commit(session, health);
            health.committed(size, started.elapsed(), fault.as_ref());
            batch.answer(fault.as_ref());
            folding.tend(session);
        }
    }
    folding.end();
    if let Err(error) = checkpoint(session) {
        tracing::warn!(%error, "the write-ahead log could not be folded into the database; the next start will");
    }
}

/// The next message; while there is none for a while, the log is emptied.
fn wait_for_work(session: &Session, messages: &Receiver<Message>, folding: &mut Folding) -> Option<Message> {
    if folding.has_some() {
        match messages.recv_timeout(IDLE) {
            Ok(message) => return Some(message),
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) => folding.empty(session),
        }
    }
    messages.recv().ok()
}

fn checkpoint(session: &Session) -> rusqlite::Result<()> {
    use super::session::Voice;
    session.shared().speak_as(Voice::Store);
    session.raw().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}
