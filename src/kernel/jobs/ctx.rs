//! What a handler is given: the tenant's store, on whose behalf it runs, and a way to say how it
//! goes.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value as Json, json};
use tokio::sync::Notify;

use super::model::{Envelope, Job, LogLine};
use super::store;
use super::watch::tell_watchers;
use crate::base::db::{Read, SystemWrite, Write};
use crate::base::{Id, Result, Timestamp};
use crate::kernel::{Kernel, Who};

/// Lines that one attempt keeps, and the characters of each.
pub(super) const MOST_LINES: usize = 200;
pub(super) const LONGEST_LINE: usize = 2_000;

/// What a handler logged so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Logs(Arc<Mutex<Vec<LogLine>>>);

impl Logs {
    fn add(&self, at: Timestamp, line: &str) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match lines.len() {
            MOST_LINES.. => {}
            _ => lines.push(LogLine { at, line: line.chars().take(LONGEST_LINE).collect() }),
        }
    }

    pub(super) fn take(&self) -> Vec<LogLine> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a handler has to show of its attempt.
#[derive(Debug, Clone, Default)]
pub(super) struct Detail(Arc<Mutex<Option<Json>>>);

impl Detail {
    pub(super) fn take(&self) -> Option<Json> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// One attempt, as its handler sees it.
pub struct Ctx {
    pub kernel: Arc<Kernel>,
    /// The job acts, in its tenant and in the trace of what caused it.
    pub who: Who,
    pub job: Id<Job>,
    /// Which attempt it is, from 1.
    pub attempt: u32,
    pub max_attempts: u32,
    pub envelope: Envelope,
    pub(super) lease: i64,
    pub(super) logs: Logs,
    pub(super) detail: Detail,
    pub(super) cancel: Arc<Notify>,
}

impl Ctx {
    pub fn now(&self) -> Timestamp {
        self.kernel.clock.now()
    }

    /// Reads in the job's tenant.
    pub async fn read<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Read<'_>) -> Result<T> + Send + 'static,
    {
        self.kernel.db.read(&self.who, read).await
    }

    /// Writes in the job's tenant. What is enqueued inside is part of the same transaction.
    pub async fn write<T, F>(&self, write: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&Write<'_>) -> Result<T> + Send + 'static,
    {
        self.kernel.db.write(&self.who, write).await
    }

    /// Adds a line to the attempt, and to the server's log.
    pub fn log(&self, line: impl AsRef<str>) {
        let line = line.as_ref();
        self.logs.add(self.now(), line);
        tracing::info!(
            tenant = %self.who.tenant.slug,
            actor = %self.envelope.actor_id,
            trace = %self.who.trace,
            job = %self.job,
            "{line}"
        );
    }

    /// Keeps something with the attempt, whatever comes of it; the last that is shown stays.
    pub fn show(&self, detail: Json) {
        *self.detail.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(detail);
    }

    /// Says how far it is, 0 to 100, and what it does. Somebody who watches sees it at once.
    pub async fn progress(&self, percent: u32, note: &str) -> Result<()> {
        let (tenant, id, lease) = (self.who.tenant.number, self.job, self.lease);
        let note: String = note.chars().take(LONGEST_LINE).collect();
        let percent = percent.min(100);
        let system = self.kernel.db.system();
        let write = move |tx: &SystemWrite<'_>| {
            store::set_progress(tx, tenant, id, lease, percent, &note)?;
            tell_watchers(tx, vec![(tenant, id)])
        };
        system.write(write).await
    }

    /// Returns when somebody asked that the job be cancelled: what it holds can be put away then.
    /// A handler that does not listen is stopped a little later.
    pub async fn cancelled(&self) {
        self.cancel.notified().await;
    }
}

/// The lines as they are stored.
pub(super) fn lines_as_json(lines: &[LogLine]) -> String {
    json!(lines).to_string()
}
