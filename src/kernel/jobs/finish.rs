//! What comes of an attempt: a pure decision, and the rows that it changes.

use std::time::Duration;

use serde_json::Value as Json;

use super::board::News;
use super::counts::Counts;
use super::ctx::lines_as_json;
use super::engine::Jobs;
use super::kind::{Backoff, Outcome};
use super::model::{Failure, Job, JobState, LogLine, QueueName};
use super::store::{self, Ended, Turn};
use crate::base::db::{SystemWrite, TenantNo};
use crate::base::{Id, Result, Timestamp};

/// The longest error text that is kept.
const LONGEST_ERROR: usize = 4_000;

/// The largest result in bytes.
pub(super) const LARGEST_RESULT: usize = 256 * 1024;

/// The longest wait that a handler may ask for.
const LONGEST_SNOOZE: Duration = Duration::from_hours(24 * 366);

/// The attempt that ended.
#[derive(Debug, Clone)]
pub(super) struct AttemptInfo {
    pub tenant: TenantNo,
    pub job: Id<Job>,
    pub queue: QueueName,
    pub lease: i64,
    pub attempt: u32,
    pub max_attempts: u32,
    pub backoff: Backoff,
    pub started_at: Timestamp,
    /// `job:<id>`, `event:<id>` or `schedule:<id>`.
    pub cause: Option<String>,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum End {
    Said(Outcome),
    Failed(Failure, String),
    /// It failed, and its worker knows when another try makes sense.
    RetryAt(String, Timestamp),
    /// It was not done to its end because the server stops; it costs no attempt.
    Returned,
}

#[derive(Debug, Clone)]
pub(super) struct Finished {
    pub attempt: AttemptInfo,
    pub end: End,
    pub logs: Vec<LogLine>,
    /// What the handler has to show of it.
    pub detail: Option<Json>,
    /// Somebody asked that it be cancelled: no further attempt then.
    pub is_cancelled: bool,
    pub chance: f64,
}

/// A job with a cause that went from one state to another, for who listens.
pub(in crate::kernel) struct Moved<'e> {
    pub tenant: TenantNo,
    pub job: Id<Job>,
    pub cause: &'e str,
    /// Where it went.
    pub state: JobState,
    /// Why its last attempt failed, if it did.
    pub failure: Option<Failure>,
    pub error: Option<&'e str>,
    /// Since when it ran, when an attempt has ended that counts.
    pub ran_since: Option<Timestamp>,
}

/// Told of each such job, in the transaction in which it moves.
pub(in crate::kernel) type Listener = fn(&SystemWrite<'_>, &Moved<'_>, &mut Counts, Timestamp) -> Result<()>;

/// Where the job goes.
#[derive(Debug, Clone, PartialEq)]
struct Fate {
    state: JobState,
    outcome: &'static str,
    run_at: Option<Timestamp>,
    gives_back: bool,
    failure: Option<Failure>,
    error: Option<String>,
    result: Option<String>,
}

impl Fate {
    fn of(state: JobState, outcome: &'static str) -> Self {
        Self { state, outcome, run_at: None, gives_back: false, failure: None, error: None, result: None }
    }

    fn failed(state: JobState, failure: Failure, error: &str) -> Self {
        let error = error.chars().take(LONGEST_ERROR).collect();
        Self { failure: Some(failure), error: Some(error), ..Self::of(state, failure.as_str()) }
    }
}

impl Finished {
    /// The one place that decides where a job goes after an attempt.
    fn fate(&self, now: Timestamp) -> Fate {
        match &self.end {
            End::Said(Outcome::Done) => Fate::of(JobState::Done, "done"),
            End::Said(Outcome::DoneWith(result)) => self.done_with(result, now),
            End::Said(Outcome::Cancel(why)) => Fate::failed(JobState::Cancelled, Failure::Cancelled, why),
            End::Said(Outcome::Snooze(_)) | End::Returned if self.is_cancelled => {
                Fate::failed(JobState::Cancelled, Failure::Cancelled, "It was cancelled while it ran.")
            }
            End::Said(Outcome::Snooze(wait)) => Fate {
                run_at: Some(now + (*wait).min(LONGEST_SNOOZE)),
                gives_back: true,
                ..Fate::of(JobState::Scheduled, "snoozed")
            },
            End::Returned => Fate { gives_back: true, ..Fate::of(JobState::Ready, "returned") },
            End::Said(Outcome::Dead(error)) => Fate::failed(JobState::Dead, Failure::HandlerError, error),
            End::Said(Outcome::Retry(error)) => self.failed(Failure::HandlerError, error, now),
            End::Said(Outcome::RetryAfter(error, wait)) => self.retried(error, now + *wait, now),
            End::Failed(failure, error) => self.failed(*failure, error, now),
            End::RetryAt(error, at) => self.retried(error, *at, now),
        }
    }

    fn retried(&self, error: &str, at: Timestamp, now: Timestamp) -> Fate {
        let fate = self.failed(Failure::HandlerError, error, now);
        let at = at.clamp(now, now + LONGEST_SNOOZE);
        Fate { run_at: fate.run_at.map(|_| at), ..fate }
    }

    fn done_with(&self, result: &Json, now: Timestamp) -> Fate {
        let result = result.to_string();
        match result.len() {
            0..=LARGEST_RESULT => Fate { result: Some(result), ..Fate::of(JobState::Done, "done") },
            _ => self.failed(Failure::HandlerError, "its result is larger than 256 KiB", now),
        }
    }

    fn failed(&self, failure: Failure, error: &str, now: Timestamp) -> Fate {
        if self.is_cancelled || failure == Failure::Cancelled {
            return Fate::failed(JobState::Cancelled, Failure::Cancelled, error);
        }
        if self.attempt.attempt >= self.attempt.max_attempts {
            return Fate::failed(JobState::Dead, failure, error);
        }
        // A process that was killed says nothing against the job: it is tried again at once.
        if failure == Failure::ProcessRestarted {
            return Fate::failed(JobState::Ready, failure, error);
        }
        let wait = self.attempt.backoff.after(self.attempt.attempt, self.chance);
        Fate { run_at: Some(now + wait), ..Fate::failed(JobState::Scheduled, failure, error) }
    }
}

/// Writes down what came of an attempt. False when the lease was stale: then nothing changes.
pub(super) fn finish(
    tx: &SystemWrite<'_>,
    finished: &Finished,
    counts: &mut Counts,
    news: &mut News,
    now: Timestamp,
) -> Result<bool> {
    let attempt = &finished.attempt;
    let mut fate = finished.fate(now);
    // The row knows it even when the handler had ended, or its process had, before it could be told.
    if fate.state != JobState::Done
        && !finished.is_cancelled
        && store::find_cancel_asked(tx, attempt.tenant, attempt.job)?.is_some()
    {
        fate = Finished { is_cancelled: true, ..finished.clone() }.fate(now);
    }
    let turn = Turn {
        run_at: fate.run_at,
        gives_back: fate.gives_back,
        finished_at: fate.state.is_over().then_some(now),
        failure: fate.failure,
        error: fate.error.as_deref(),
        result: fate.result.as_deref(),
    };
    if !store::finish_job(tx, attempt.tenant, attempt.job, attempt.lease, fate.state, &turn)? {
        return Ok(false);
    }
    counts.moved(attempt.tenant, &attempt.queue, attempt.job, JobState::Running, fate.state);
    match fate.state {
        JobState::Ready => news.ready(attempt.tenant, &attempt.queue),
        JobState::Scheduled => news.due(attempt.tenant, fate.run_at.unwrap_or(now)),
        _ => {}
    }
    if let (Some(listener), Some(cause)) = (tx.attendant::<Jobs>()?.listener(), &attempt.cause) {
        let moved = Moved {
            tenant: attempt.tenant,
            job: attempt.job,
            cause,
            state: fate.state,
            failure: fate.failure,
            error: fate.error.as_deref(),
            ran_since: (!fate.gives_back).then_some(attempt.started_at),
        };
        listener(tx, &moved, counts, now)?;
    }
    let is_plain = fate.state == JobState::Done
        && attempt.lease == 1
        && finished.logs.is_empty()
        && finished.detail.is_none();
    if !is_plain {
        let detail = finished.detail.as_ref().map(Json::to_string);
        let ended = Ended {
            job: attempt.job,
            lease: attempt.lease,
            attempt: attempt.attempt,
            started_at: attempt.started_at,
            outcome: fate.outcome,
            error: fate.error.as_deref(),
            logs: &lines_as_json(&finished.logs),
            detail: detail.as_deref(),
        };
        store::insert_attempt(tx, attempt.tenant, &ended, now)?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::{Column, Stored};

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn finished(attempt: u32, end: End) -> Finished {
        let attempt = AttemptInfo {
            tenant: TenantNo::read(Stored::Int(2)).expect("a number"),
            job: Id::fresh(),
            queue: QueueName::of("default"),
            lease: i64::from(attempt),
            attempt,
            max_attempts: 3,
            backoff: Backoff::Fixed(Duration::from_secs(10)),
            started_at: NOW,
            cause: None,
        };
        Finished { attempt, end, logs: Vec::new(), detail: None, is_cancelled: false, chance: 0.5 }
    }

    fn failed(failure: Failure) -> End {
        End::Failed(failure, "why".into())
    }

    #[test]
    fn a_failure_is_tried_again_until_the_attempts_are_used_up() {
        for failure in [Failure::HandlerError, Failure::TimedOut, Failure::WorkerLost] {
            let fate = finished(2, failed(failure)).fate(NOW);
            assert_eq!(fate.state, JobState::Scheduled);
            assert_eq!(fate.run_at, Some(NOW + Duration::from_secs(10)));
            assert_eq!(finished(3, failed(failure)).fate(NOW).state, JobState::Dead);
        }
    }

    #[test]
    fn a_worker_chooses_when_and_not_whether_there_is_another_try() {
        let later = NOW + Duration::from_secs(90);
        let retry_at = |attempt| finished(attempt, End::RetryAt("why".into(), later)).fate(NOW);
        assert_eq!((retry_at(1).state, retry_at(1).run_at), (JobState::Scheduled, Some(later)));
        assert_eq!((retry_at(3).state, retry_at(3).run_at), (JobState::Dead, None));
        let past = finished(1, End::RetryAt("why".into(), NOW - Duration::from_secs(9)));
        assert_eq!(past.fate(NOW).run_at, Some(NOW));
    }

    #[test]
    fn a_restart_costs_an_attempt_and_no_wait() {
        let fate = finished(1, failed(Failure::ProcessRestarted)).fate(NOW);
        assert_eq!((fate.state, fate.gives_back), (JobState::Ready, false));
        assert_eq!(finished(3, failed(Failure::ProcessRestarted)).fate(NOW).state, JobState::Dead);
    }

    #[test]
    fn a_clean_stop_and_a_snooze_cost_none() {
        assert!(finished(3, End::Returned).fate(NOW).gives_back);
        let fate = finished(3, End::Said(Outcome::Snooze(Duration::from_secs(60)))).fate(NOW);
        assert_eq!((fate.state, fate.gives_back), (JobState::Scheduled, true));
    }

    #[test]
    fn who_was_cancelled_is_not_tried_again_but_may_still_be_done() {
        for end in [failed(Failure::HandlerError), End::Returned] {
            let finished = Finished { is_cancelled: true, ..finished(1, end) };
            assert_eq!(finished.fate(NOW).state, JobState::Cancelled);
        }
        let done = Finished { is_cancelled: true, ..finished(1, End::Said(Outcome::Done)) };
        assert_eq!(done.fate(NOW).state, JobState::Done);
    }

    #[test]
    fn a_result_that_is_too_large_is_a_failure() {
        let result = Json::from("x".repeat(LARGEST_RESULT));
        let fate = finished(1, End::Said(Outcome::DoneWith(result))).fate(NOW);
        assert_eq!(fate.failure, Some(Failure::HandlerError));
    }
}
