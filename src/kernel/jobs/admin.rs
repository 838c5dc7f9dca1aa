//! What people do to one job by hand: try again, run now, cancel, change, delete.

use serde_json::Value as Json;

use super::board::News;
use super::counts::Counts;
use super::engine::Jobs;
use super::finish::Moved;
use super::kind::KindInfo;
use super::model::{Failure, Job, JobState, Priority};
use super::store::{self, Move};
use super::watch::tell_watchers;
use crate::base::db::{SystemWrite, TenantNo, Write};
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::events::Events;
use crate::kernel::{Hand, Who};

/// A change to a job that does not run: what is left out stays.
#[derive(Debug, Clone, Default)]
pub struct JobChange {
    pub payload: Option<Json>,
    pub run_at: Option<Timestamp>,
    pub priority: Option<Priority>,
}

fn found(tx: &Write<'_>, id: Id<Job>) -> Result<Job> {
    store::find_job(tx, id)?.ok_or_else(|| Error::not_found("job"))
}

/// The job, when whoever does something to it holds what its kind needs.
fn found_by(tx: &Write<'_>, by: &Hand, id: Id<Job>) -> Result<Job> {
    let job = found(tx, id)?;
    tx.attendant::<Jobs>()?.must_allow(by, &job.summary.job_name)?;
    Ok(job)
}

/// Lets a job that is over, or waits for another try, run again.
pub fn retry_job(tx: &Write<'_>, by: &Hand, id: Id<Job>, now: Timestamp) -> Result<Job> {
    let job = found_by(tx, by, id)?;
    let state = job.summary.state;
    if matches!(state, JobState::Running | JobState::Ready) {
        return Err(Error::conflict(format!(
            "A job that is {state} will run anyway; there is nothing to retry."
        )));
    }
    if state.is_over()
        && let Some(key) = &job.summary.unique_key
        && let Some(other) =
            store::find_unique_job(&tx.system(), by.tenant.number, &job.summary.job_name, key)?
    {
        return Err(Error::conflict(format!("The job {other} with the same unique key waits or runs.")));
    }
    let max_attempts = job.summary.max_attempts.max(job.summary.attempt + 1);
    place(tx, by, &job, &Placed { state: JobState::Ready, run_at: now, max_attempts, ..Placed::of(&job) })?;
    found(tx, id)
}

/// Makes a job that waits for its time run now.
pub fn run_job_now(tx: &Write<'_>, by: &Hand, id: Id<Job>, now: Timestamp) -> Result<Job> {
    let job = found_by(tx, by, id)?;
    match job.summary.state {
        JobState::Scheduled => {}
        JobState::Ready => return Ok(job),
        state => {
            return Err(Error::conflict(format!("A job that is {state} does not wait for its time.")));
        }
    }
    place(tx, by, &job, &Placed { state: JobState::Ready, run_at: now, ..Placed::of(&job) })?;
    found(tx, id)
}

/// Cancels a job: at once when it waits, and when it runs its handler is asked to stop.
pub fn cancel_job(tx: &Write<'_>, by: &Hand, id: Id<Job>, now: Timestamp) -> Result<Job> {
    let job = found_by(tx, by, id)?;
    cancel(tx, by, job, now)
}

fn cancel(tx: &Write<'_>, who: &Who, job: Job, now: Timestamp) -> Result<Job> {
    let id = job.summary.id;
    let tenant = who.tenant.number;
    match job.summary.state {
        JobState::Scheduled | JobState::Ready => {
            let cancelled = Placed {
                state: JobState::Cancelled,
                finished_at: Some(now),
                failure: Some(Failure::Cancelled),
                ..Placed::of(&job)
            };
            place(tx, who, &job, &cancelled)?;
        }
        JobState::Running => {
            store::ask_to_cancel(&tx.system(), tenant, id, now)?;
            tell_watchers(&tx.system(), vec![(tenant, id)])?;
            let jobs = tx.attendant::<Jobs>()?.clone();
            tx.after_commit(move || jobs.cancel_running((tenant, id)));
        }
        state => {
            return Err(Error::conflict(format!("The job is {state} already; there is nothing to cancel.")));
        }
    }
    found(tx, id)
}

/// Cancels the job of this kind with this unique key, if one waits or runs.
pub fn cancel_unique(tx: &Write<'_>, who: &Who, kind: &KindInfo, key: &str) -> Result<()> {
    let now = tx.attendant::<Jobs>()?.now();
    match store::find_unique_job(&tx.system(), who.tenant.number, kind.name, key)? {
        Some(id) => cancel(tx, who, found(tx, id)?, now).map(drop),
        None => Ok(()),
    }
}

/// Changes a job that waits.
pub fn change_job(tx: &Write<'_>, by: &Hand, id: Id<Job>, change: &JobChange, now: Timestamp) -> Result<Job> {
    let job = found_by(tx, by, id)?;
    if !matches!(job.summary.state, JobState::Scheduled | JobState::Ready) {
        let state = job.summary.state;
        return Err(Error::conflict(format!("The job is {state}; only one that waits can be changed.")));
    }
    if change.payload.is_some() && tx.attendant::<Events>()?.is_of_server(&job.summary.job_name) {
        return Err(Error::conflict("This tells of what the server did, and stays as the server said it."));
    }
    if let (Some(payload), Some(kind)) =
        (&change.payload, tx.attendant::<Jobs>()?.kind_in(by.tenant.number, &job.summary.job_name))
    {
        (kind.check)(payload)?;
    }
    let run_at = change.run_at.unwrap_or(job.summary.run_at);
    let state = if run_at <= now { JobState::Ready } else { JobState::Scheduled };
    let payload = change.payload.as_ref().unwrap_or(&job.payload).to_string();
    let placed = Placed {
        state,
        run_at,
        priority: change.priority.unwrap_or(job.summary.priority),
        payload: Some(payload),
        ..Placed::of(&job)
    };
    place(tx, by, &job, &placed)?;
    found(tx, id)
}

/// Deletes a job that does not run, with its attempts.
pub fn delete_job(tx: &Write<'_>, by: &Hand, id: Id<Job>) -> Result<()> {
    let job = found_by(tx, by, id)?;
    if job.summary.state == JobState::Running {
        return Err(Error::conflict("The job runs; cancel it first."));
    }
    let (system, tenant) = (tx.system(), by.tenant.number);
    store::delete_attempts_of(&system, tenant, id)?;
    store::delete_tags_of(&system, tenant, id)?;
    store::delete_job(&system, tenant, id)?;
    let mut counts = Counts::default();
    if !job.summary.state.is_over() {
        tell_listener(&system, tx.attendant::<Jobs>()?, tenant, &job, JobState::Cancelled, &mut counts)?;
    }
    counts.add(tenant, &job.summary.queue, job.summary.state, -1);
    counts.write(&system)
}

/// Where a job is put.
struct Placed {
    state: JobState,
    run_at: Timestamp,
    max_attempts: u32,
    priority: Priority,
    payload: Option<String>,
    finished_at: Option<Timestamp>,
    failure: Option<Failure>,
}

impl Placed {
    /// Where it is, as if nothing had failed.
    fn of(job: &Job) -> Self {
        Self {
            state: job.summary.state,
            run_at: job.summary.run_at,
            max_attempts: job.summary.max_attempts,
            priority: job.summary.priority,
            payload: None,
            finished_at: None,
            failure: None,
        }
    }
}

fn place(tx: &Write<'_>, who: &Who, job: &Job, placed: &Placed) -> Result<()> {
    let (system, tenant) = (tx.system(), who.tenant.number);
    let (id, from, queue) = (job.summary.id, job.summary.state, &job.summary.queue);
    let payload = placed.payload.clone().unwrap_or_else(|| job.payload.to_string());
    let change = Move {
        from,
        state: placed.state,
        run_at: placed.run_at,
        max_attempts: placed.max_attempts,
        priority: placed.priority,
        payload: &payload,
        finished_at: placed.finished_at,
        failure: placed.failure,
        error: job.summary.error.as_deref().filter(|_| placed.failure.is_none()),
    };
    if !store::move_job(&system, tenant, id, &change)? {
        return Err(Error::internal(format!("the job {id} changed within one write")));
    }
    let mut counts = Counts::default();
    counts.moved(tenant, queue, id, from, placed.state);
    if from.is_over() != placed.state.is_over() {
        tell_listener(&system, tx.attendant::<Jobs>()?, tenant, job, placed.state, &mut counts)?;
    }
    counts.write(&system)?;
    let mut news = News::default();
    match placed.state {
        JobState::Ready => news.ready(tenant, queue),
        JobState::Scheduled => news.due(tenant, placed.run_at),
        _ => return Ok(()),
    }
    let jobs = tx.attendant::<Jobs>()?.clone();
    tx.after_commit(move || jobs.tell(&news));
    Ok(())
}

/// Somebody moved it by hand.
fn tell_listener(
    tx: &SystemWrite<'_>,
    jobs: &Jobs,
    tenant: TenantNo,
    job: &Job,
    state: JobState,
    counts: &mut Counts,
) -> Result<()> {
    let (Some(listener), Some(cause)) = (jobs.listener(), &job.summary.envelope.cause) else { return Ok(()) };
    let moved =
        Moved { tenant, job: job.summary.id, cause, state, failure: None, error: None, ran_since: None };
    listener(tx, &moved, counts, jobs.now())
}
