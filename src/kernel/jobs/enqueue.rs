//! Enqueueing: a job is written in the caller's transaction, or not at all.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value as Json;

use super::board::{Claimed, News};
use super::counts::Counts;
use super::engine::Jobs;
use super::kind::{Backoff, KindInfo, Work};
use super::model::{Job, JobState, Priority, QueueName, Tag};
use super::queues::is_lane;
use super::store::{self, ClaimedRow, Entry};
use crate::base::db::{SystemRead, SystemWrite, TenantNo, Write};
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::events::Events;
use crate::kernel::limits::{Daily, Limits};
use crate::kernel::telemetry::{self, SpanId};
use crate::kernel::{Actor, Chain, Hand, Who};

/// The largest payload in bytes.
const LARGEST_PAYLOAD: usize = 256 * 1024;

/// What may be said of a job besides its payload; what is not said, its kind says.
#[derive(Debug, Clone, Default)]
pub struct NewJob {
    pub queue: Option<QueueName>,
    pub priority: Priority,
    pub run_at: Option<Timestamp>,
    pub max_attempts: Option<u32>,
    pub time_limit: Option<Duration>,
    /// While a job of this kind with this key waits or runs, no other is made.
    pub unique_key: Option<String>,
    pub tags: Vec<Tag>,
    /// How failed attempts are spaced, when not as the kind says.
    pub backoff: Option<Backoff>,
    /// Its id, when that was given out before.
    pub id: Option<Id<Job>>,
    /// It waits in line even when a place is free: its queue is held in this very write.
    pub is_held: bool,
}

/// A job that was enqueued, or the one that was there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enqueued {
    pub job: Id<Job>,
    pub at: Timestamp,
    pub is_duplicate: bool,
}

/// A job on its way to be enqueued.
pub struct Order<'w, W> {
    work: &'w W,
    job: NewJob,
}

impl<'w, W: Work> Order<'w, W> {
    pub(super) fn new(work: &'w W) -> Self {
        Self { work, job: NewJob::default() }
    }

    pub fn at(mut self, moment: Timestamp) -> Self {
        self.job.run_at = Some(moment);
        self
    }

    /// While a job of this kind with this key waits or runs, this one is not made.
    pub fn unique(mut self, key: impl Into<String>) -> Self {
        self.job.unique_key = Some(key.into());
        self
    }

    pub fn priority(mut self, priority: Priority) -> Self {
        self.job.priority = priority;
        self
    }

    /// Writes it as a part of this transaction.
    pub fn enqueue(self, tx: &Write<'_>, who: &Who) -> Result<Enqueued>
    where
        W: Serialize,
    {
        let payload = serde_json::to_string(self.work).map_err(Error::internal)?;
        let jobs = tx.attendant::<Jobs>()?;
        let (system, mut counts) = (tx.system(), Counts::default());
        let terms = Terms::of(&W::KIND);
        let enqueued = jobs.insert(&system, &who.into(), &terms, &self.job, &payload, &mut counts)?;
        counts.write(&system)?;
        if !enqueued.is_duplicate {
            tx.attendant::<Limits>()?.note_made(&system, who.tenant.number, Daily::Jobs)?;
        }
        Ok(enqueued)
    }
}

/// A job by its kind's name, as a caller outside gives it.
#[derive(Debug, Clone)]
pub struct Named {
    pub kind: String,
    pub payload: Json,
    pub job: NewJob,
}

/// Enqueues jobs by the names of their kinds: all of them, or none.
pub fn enqueue_named(tx: &Write<'_>, by: &Hand, named: &[Named]) -> Result<Vec<Enqueued>> {
    let who: &Who = by;
    let (jobs, limits) = (tx.attendant::<Jobs>()?, tx.attendant::<Limits>()?);
    if named.iter().all(|one| one.job.unique_key.is_none()) {
        limits.must_have_some(&who.tenant, Daily::Jobs)?;
    }
    let (system, behalf, mut counts) = (tx.system(), who.into(), Counts::default());
    let mut enqueued = Vec::with_capacity(named.len());
    for (place, one) in named.iter().enumerate() {
        let at = |error: Error| if named.len() > 1 { error.within("jobs", place) } else { error };
        jobs.must_allow(by, &one.kind).map_err(at)?;
        tx.attendant::<Events>()?.must_be_of_others(&one.kind, "jobName").map_err(at)?;
        let is_outside = |queue: &_| Ok(store::find_queue(tx, queue)?.is_some_and(|queue| queue.outside));
        let terms = jobs.accept(who.tenant.number, one, is_outside).map_err(at)?;
        let payload = one.payload.to_string();
        enqueued.push(jobs.insert(&system, &behalf, &terms, &one.job, &payload, &mut counts).map_err(at)?);
    }
    counts.write(&system)?;
    let made = enqueued.iter().filter(|one| !one.is_duplicate).count();
    limits.spend(&system, &who.tenant, Daily::Jobs, made)?;
    Ok(enqueued)
}

/// On whose behalf a job is made, and what made it.
pub(in crate::kernel) struct Behalf<'w> {
    pub who: &'w Who,
    /// `job:<id>`, `event:<id>` or `schedule:<id>`.
    pub cause: Option<String>,
    pub chain: Chain,
    /// The span that made it, when not that in whose course this is done.
    pub span: Option<SpanId>,
}

impl<'w> From<&'w Who> for Behalf<'w> {
    fn from(who: &'w Who) -> Self {
        let cause = matches!(who.actor, Actor::Job(_)).then(|| who.actor.to_string());
        Self { who, cause, chain: who.chain.clone(), span: None }
    }
}

/// What a job gets when nothing else is said.
struct Terms<'t> {
    name: &'t str,
    queue: &'static str,
    max_attempts: u32,
    time_limit: Duration,
}

impl Terms<'_> {
    fn of(kind: &KindInfo) -> Self {
        let KindInfo { name, queue, max_attempts, time_limit, .. } = *kind;
        Self { name, queue, max_attempts, time_limit }
    }
}

/// A kind of which only the workers outside know more than its name.
const OUTSIDE: KindInfo = KindInfo::new("", "");

impl Jobs {
    /// The kind of a named job, when it may be enqueued like this.
    fn accept<'n>(
        &self,
        tenant: TenantNo,
        named: &'n Named,
        is_outside: impl FnOnce(&QueueName) -> Result<bool>,
    ) -> Result<Terms<'n>> {
        if named.job.queue.as_ref().is_some_and(is_lane) {
            return Err(Error::invalid("queue", "belongs to a subscription; publish an event instead"));
        }
        if let Some(queue) = &named.job.queue
            && is_outside(queue)?
        {
            // A queue may become the server's own, and its jobs with it.
            let ours = self.kind(&named.kind);
            if ours.is_some_and(|kind| !kind.info.is_open || self.kind_in(tenant, &named.kind).is_none()) {
                return Err(Error::invalid("jobName", format!("{} is made by the server alone", named.kind)));
            }
            return Ok(Terms { name: &named.kind, ..Terms::of(&OUTSIDE) });
        }
        match self.kind_in(tenant, &named.kind) {
            Some(kind) if kind.info.is_open => {
                (kind.check)(&named.payload)?;
                Ok(Terms::of(&kind.info))
            }
            _ => Err(Error::invalid(
                "jobName",
                format!("{} is no kind of job here; /api/job-kinds lists those that are", named.kind),
            )),
        }
    }

    /// The same by what the kernel reads.
    fn accept_for<'n>(&self, tx: &SystemRead<'_>, tenant: TenantNo, named: &'n Named) -> Result<Terms<'n>> {
        self.accept(tenant, named, |queue| {
            let queues = store::read_queues_of(tx, tenant)?;
            Ok(queues.iter().any(|known| known.outside && known.name == *queue))
        })
    }

    /// Whether a named job could be enqueued; when not, what is wrong with it.
    pub(super) fn check_named(&self, tx: &SystemRead<'_>, tenant: TenantNo, named: &Named) -> Result<()> {
        self.accept_for(tx, tenant, named)?;
        must_fit(&named.payload.to_string())
    }

    /// Enqueues a job of this kind for another part of the kernel, whatever the API may enqueue. A kind
    /// that is not known here is one of workers outside.
    pub(in crate::kernel) fn make(
        &self,
        tx: &SystemWrite<'_>,
        behalf: &Behalf<'_>,
        (kind, payload): (&str, &str),
        new: &NewJob,
        counts: &mut Counts,
    ) -> Result<Enqueued> {
        let known = self.kind_in(behalf.who.tenant.number, kind).map_or(&OUTSIDE, |known| &known.info);
        self.insert(tx, behalf, &Terms { name: kind, ..Terms::of(known) }, new, payload, counts)
    }

    /// Enqueues a named job in a write of the kernel's own.
    pub(super) fn enqueue_for(
        &self,
        tx: &SystemWrite<'_>,
        behalf: &Behalf<'_>,
        named: &Named,
        counts: &mut Counts,
    ) -> Result<Enqueued> {
        let tenant = behalf.who.tenant.number;
        let terms = self.accept_for(tx, tenant, named)?;
        let enqueued = self.insert(tx, behalf, &terms, &named.job, &named.payload.to_string(), counts)?;
        if !enqueued.is_duplicate {
            tx.attendant::<Limits>()?.note_made(tx, tenant, Daily::Jobs)?;
        }
        Ok(enqueued)
    }

    fn insert(
        &self,
        tx: &SystemWrite<'_>,
        behalf: &Behalf<'_>,
        terms: &Terms<'_>,
        new: &NewJob,
        payload: &str,
        counts: &mut Counts,
    ) -> Result<Enqueued> {
        must_fit(payload)?;
        let Behalf { who, cause, chain, span } = behalf;
        let (tenant, now) = (who.tenant.number, self.now());
        if let Some(key) = &new.unique_key
            && let Some(job) = store::find_unique_job(tx, tenant, terms.name, key)?
        {
            return Ok(Enqueued { job, at: now, is_duplicate: true });
        }
        let queue = new.queue.clone().unwrap_or_else(|| QueueName::of(terms.queue));
        let lane = (tenant, queue);
        let queue = &lane.1;
        let run_at = new.run_at.unwrap_or(now).max(now);
        let promise = (run_at <= now && !new.is_held).then(|| self.promise(&lane)).flatten();
        let state = match (&promise, run_at <= now) {
            (Some(_), _) => JobState::Running,
            (None, true) => JobState::Ready,
            (None, false) => JobState::Scheduled,
        };
        let id = new.id.unwrap_or_else(Id::fresh);
        let backoff = new.backoff.map(Backoff::stored);
        let entry = Entry {
            id,
            kind: terms.name,
            queue,
            state,
            priority: new.priority,
            run_at,
            attempt: u32::from(promise.is_some()),
            max_attempts: new.max_attempts.unwrap_or(terms.max_attempts),
            time_limit: new.time_limit.unwrap_or(terms.time_limit),
            unique_key: new.unique_key.as_deref(),
            tags: &serde_json::to_string(&new.tags).map_err(Error::internal)?,
            actor: &who.actor.to_string(),
            trace_id: &who.trace.to_string(),
            request_id: &who.request.to_string(),
            cause: cause.as_deref(),
            backoff: backoff.as_deref(),
            chain: chain.stored(),
            span: span.or_else(telemetry::goes_on_after),
            started_at: promise.is_some().then_some(now),
            payload,
        };
        store::insert_job(tx, tenant, &entry, now)?;
        for tag in &new.tags {
            store::insert_tag(tx, tenant, id, tag)?;
        }
        counts.made(tenant, queue, id, state);
        match promise {
            Some(promise) => {
                let row = ClaimedRow::of(&entry);
                let claimed = Claimed { tenant: who.tenant.clone(), row, claimed_at: now };
                tx.after_commit(move || promise.keep(claimed));
            }
            None => {
                let mut news = News::default();
                match state {
                    JobState::Ready => news.ready(tenant, queue),
                    _ => news.due(tenant, run_at),
                }
                let jobs = self.clone();
                tx.after_commit(move || jobs.tell(&news));
            }
        }
        Ok(Enqueued { job: id, at: now, is_duplicate: false })
    }
}

fn must_fit(payload: &str) -> Result<()> {
    match payload.len() {
        0..=LARGEST_PAYLOAD => Ok(()),
        _ => Err(Error::invalid("payload", "must have at most 256 KiB as JSON")),
    }
}
