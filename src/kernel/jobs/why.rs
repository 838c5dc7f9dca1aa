//! "Why is it not running?": the one thing that keeps a job, and a sentence that says it.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::engine::Jobs;
use super::lanes::{Hold, LaneView};
use super::model::{Job, JobState, JobSummary};
use super::store;
use crate::base::db::{Read, TenantNo};
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::Who;

/// How long after its last claim somebody still counts as serving a queue.
const STILL_THERE: Duration = Duration::from_secs(60);

/// Where the count of those ahead ends.
const MOST_AHEAD: u64 = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It is done, dead or cancelled.
    Over,
    /// It does run.
    Running,
    /// It waits for its time.
    Scheduled,
    /// Its queue is paused.
    Paused,
    /// Its queue runs as many as it may.
    QueueFull,
    /// The tenant runs as many as it may.
    TenantFull,
    /// Its queue has begun as many as its rate allows.
    RateLimited,
    /// Nobody serves its queue.
    NoWorker,
    /// This version of the server has no handler for its kind.
    UnknownKind,
    /// Others are first, or every worker is busy.
    Behind,
}

/// Why a job does not run.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Why {
    pub reason: Reason,
    /// The same in a sentence.
    pub sentence: String,
    /// Until when it waits, as far as that is known.
    pub until: Option<Timestamp>,
    /// The limit that is reached.
    pub limit: Option<u32>,
    /// Jobs that run under that limit.
    pub running: Option<u32>,
    /// Jobs that its queue gives first, 10,000 at most.
    pub ahead: Option<u64>,
}

impl Why {
    fn of(reason: Reason, sentence: impl Into<String>) -> Self {
        Self { reason, sentence: sentence.into(), until: None, limit: None, running: None, ahead: None }
    }

    fn until(mut self, until: Timestamp) -> Self {
        self.until = Some(until);
        self
    }

    fn full(mut self, limit: u32, running: u32) -> Self {
        (self.limit, self.running) = (Some(limit), Some(running));
        self
    }
}

/// What the board knows of a job's lane.
struct Lane {
    view: LaneView,
    hold: Option<Hold>,
    tenant_running: u32,
    tenant_limit: u32,
    is_asked: bool,
    /// When the lane has rested for its rate.
    rested_at: Option<Timestamp>,
    places: usize,
    busy: usize,
}

/// Says why a job of this tenant does not run.
pub fn why(tx: &Read<'_>, who: &Who, jobs: &Jobs, id: Id<Job>) -> Result<Why> {
    let job = store::find_job(tx, id)?.ok_or_else(|| Error::not_found("job"))?.summary;
    let now = jobs.now();
    let queue = &job.queue;
    match job.state {
        JobState::Done | JobState::Dead | JobState::Cancelled => {
            return Ok(Why::of(Reason::Over, format!("It is {} and runs no more.", job.state)));
        }
        JobState::Running => {
            let since = job.started_at.map(|at| format!(" since {at}")).unwrap_or_default();
            return Ok(Why::of(Reason::Running, format!("It runs{since}.")));
        }
        JobState::Scheduled | JobState::Ready => {}
    }
    let lane = jobs.lane_of(who.tenant.number, &job, now);
    if !lane.view.rules.is_outside && jobs.kind_in(who.tenant.number, &job.job_name).is_none() {
        let sentence = format!("This version of the server has no handler for {}; it is kept.", job.job_name);
        return Ok(Why { until: Some(job.run_at), ..Why::of(Reason::UnknownKind, sentence) });
    }
    if job.state == JobState::Scheduled {
        return Ok(scheduled(&job, now));
    }
    if let Some(hold) = lane.hold {
        return Ok(held(hold, &lane, queue, now));
    }
    if lane.view.rules.is_outside && !lane.is_asked {
        let sentence =
            format!("No worker outside has asked for jobs of the queue {queue} in the last minute.");
        return Ok(Why::of(Reason::NoWorker, sentence));
    }
    if !lane.view.rules.is_outside && lane.places == 0 {
        return Ok(Why::of(Reason::NoWorker, "This server runs no jobs itself; jobs.concurrency is 0."));
    }
    let ahead = store::count_ahead(tx, queue, job.priority, id)?;
    let workers = match (lane.view.rules.is_outside, lane.busy >= lane.places) {
        (true, _) => "the workers outside ask for a job when they have finished theirs".to_owned(),
        (false, true) => format!("all {} workers are busy", lane.places),
        (false, false) => "a worker will take it in a moment".to_owned(),
    };
    let first = match ahead {
        0 => format!("It is the next of the queue {queue}"),
        1 => format!("1 job of the queue {queue} is ahead of it"),
        MOST_AHEAD => format!("10,000 jobs of the queue {queue} or more are ahead of it"),
        more => format!("{more} jobs of the queue {queue} are ahead of it"),
    };
    Ok(Why { ahead: Some(ahead), ..Why::of(Reason::Behind, format!("{first}; {workers}.")) })
}

fn scheduled(job: &JobSummary, now: Timestamp) -> Why {
    let sentence = match (job.run_at <= now, job.failure) {
        (true, _) => "Its time has come; it is ready in a moment.".to_owned(),
        (false, Some(_)) => {
            format!("Its last attempt failed; it is tried again at {}.", job.run_at)
        }
        (false, None) => format!("It waits for its time, {}.", job.run_at),
    };
    Why::of(Reason::Scheduled, sentence).until(job.run_at)
}

fn held(hold: Hold, lane: &Lane, queue: &str, now: Timestamp) -> Why {
    match hold {
        Hold::Paused => Why::of(Reason::Paused, format!("The queue {queue} is paused.")),
        Hold::Full => {
            let limit = lane.view.rules.concurrency.unwrap_or_default();
            let sentence = format!("The queue {queue} runs {} jobs and may run {limit}.", lane.view.running);
            Why::of(Reason::QueueFull, sentence).full(limit, lane.view.running)
        }
        Hold::TenantFull => {
            let (limit, running) = (lane.tenant_limit, lane.tenant_running);
            let sentence = format!("The tenant runs {running} jobs and may run {limit}.");
            Why::of(Reason::TenantFull, sentence).full(limit, running)
        }
        Hold::Rate => {
            let until = lane.rested_at.unwrap_or(now);
            let rate = lane.view.rules.rate.unwrap_or_default();
            let sentence =
                format!("The queue {queue} begins {rate} jobs a minute; the next may begin at {until}.");
            Why { limit: Some(rate), ..Why::of(Reason::RateLimited, sentence).until(until) }
        }
    }
}

impl Jobs {
    fn lane_of(&self, tenant: TenantNo, job: &JobSummary, now: Timestamp) -> Lane {
        let key = (tenant, job.queue.clone());
        let passed = self.passed();
        let mut board = self.board();
        board.lanes.wake_rested(passed);
        let view = board.lanes.view(&key);
        let is_asked = board.lanes.waiters.wait_for(tenant, &job.queue)
            || view.asked_at.is_some_and(|at| at + STILL_THERE > passed);
        Lane {
            view,
            hold: board.lanes.hold(&key),
            tenant_running: board.lanes.tenant_running(tenant),
            tenant_limit: board.lanes.tenant_limit(),
            is_asked,
            rested_at: view.rests_until.map(|until| now + until.saturating_sub(passed)),
            places: board.places,
            busy: board.running.len() + board.waiting.len() + board.promised,
        }
    }
}
