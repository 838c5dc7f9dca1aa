//! What workers outside say of the jobs that they hold. Each word names the lease; one that is over
//! changes nothing.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::board::{News, RunKey};
use super::counts::Counts;
use super::ctx::{LONGEST_LINE, MOST_LINES};
use super::engine::Jobs;
use super::finish::{AttemptInfo, End, Finished, LARGEST_RESULT, finish};
use super::kind::{Backoff, Outcome};
use super::model::{Failure, Job, JobState, LogLine};
use super::store::{self, Extension, HeldRow};
use super::told::told_outside;
use super::watch::tell_watchers;
use crate::base::db::{SystemWrite, TenantNo, Write};
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::Who;

/// How much longer a lease lasts at least when a heartbeat does not say.
const HEARTBEAT: Duration = Duration::from_secs(60);

/// A sign of life.
#[derive(Debug, Clone, Default)]
pub struct Heartbeat {
    pub lease: i64,
    pub progress: Option<u32>,
    pub note: Option<String>,
    /// How much longer; a minute at least when nothing is said, and never less than before.
    pub lease_for: Option<Duration>,
}

/// What a worker learns from its heartbeat.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Extended {
    pub lease_until: Timestamp,
    /// Somebody asked that the job be cancelled: stop, and say that it failed.
    pub cancel_requested: bool,
}

/// Where the job went.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndedJob {
    pub id: Id<Job>,
    pub state: JobState,
    /// When it is tried again, if it is.
    pub run_at: Option<Timestamp>,
}

/// How a worker outside ended its attempt.
#[derive(Debug, Clone)]
pub enum Said {
    Done(Option<Json>),
    Retry(String),
    RetryAt(String, Timestamp),
    Dead(String),
}

/// Extends a lease.
pub fn heartbeat(
    tx: &Write<'_>,
    who: &Who,
    id: Id<Job>,
    beat: &Heartbeat,
    now: Timestamp,
) -> Result<Extended> {
    let (system, tenant) = (tx.system(), who.tenant.number);
    let held = find_held(&system, tenant, id, beat.lease)?;
    let jobs = tx.attendant::<Jobs>()?;
    // By the time that passes: the clock may have been set since.
    let left = jobs.board().leases.left((tenant, id), beat.lease, jobs.passed());
    let span = beat.lease_for.unwrap_or(HEARTBEAT.max(left));
    let until = now + span;
    let extension = Extension { until, progress: beat.progress, note: beat.note.as_deref() };
    store::extend_lease(&system, tenant, id, beat.lease, &extension)?;
    if beat.progress.is_some() || beat.note.is_some() {
        tell_watchers(&system, vec![(tenant, id)])?;
    }
    let (jobs, lease) = (jobs.clone(), beat.lease);
    tx.after_commit(move || {
        let until = jobs.until(until, span);
        jobs.board().leases.extend((tenant, id), lease, until);
    });
    Ok(Extended { lease_until: until, cancel_requested: held.is_cancelled })
}

/// Ends an attempt as the worker says.
pub fn end_attempt(
    tx: &Write<'_>,
    who: &Who,
    id: Id<Job>,
    lease: i64,
    said: &Said,
    logs: &[String],
    now: Timestamp,
) -> Result<EndedJob> {
    let (system, tenant, jobs) = (tx.system(), who.tenant.number, tx.attendant::<Jobs>()?);
    let held = find_held(&system, tenant, id, lease)?;
    let end = match said {
        Said::Done(None) => End::Said(Outcome::Done),
        Said::Done(Some(result)) if result.to_string().len() > LARGEST_RESULT => {
            return Err(Error::invalid("result", "must have at most 256 KiB as JSON"));
        }
        Said::Done(Some(result)) => End::Said(Outcome::DoneWith(result.clone())),
        Said::Retry(error) => End::Said(Outcome::Retry(error.clone())),
        Said::RetryAt(error, at) => End::RetryAt(error.clone(), *at),
        Said::Dead(error) => End::Said(Outcome::Dead(error.clone())),
    };
    let logs = logs.iter().take(MOST_LINES);
    let logs = logs.map(|line| LogLine { at: now, line: line.chars().take(LONGEST_LINE).collect() });
    let (mut counts, mut news) = (Counts::default(), News::default());
    let finished = Finished { logs: logs.collect(), ..jobs.finished(tenant, &held, end) };
    finish(&system, &finished, &mut counts, &mut news, now)?;
    told_outside(&system, &held, &finished, now)?;
    counts.write(&system)?;
    let jobs = jobs.clone();
    tx.after_commit(move || {
        jobs.board().end_lease((tenant, id), lease);
        jobs.tell(&news);
    });
    let job = store::find_job(tx, id)?.ok_or_else(|| Error::not_found("job"))?.summary;
    let run_at = matches!(job.state, JobState::Scheduled | JobState::Ready).then_some(job.run_at);
    Ok(EndedJob { id, state: job.state, run_at })
}

/// A lease that ran out is over, whether or not the engine has come to ending it.
fn find_held(tx: &SystemWrite<'_>, tenant: TenantNo, id: Id<Job>, lease: i64) -> Result<HeldRow> {
    let Some(held) = store::find_held_job(tx, tenant, id)? else { return Err(Error::not_found("job")) };
    let jobs = tx.attendant::<Jobs>()?;
    let has_run_out = jobs.board().leases.has_run_out((tenant, id), lease, jobs.passed());
    held.filter(|held| held.lease == lease && !has_run_out).ok_or_else(|| {
        Error::conflict(
            "This lease is over: it ran out, or the job has ended already. Nothing was changed; stop working on the job.",
        )
    })
}

/// What the board counts of workers outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Answers that came after their lease was over, since the start.
    pub stale: u64,
    /// Claims that wait for a job.
    pub waiting: usize,
    /// Jobs that workers outside hold.
    pub leased: usize,
}

/// A lease that the engine ends by itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ending {
    pub key: RunKey,
    pub lease: i64,
    /// Until when it was, when the worker let it run out; nothing when he never learned of it.
    pub ran_out: Option<Timestamp>,
}

/// Ends a lease that ran out or was never received. False when it lives on or was over before.
pub(super) fn end_lease(
    tx: &SystemWrite<'_>,
    jobs: &Jobs,
    ending: &Ending,
    counts: &mut Counts,
    news: &mut News,
    now: Timestamp,
) -> Result<bool> {
    let (tenant, id) = ending.key;
    let held = store::find_held_job(tx, tenant, id)?.flatten();
    // One that was extended meanwhile ends at another time.
    let over =
        |held: &HeldRow| held.lease == ending.lease && ending.ran_out.is_none_or(|until| until == held.until);
    let Some(held) = held.filter(over) else { return Ok(false) };
    let end = match ending.ran_out {
        Some(_) => {
            End::Failed(Failure::WorkerLost, "Its worker did not answer before its lease ran out.".into())
        }
        None => End::Returned,
    };
    let finished = jobs.finished(tenant, &held, end);
    let has_ended = finish(tx, &finished, counts, news, now)?;
    if has_ended {
        told_outside(tx, &held, &finished, now)?;
    }
    Ok(has_ended)
}

impl Jobs {
    fn finished(&self, tenant: TenantNo, held: &HeldRow, end: End) -> Finished {
        let of_kind = || self.kind(&held.kind).map(|kind| kind.info.backoff);
        let backoff =
            held.backoff.as_deref().and_then(Backoff::of).or_else(of_kind).unwrap_or(Backoff::DEFAULT);
        let attempt = AttemptInfo {
            tenant,
            job: held.id,
            queue: held.queue.clone(),
            lease: held.lease,
            attempt: held.attempt,
            max_attempts: held.max_attempts,
            backoff,
            started_at: held.started_at,
            cause: held.cause.clone(),
        };
        let chance = fastrand::f64();
        Finished { attempt, end, logs: Vec::new(), detail: None, is_cancelled: held.is_cancelled, chance }
    }

    /// One more answer came after its lease was over.
    pub fn count_stale(&self) {
        self.board().stale += 1;
    }

    pub fn figures(&self) -> Figures {
        let board = self.board();
        Figures { stale: board.stale, waiting: board.lanes.waiters.count(), leased: board.leases.count() }
    }
}
