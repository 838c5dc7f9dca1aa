//! Work that takes minutes and blocks, on a thread of its own that stands back behind those who serve. One at a time:
//! all of it is about the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::sync::{Mutex, oneshot, watch};

use super::going_back::Way;
use crate::base::crew::stand_back;
use crate::base::{Error, Result};

/// Whose turn it is.
#[derive(Default)]
pub struct Backups {
    pub(super) turn: Arc<Mutex<()>>,
    pub(super) way: Arc<Way>,
}

/// Where a piece of work that takes long says how far it is, in hundredths and words.
pub type Tell<'t> = dyn FnMut(u32, &str) + 't;

/// A piece of work that is under way. When this is dropped, it stops as soon as it can.
pub struct Errand<T> {
    stop: Arc<AtomicBool>,
    progress: watch::Receiver<(u32, String)>,
    done: oneshot::Receiver<Result<T>>,
}

impl Backups {
    /// Begins a piece of work, unless another is under way.
    pub(super) fn begin<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce(&AtomicBool, &mut Tell<'_>) -> Result<T> + Send + 'static,
    ) -> Result<Option<Errand<T>>> {
        let Ok(turn) = Arc::clone(&self.turn).try_lock_owned() else { return Ok(None) };
        let (answer, done) = oneshot::channel();
        let (report, progress) = watch::channel((0, String::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let run = move || {
            stand_back();
            let mut tell = |percent: u32, note: &str| {
                report.send_if_modified(|(known, words)| {
                    let is_new = *known != percent || words.as_str() != note;
                    if is_new {
                        (*known, *words) = (percent, note.to_owned());
                    }
                    is_new
                });
            };
            let outcome = work(&stopped, &mut tell);
            drop(turn);
            // Whoever asked may have gone away.
            let _ = answer.send(outcome);
        };
        thread::Builder::new().name(name.into()).spawn(run).map_err(Error::internal)?;
        Ok(Some(Errand { stop, progress, done }))
    }
}

/// What comes of it next.
pub enum Step<T> {
    /// How far it is, in hundredths and words.
    Progress(u32, String),
    End(Result<T>),
}

impl<T> Errand<T> {
    /// Waits until it is further, or over.
    pub async fn next(&mut self) -> Step<T> {
        let is_further = tokio::select! {
            biased;
            outcome = &mut self.done => return Step::End(outcome.unwrap_or_else(|_| Err(panicked()))),
            changed = self.progress.changed() => changed.is_ok(),
        };
        if is_further {
            let (percent, note) = self.progress.borrow_and_update().clone();
            return Step::Progress(percent, note);
        }
        // Nobody tells any more: the end is about to come.
        let outcome = (&mut self.done).await;
        Step::End(outcome.unwrap_or_else(|_| Err(panicked())))
    }
}

fn panicked() -> Error {
    Error::internal("the thread of a backup panicked")
}

impl<T> Drop for Errand<T> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// How far a part of the whole is, in hundredths of the whole.
pub(super) fn share(done: u64, all: u64, of: std::ops::Range<u32>) -> u32 {
    let length = u64::from(of.end - of.start);
    let part = (done.saturating_mul(length)).checked_div(all).unwrap_or(length).min(length);
    of.start + u32::try_from(part).unwrap_or_default()
}
