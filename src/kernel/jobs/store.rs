//! The statements about jobs. Tenants' code reads its jobs; everything is written by the engine.

use std::time::Duration;

use super::model::{Attempt, Failure, Job, JobFilter, JobState, JobSummary, Priority, QueueName};
use super::queues::{Queue, QueueChange};
use crate::base::db::{FromRow, Only, Read, Row, Sql, SystemRead, SystemWrite, TenantNo};
use crate::base::{Id, Result, Timestamp};
use crate::{bind, sql};

/// A job about to be written.
pub(super) struct Entry<'e> {
    pub id: Id<Job>,
    pub kind: &'e str,
    pub queue: &'e QueueName,
    pub state: JobState,
    pub priority: Priority,
    pub run_at: Timestamp,
    /// 1 when it is inserted already claimed, else 0.
    pub attempt: u32,
    pub max_attempts: u32,
    pub time_limit: Duration,
    pub unique_key: Option<&'e str>,
    pub tags: &'e str,
    pub actor: &'e str,
    pub trace_id: &'e str,
    pub request_id: &'e str,
    pub cause: Option<&'e str>,
    pub started_at: Option<Timestamp>,
    pub payload: &'e str,
}

pub(super) fn insert_job(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    entry: &Entry<'_>,
    now: Timestamp,
) -> Result<()> {
    tx.run(
        sql!("insert_job"),
        bind! {
            tenant: tenant,
            id: entry.id,
            kind: entry.kind,
            queue: entry.queue,
            state: entry.state,
            class: entry.priority,
            run_at: entry.run_at,
            attempt: entry.attempt,
            max_attempts: entry.max_attempts,
            time_limit: millis(entry.time_limit),
            unique_key: entry.unique_key,
            tags: entry.tags,
            actor: entry.actor,
            trace_id: entry.trace_id,
            request_id: entry.request_id,
            cause: entry.cause,
            now: now,
            started_at: entry.started_at,
            payload: entry.payload,
        },
    )
}

pub(super) fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn find_unique_job(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    kind: &str,
    unique_key: &str,
) -> Result<Option<Id<Job>>> {
    let found: Option<Only<Id<Job>>> =
        tx.maybe(sql!("find_unique_job"), bind! { tenant: tenant, kind: kind, unique_key: unique_key })?;
    Ok(found.map(|Only(id)| id))
}

pub(super) fn insert_tag(tx: &SystemWrite<'_>, tenant: TenantNo, job: Id<Job>, tag: &str) -> Result<()> {
    tx.run(sql!("insert_tag"), bind! { tenant: tenant, tag: tag, job: job })
}

/// A job that was claimed just now.
#[derive(Debug, Clone)]
pub(super) struct ClaimedRow {
    pub id: Id<Job>,
    pub kind: String,
    pub queue: QueueName,
    pub priority: Priority,
    pub payload: String,
    pub attempt: u32,
    pub max_attempts: u32,
    pub lease: i64,
    pub time_limit: Duration,
    pub actor: String,
    pub trace_id: String,
    pub request_id: String,
    pub cause: Option<String>,
}

impl FromRow for ClaimedRow {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.take("id")?,
            kind: row.take("kind")?,
            queue: row.take("queue")?,
            priority: row.take("class")?,
            payload: row.take("payload")?,
            attempt: row.take("attempt")?,
            max_attempts: row.take("max_attempts")?,
            lease: row.take("lease")?,
            time_limit: Duration::from_millis(row.take::<i64>("time_limit")?.unsigned_abs()),
            actor: row.take("actor")?,
            trace_id: row.take("trace_id")?,
            request_id: row.take("request_id")?,
            cause: row.take("cause")?,
        })
    }
}

impl ClaimedRow {
    /// The row of a job that was written already claimed.
    pub(super) fn of(entry: &Entry<'_>) -> Self {
        Self {
            id: entry.id,
            kind: entry.kind.into(),
            queue: entry.queue.clone(),
            priority: entry.priority,
            payload: entry.payload.into(),
            attempt: entry.attempt,
            max_attempts: entry.max_attempts,
            lease: i64::from(entry.attempt),
            time_limit: entry.time_limit,
            actor: entry.actor.into(),
            trace_id: entry.trace_id.into(),
            request_id: entry.request_id.into(),
            cause: entry.cause.map(str::to_owned),
        }
    }
}

/// Which jobs of a lane are claimed, and until when.
pub(super) struct Claim<'c> {
    pub queue: &'c QueueName,
    /// Only jobs that have another attempt left after this one.
    pub with_spare: bool,
    pub kind: Option<&'c str>,
    pub lease_until: Option<Timestamp>,
    pub limit: u32,
}

/// In the order in which the lane gives them.
pub(super) fn claim_jobs(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    claim: &Claim<'_>,
    now: Timestamp,
) -> Result<Vec<ClaimedRow>> {
    let mut rows: Vec<ClaimedRow> = tx.all(
        sql!("claim_jobs"),
        bind! {
            tenant: tenant,
            queue: claim.queue,
            with_spare: claim.with_spare.then_some(1i64),
            kind: claim.kind,
            lease_until: claim.lease_until,
            limit: claim.limit,
            now: now,
        },
    )?;
    rows.sort_by_key(|row| (row.priority as u8, row.id));
    Ok(rows)
}

/// How a job goes on after an attempt.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Turn<'t> {
    pub run_at: Option<Timestamp>,
    /// Whether the attempt does not count.
    pub gives_back: bool,
    pub finished_at: Option<Timestamp>,
    pub failure: Option<Failure>,
    pub error: Option<&'t str>,
    pub result: Option<&'t str>,
}

/// Whether the lease was the job's last: a stale one changes nothing.
pub(super) fn finish_job(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    id: Id<Job>,
    lease: i64,
    state: JobState,
    turn: &Turn<'_>,
) -> Result<bool> {
    let changed = tx.count(
        sql!("finish_job"),
        bind! {
            tenant: tenant,
            id: id,
            lease: lease,
            state: state,
            run_at: turn.run_at,
            given_back: i64::from(turn.gives_back),
            finished_at: turn.finished_at,
            failure: turn.failure,
            error: turn.error,
            result: turn.result,
        },
    )?;
    Ok(changed == 1)
}

/// When somebody asked that a running job be cancelled, if so.
pub(super) fn find_cancel_asked(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    id: Id<Job>,
) -> Result<Option<Timestamp>> {
    let found: Option<Only<Timestamp>> =
        tx.maybe(sql!("find_cancel_asked"), bind! { tenant: tenant, id: id })?;
    Ok(found.map(|Only(at)| at))
}

/// What came of one try.
pub(super) struct Ended<'e> {
    pub job: Id<Job>,
    pub lease: i64,
    pub attempt: u32,
    pub started_at: Timestamp,
    pub outcome: &'e str,
    pub error: Option<&'e str>,
    pub logs: &'e str,
}

pub(super) fn insert_attempt(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    ended: &Ended<'_>,
    now: Timestamp,
) -> Result<()> {
    tx.run(
        sql!("insert_attempt"),
        bind! {
            tenant: tenant,
            job: ended.job,
            lease: ended.lease,
            attempt: ended.attempt,
            started_at: ended.started_at,
            now: now,
            outcome: ended.outcome,
            error: ended.error,
            logs: ended.logs,
        },
    )
}

/// Makes jobs whose time has come ready, and says in which queues: one line for each job.
pub(super) fn promote_jobs(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<QueueName>> {
    let rows: Vec<Only<QueueName>> =
        tx.all(sql!("promote_jobs"), bind! { tenant: tenant, now: now, limit: limit })?;
    Ok(rows.into_iter().map(|Only(queue)| queue).collect())
}

pub(super) fn next_due(tx: &SystemRead<'_>, tenant: TenantNo) -> Result<Option<Timestamp>> {
    let found: Option<Only<Timestamp>> = tx.maybe(sql!("next_due"), bind! { tenant: tenant })?;
    Ok(found.map(|Only(at)| at))
}

/// Whether there was a row to add to.
pub(super) fn add_to_count(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    queue: &QueueName,
    state: JobState,
    change: i64,
) -> Result<bool> {
    let params = bind! { tenant: tenant, queue: queue, state: state, change: change };
    Ok(tx.count(sql!("add_to_count"), params)? == 1)
}

pub(super) fn insert_count(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    queue: &QueueName,
    state: JobState,
    change: i64,
) -> Result<()> {
    let params = bind! { tenant: tenant, queue: queue, state: state, change: change };
    tx.run(sql!("insert_count"), params)
}

/// The queues in which a tenant has jobs that are ready.
pub(super) fn list_waiting_lanes(tx: &SystemRead<'_>, tenant: TenantNo) -> Result<Vec<QueueName>> {
    let rows: Vec<Only<QueueName>> = tx.all(sql!("list_waiting_lanes"), bind! { tenant: tenant })?;
    Ok(rows.into_iter().map(|Only(queue)| queue).collect())
}

/// A job that runs, as far as ending its attempt needs to know it.
#[derive(Debug, Clone)]
pub(super) struct RunningRow {
    pub id: Id<Job>,
    pub queue: QueueName,
    pub attempt: u32,
    pub max_attempts: u32,
    pub lease: i64,
    pub started_at: Timestamp,
}

impl FromRow for RunningRow {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.take("id")?,
            queue: row.take("queue")?,
            attempt: row.take("attempt")?,
            max_attempts: row.take("max_attempts")?,
            lease: row.take("lease")?,
            started_at: row.take("started_at")?,
        })
    }
}

/// Jobs that run in this process, or ran in one that is no more.
pub(super) fn list_running_here(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    limit: u32,
) -> Result<Vec<RunningRow>> {
    tx.all(sql!("list_running_here"), bind! { tenant: tenant, limit: limit })
}

pub(super) fn set_progress(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    id: Id<Job>,
    lease: i64,
    progress: u32,
    note: &str,
) -> Result<bool> {
    let params = bind! { tenant: tenant, id: id, lease: lease, progress: progress, note: note };
    Ok(tx.count(sql!("set_progress"), params)? == 1)
}

pub fn find_job(tx: &Read<'_>, id: Id<Job>) -> Result<Option<Job>> {
    tx.maybe(sql!("find_job"), bind! { id: id })
}

/// The newest first, of so many that are looked at.
pub(super) fn list_jobs(
    tx: &Read<'_>,
    filter: &JobFilter,
    walk: usize,
    limit: usize,
) -> Result<Vec<JobSummary>> {
    list_with(sql!("list_jobs"), tx, filter, walk, limit)
}

/// The same of those with a tag.
pub(super) fn list_tagged_jobs(
    tx: &Read<'_>,
    filter: &JobFilter,
    walk: usize,
    limit: usize,
) -> Result<Vec<JobSummary>> {
    list_with(sql!("list_tagged_jobs"), tx, filter, walk, limit)
}

fn list_with(
    statement: &'static Sql,
    tx: &Read<'_>,
    filter: &JobFilter,
    walk: usize,
    limit: usize,
) -> Result<Vec<JobSummary>> {
    tx.all(
        statement,
        bind! {
            before: filter.before,
            since: filter.since,
            until: filter.until,
            state: filter.state,
            kind: filter.kind.as_ref(),
            trace: filter.trace.as_ref(),
            queue: filter.queue.as_ref(),
            tag: filter.tag.as_ref(),
            search: filter.search.as_ref(),
            walk: walk as i64,
            limit: limit as i64,
        },
    )
}

/// The last of so many that are looked at, when there are so many.
pub(super) fn end_of_walk(tx: &Read<'_>, filter: &JobFilter, walk: usize) -> Result<Option<Id<Job>>> {
    let found: Option<Only<Id<Job>>> = tx.maybe(
        sql!("end_of_walk"),
        bind! {
            before: filter.before,
            state: filter.state,
            kind: filter.kind.as_ref(),
            trace: filter.trace.as_ref(),
            walk: walk as i64,
        },
    )?;
    Ok(found.map(|Only(id)| id))
}

/// The same of those with a tag.
pub(super) fn end_of_tagged_walk(tx: &Read<'_>, filter: &JobFilter, walk: usize) -> Result<Option<Id<Job>>> {
    let params = bind! { tag: filter.tag.as_ref(), before: filter.before, walk: walk as i64 };
    let found: Option<Only<Id<Job>>> = tx.maybe(sql!("end_of_tagged_walk"), params)?;
    Ok(found.map(|Only(id)| id))
}

pub fn list_attempts(tx: &Read<'_>, job: Id<Job>) -> Result<Vec<Attempt>> {
    tx.all(sql!("list_attempts"), bind! { job: job })
}

/// How many jobs of a queue are in a state.
#[derive(Debug, Clone)]
pub struct CountRow {
    pub queue: QueueName,
    pub state: JobState,
    pub jobs: i64,
}

impl FromRow for CountRow {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self { queue: row.take("queue")?, state: row.take("state")?, jobs: row.take("jobs")? })
    }
}

pub fn count_jobs(tx: &Read<'_>, queue: Option<&QueueName>) -> Result<Vec<CountRow>> {
    tx.all(sql!("count_jobs"), bind! { queue: queue })
}

pub fn list_queues(tx: &Read<'_>) -> Result<Vec<Queue>> {
    tx.all(sql!("list_queues"), bind! {})
}

pub(super) fn find_queue(tx: &Read<'_>, name: &QueueName) -> Result<Option<Queue>> {
    tx.maybe(sql!("find_queue"), bind! { name: name })
}

pub(super) fn read_queues_of(tx: &SystemRead<'_>, tenant: TenantNo) -> Result<Vec<Queue>> {
    tx.all(sql!("read_queues_of"), bind! { tenant: tenant })
}

pub(super) fn insert_queue(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    name: &QueueName,
    settings: &QueueChange,
    is_outside: bool,
    now: Timestamp,
) -> Result<Queue> {
    tx.one(
        sql!("insert_queue"),
        bind! {
            tenant: tenant,
            name: name,
            concurrency: settings.concurrency.flatten(),
            rate: settings.rate.flatten(),
            is_paused: settings.paused.unwrap_or(false),
            is_outside: is_outside,
            now: now,
        },
    )
}

pub(super) fn update_queue(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    queue: &Queue,
    now: Timestamp,
) -> Result<Queue> {
    tx.one(
        sql!("update_queue"),
        bind! {
            tenant: tenant,
            name: &queue.name,
            concurrency: queue.concurrency,
            rate: queue.rate_per_minute,
            is_paused: queue.paused,
            now: now,
        },
    )
}

pub(super) fn delete_queue(tx: &SystemWrite<'_>, tenant: TenantNo, name: &QueueName) -> Result<bool> {
    Ok(tx.count(sql!("delete_queue"), bind! { tenant: tenant, name: name })? == 1)
}

/// What changes about a job that does not run.
pub(super) struct Move<'m> {
    pub from: JobState,
    pub state: JobState,
    pub run_at: Timestamp,
    pub max_attempts: u32,
    pub priority: Priority,
    pub payload: &'m str,
    pub finished_at: Option<Timestamp>,
    pub failure: Option<Failure>,
    pub error: Option<&'m str>,
}

/// Whether it was still in the state that it is moved from.
pub(super) fn move_job(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    id: Id<Job>,
    change: &Move<'_>,
) -> Result<bool> {
    let changed = tx.count(
        sql!("move_job"),
        bind! {
            tenant: tenant,
            id: id,
            from: change.from,
            state: change.state,
            run_at: change.run_at,
            max_attempts: change.max_attempts,
            class: change.priority,
            payload: change.payload,
            finished_at: change.finished_at,
            failure: change.failure,
            error: change.error,
        },
    )?;
    Ok(changed == 1)
}

pub(super) fn ask_to_cancel(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    id: Id<Job>,
    now: Timestamp,
) -> Result<bool> {
    Ok(tx.count(sql!("ask_to_cancel"), bind! { tenant: tenant, id: id, now: now })? == 1)
}

/// Whether it was there and did not run.
pub(super) fn delete_job(tx: &SystemWrite<'_>, tenant: TenantNo, id: Id<Job>) -> Result<bool> {
    Ok(tx.count(sql!("delete_job"), bind! { tenant: tenant, id: id })? == 1)
}

pub(super) fn delete_attempts_of(tx: &SystemWrite<'_>, tenant: TenantNo, job: Id<Job>) -> Result<()> {
    tx.run(sql!("delete_attempts_of"), bind! { tenant: tenant, job: job })
}

pub(super) fn delete_tags_of(tx: &SystemWrite<'_>, tenant: TenantNo, job: Id<Job>) -> Result<()> {
    tx.run(sql!("delete_tags_of"), bind! { tenant: tenant, job: job })
}

/// A job that is over, as far as deleting it needs to know it.
pub(super) struct OverRow {
    pub id: Id<Job>,
    pub queue: QueueName,
}

impl FromRow for OverRow {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self { id: row.take("id")?, queue: row.take("queue")? })
    }
}

pub(super) fn list_finished_before(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    state: JobState,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<OverRow>> {
    tx.all(sql!("list_finished_before"), bind! { tenant: tenant, state: state, before: before, limit: limit })
}
