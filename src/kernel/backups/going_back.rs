//! Going back while it serves: what comes is prepared beside what is there, and everything goes on meanwhile. Then
//! whoever runs the instance is told that it is ready: he closes the instance, exchanges the data and opens it anew.
//!
//! What is under way is known in memory alone. It is no row of the data, since that goes aside.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::{Notify, OwnedMutexGuard};

use super::restore::{Deed, Source};
use super::set_aside::AsideName;
use super::workplace::Workplace;
use crate::base::crew::stand_back;
use crate::base::data_dir::Exchange;
use crate::base::db::Read;
use crate::base::{Error, Result, Timestamp};
use crate::kernel::audit::{self, Act, Search};
use crate::kernel::{Actor, Kernel, TraceId, Who};

/// Rows among which it is looked whether the audit has one.
const FAR_ENOUGH: usize = 100;

/// A going back that is under way, or failed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GoingBack {
    /// The backup, or what was put aside.
    pub from: String,
    /// As of when it is.
    pub made_at: Timestamp,
    pub began_at: Timestamp,
    /// In hundredths.
    pub progress: u32,
    pub progress_note: String,
    /// Why nothing came of it; everything is as it was then.
    pub error: Option<String>,
}

/// Data that is prepared, for whoever exchanges it. No backup begins while somebody has this.
pub struct Ready {
    pub exchange: Exchange,
    _turn: OwnedMutexGuard<()>,
}

/// How far it is.
#[derive(Default)]
pub(super) struct Way {
    course: Mutex<Option<GoingBack>>,
    ready: Mutex<Option<Ready>>,
    bell: Notify,
    /// Raised when nobody waits for it any more.
    stop: AtomicBool,
}

impl Way {
    fn course(&self) -> MutexGuard<'_, Option<GoingBack>> {
        self.course.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, change: impl FnOnce(&mut GoingBack)) {
        if let Some(course) = self.course().as_mut() {
            change(course);
        }
    }

    fn take(&self) -> Option<Ready> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl super::Backups {
    /// What is under way, or came to nothing last.
    pub fn going_back(&self) -> Option<GoingBack> {
        self.way.course().clone()
    }

    /// What was prepared came to nothing after all.
    pub fn note_failure(&self, course: GoingBack, failure: &Error) {
        *self.way.course() = Some(GoingBack { error: Some(failure.message().to_owned()), ..course });
    }

    /// Returns once data is prepared that is to take the place of what is there.
    pub async fn ready(&self) -> Ready {
        loop {
            if let Some(ready) = self.way.take() {
                return ready;
            }
            self.way.bell.notified().await;
        }
    }
}

impl Drop for super::Backups {
    fn drop(&mut self) {
        self.way.stop.store(true, Ordering::Relaxed);
    }
}

impl Kernel {
    /// Begins to go back to a backup, or to what was put aside.
    pub async fn go_back(&self, who: &Who, source: Source) -> Result<GoingBack> {
        let workplace = self.workplace();
        let found = workplace.must_be_restorable(&source)?;
        let turn = Arc::clone(&self.backups.turn).try_lock_owned().map_err(|_| {
            Error::conflict(
                "A backup is being made, compared, tried out or restored; ask again when that is done.",
            )
        })?;
        let from = source.name();
        let asked = Act::new("backup.restoring_asked_for", format!("backup:{from}"))
            .after(serde_json::json!({ "madeAt": found.made_at }))?;
        if let Err(error) = self.write_down(who, asked).await {
            // Who goes back because nothing can be written any more must not fail for that.
            if self.db.write_fault().is_none() && self.db.lasting_fault().is_none() {
                return Err(error);
            }
            tracing::warn!(%error, "that somebody goes back to {from} can't be written into the audit of what is left");
        }
        let begun = GoingBack {
            from: from.clone(),
            made_at: found.made_at,
            began_at: self.clock.now(),
            progress: 0,
            progress_note: String::new(),
            error: None,
        };
        *self.backups.way.course() = Some(begun.clone());
        let (way, clock, by) = (Arc::clone(&self.backups.way), self.clock.clone(), who.clone());
        let work = move || {
            stand_back();
            let mut tell = |percent: u32, note: &str| {
                way.note(|course| {
                    course.progress = percent;
                    note.clone_into(&mut course.progress_note);
                });
            };
            let prepared = workplace.prepare(&source, &way.stop, &mut tell).and_then(|found| {
                let workplace = Workplace { now: clock.now(), ..workplace.clone() };
                let deed = Deed::of(&by, &source, found.made_at, workplace.now, workplace.free_name());
                workplace.exchange(&source, &deed)
            });
            match prepared {
                Ok(exchange) => {
                    let ready = Ready { exchange, _turn: turn };
                    *way.ready.lock().unwrap_or_else(PoisonError::into_inner) = Some(ready);
                    way.bell.notify_one();
                }
                Err(error) => {
                    drop(turn);
                    tracing::error!(%error, from, "nothing was restored; everything is as it was");
                    way.note(|course| course.error = Some(error.message().to_owned()));
                }
            }
        };
        thread::Builder::new().name("restore".into()).spawn(work).map_err(Error::internal)?;
        Ok(begun)
    }

    /// What the audit does not tell yet of data that took this place.
    pub fn untold(&self) -> Result<Option<Deed>> {
        let note = self.data.exchanged()?;
        Ok(note.and_then(|note| serde_json::from_value(note).ok()))
    }
}

impl Deed {
    /// Somebody restores this.
    pub fn of(who: &Who, source: &Source, made_at: Timestamp, at: Timestamp, replaced: AsideName) -> Self {
        Self {
            actor: who.actor.to_string(),
            address: who.address.clone(),
            trace_id: who.trace.to_string(),
            at,
            from: source.name(),
            made_at,
            replaced,
        }
    }

    /// The operator at the command line restores this.
    pub fn of_operator(source: &Source, made_at: Timestamp, at: Timestamp, replaced: AsideName) -> Self {
        Self {
            actor: Actor::System.to_string(),
            address: String::new(),
            trace_id: TraceId::fresh().to_string(),
            at,
            from: source.name(),
            made_at,
            replaced,
        }
    }

    /// Who did it, as the data knows him that came.
    pub fn who(&self, kernel: &Kernel) -> Result<Who> {
        Ok(Who {
            actor: self.actor.parse().unwrap_or(Actor::System),
            address: self.address.clone(),
            trace: TraceId::of(&self.trace_id),
            ..kernel.operator()?
        })
    }

    /// What the audit says of it.
    pub fn act(&self) -> Result<Act> {
        let is = serde_json::json!({ "madeAt": self.made_at, "replaced": self.replaced });
        Act::new("backup.restored", format!("backup:{}", self.from)).after(is)
    }
}

/// Whether the audit has its row: a process may have ended after it was written and before that was noted.
pub fn is_told(tx: &Read<'_>, deed: &Deed) -> Result<bool> {
    let search = Search { action: "backup.restored".parse().ok(), ..Search::default() };
    let rows = audit::list_audit(tx, &search, FAR_ENOUGH)?;
    Ok(rows.iter().any(|row| row.trace_id == deed.trace_id))
}
