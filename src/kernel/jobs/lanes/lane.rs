//! What a lane is made of: its rules, what is picked from it, why it gives nothing, and how it is seen.

use std::time::Duration;

use super::{ASKED, LaneKey};

/// What a tenant has set for a queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::kernel::jobs) struct Rules {
    pub concurrency: Option<u32>,
    /// Jobs that begin in a minute.
    pub rate: Option<u32>,
    pub is_paused: bool,
    pub is_outside: bool,
}

/// Jobs to be claimed from one lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::kernel::jobs) struct Pick {
    pub lane: LaneKey,
    pub jobs: u32,
    /// They will wait in memory before they begin, so only jobs with attempts to spare are taken.
    pub is_ahead: bool,
    /// Whether every job of the lane will do.
    pub(super) is_whole: bool,
    pub(in crate::kernel::jobs) rung: u64,
}

/// Why a lane gives no job at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kernel::jobs) enum Hold {
    Paused,
    Full,
    TenantFull,
    Rate,
}

/// What a lane is at, for who asks why a job does not run.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::kernel::jobs) struct LaneView {
    pub rules: Rules,
    pub running: u32,
    pub rests_until: Option<Duration>,
    /// When a worker outside last asked for its jobs.
    pub asked_at: Option<Duration>,
}

#[derive(Debug, Default)]
pub(super) struct Lane {
    pub tag: u64,
    pub rules: Rules,
    pub has_ready: bool,
    /// What is left has no attempts to spare.
    pub nothing_to_spare: bool,
    /// How often it was said that there is something to do, to tell old news from new.
    pub rung: u64,
    pub running: u32,
    /// Until when it must not begin another, for its rate.
    pub rests_until: Option<Duration>,
    pub asked_at: Option<Duration>,
    pub place: Option<u64>,
}

impl Lane {
    /// Why it gives no job, whatever its tenant may.
    pub(super) fn hold(&self) -> Option<Hold> {
        if self.rules.is_paused {
            return Some(Hold::Paused);
        }
        if self.rules.concurrency.is_some_and(|most| self.running >= most) {
            return Some(Hold::Full);
        }
        self.rests_until.map(|_| Hold::Rate)
    }

    /// Whether it would be the same if it were made anew.
    pub(super) fn is_forgettable(&self, now: Duration) -> bool {
        let is_asked = self.asked_at.is_some_and(|at| now.saturating_sub(at) < ASKED);
        let is_idle = !self.has_ready && self.running == 0 && self.rests_until.is_none();
        is_idle && !is_asked && self.rules == Rules::default()
    }
}

/// How long a lane rests after each job, so that no minute sees one too many.
pub(super) fn spacing(rate: u32) -> Duration {
    const MINUTE: u64 = Duration::from_mins(1).as_nanos() as u64;
    Duration::from_nanos(MINUTE.div_ceil(u64::from(rate.max(1))))
}
