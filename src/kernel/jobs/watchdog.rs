//! The watchdog: it notices when the engine does not get on with work that it could do, says so, and
//! puts a new thread in the place of a silent one that drives the rounds. Nothing is lost by that:
//! a round either was written or was not, whoever drives.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::board::Board;
use super::engine::{Jobs, Master};
use super::patrol;
use crate::base::{Result, Timestamp};
use crate::kernel::Kernel;

/// How long work may wait although it could be done.
const STUCK_AFTER: Duration = Duration::from_secs(10);

/// The thread that drives the rounds.
#[derive(Default)]
pub(super) struct Driver {
    /// For whom it drives, once it does.
    kernel: OnceLock<Master>,
    /// Which thread it is: an older one that comes back finds itself replaced.
    shift: AtomicU64,
    /// How often it looked what to do, and how often it did that to its end.
    looks: AtomicU64,
    turns: AtomicU64,
    restarts: AtomicU64,
    sighting: Mutex<Sighting>,
}

/// The driver when the watchdog saw it get on, or without work, the last time.
#[derive(Debug, Default, Clone, Copy)]
struct Sighting {
    looks: u64,
    turns: u64,
    at: Duration,
}

impl Driver {
    /// False when there is one already.
    pub(super) fn begin(&self, kernel: Master) -> bool {
        self.kernel.set(kernel).is_ok()
    }

    pub(super) fn shift(&self) -> u64 {
        self.shift.load(Ordering::Relaxed)
    }

    pub(super) fn note_look(&self) {
        self.looks.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn note_turn(&self) {
        self.turns.fetch_add(1, Ordering::Relaxed);
    }

    fn sighting(&self) -> Sighting {
        *self.sighting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn see(&self, at: Duration) {
        let (looks, turns) = (self.looks.load(Ordering::Relaxed), self.turns.load(Ordering::Relaxed));
        *self.sighting.lock().unwrap_or_else(PoisonError::into_inner) = Sighting { looks, turns, at };
    }
}

impl Board {
    /// What could be done now and is not.
    fn left_undone(&self, now: Timestamp, passed: Duration) -> Option<String> {
        if self.is_stopping {
            return None;
        }
        if !self.finished.is_empty() {
            return Some(format!("{} attempts that ended are not written down", self.finished.len()));
        }
        if self.free() > 0 && self.lanes.has_any() {
            return Some(format!("jobs are ready and wait although {} workers are free", self.free()));
        }
        if self.due.next().is_some_and(|at| at <= now) {
            return Some("jobs whose time has come are not made ready".into());
        }
        let is_over = self.leases.next().is_some_and(|deadline| deadline <= passed);
        is_over.then(|| "leases that ran out are not ended".into())
    }
}

impl Jobs {
    /// What the engine does not get on with, when it has not for longer than it may.
    pub fn stall(&self) -> Option<String> {
        let (driver, passed) = (self.driver(), self.passed());
        let seen = driver.sighting();
        driver.kernel.get()?;
        let is_stuck = driver.turns.load(Ordering::Relaxed) == seen.turns && passed > seen.at + STUCK_AFTER;
        let undone = self.board().left_undone(self.now(), passed)?;
        let silent = passed.saturating_sub(seen.at).as_secs();
        is_stuck.then(|| format!("{undone}, for {silent} s"))
    }

    /// How often the watchdog put a new thread in the place of a silent one.
    pub fn restarts(&self) -> u64 {
        self.driver().restarts.load(Ordering::Relaxed)
    }

    /// The thread that drives the rounds ends; what then happens shows whether the watchdog watches.
    #[doc(hidden)]
    pub fn lose_driver(&self) {
        self.driver().shift.fetch_add(1, Ordering::Relaxed);
    }

    fn look_after(&self) -> Result<()> {
        let (driver, passed) = (self.driver(), self.passed());
        let Some(kernel) = driver.kernel.get() else { return Ok(()) };
        let seen = driver.sighting();
        let gets_on = driver.turns.load(Ordering::Relaxed) != seen.turns;
        if gets_on || self.board().left_undone(self.now(), passed).is_none() {
            driver.see(passed);
            return Ok(());
        }
        let Some(stall) = self.stall() else { return Ok(()) };
        // One that looks and fails says itself what fails; another thread would fare no better.
        if driver.looks.load(Ordering::Relaxed) != seen.looks {
            tracing::error!(stall, "the jobs do not get on");
            return Ok(());
        }
        tracing::error!(stall, "the thread that drives the jobs is silent; a new one takes its place");
        driver.restarts.fetch_add(1, Ordering::Relaxed);
        driver.see(passed);
        let shift = driver.shift.fetch_add(1, Ordering::Relaxed) + 1;
        patrol::start(kernel.clone(), shift)
    }
}

/// Looks whether the engine gets on, and helps it when it does not.
pub async fn watch_once(kernel: &Kernel) -> Result<()> {
    kernel.jobs.look_after()
}
