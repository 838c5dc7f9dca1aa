//! Claiming, and what comes of an attempt.

use std::time::Duration;

use super::entries::Entry;
use crate::base::db::{FromRow, Only, Row, SystemRead, SystemWrite, TenantNo};
use crate::base::{Id, Result, Timestamp};
use crate::kernel::jobs::model::{Failure, Job, JobState, Priority, QueueName};
use crate::kernel::telemetry::SpanId;
use crate::{bind, sql};

/// A job that was claimed just now.
#[derive(Debug, Clone)]
pub(in crate::kernel::jobs) struct ClaimedRow {
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
    pub backoff: Option<String>,
    pub chain: Option<String>,
    pub span: Option<SpanId>,
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
            backoff: row.take("backoff")?,
            actor: row.take("actor")?,
            trace_id: row.take("trace_id")?,
            request_id: row.take("request_id")?,
            cause: row.take("cause")?,
            chain: row.take("chain")?,
            span: row.take("span")?,
        })
    }
}

impl ClaimedRow {
    /// The row of a job that was written already claimed.
    pub(in crate::kernel::jobs) fn of(entry: &Entry<'_>) -> Self {
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
            backoff: entry.backoff.map(str::to_owned),
            chain: entry.chain.map(str::to_owned),
            span: entry.span,
        }
    }
}

/// Which jobs of a lane are claimed, and until when.
pub(in crate::kernel::jobs) struct Claim<'c> {
    pub queue: &'c QueueName,
    /// Only jobs that have another attempt left after this one.
    pub with_spare: bool,
    /// Only jobs of these kinds, as `kinds_as_text` writes them.
    pub kinds: Option<&'c str>,
    pub lease_until: Option<Timestamp>,
    pub limit: u32,
}

/// Kinds as a statement looks them up in: each between separators that no name has.
pub(in crate::kernel::jobs) fn kinds_as_text(kinds: &[String]) -> String {
    kinds.iter().fold("\u{1f}".to_owned(), |text, kind| text + kind + "\u{1f}")
}

/// In the order in which the lane gives them.
pub(in crate::kernel::jobs) fn claim_jobs(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    claim: &Claim<'_>,
    now: Timestamp,
) -> Result<Vec<ClaimedRow>> {
    let mut rows: Vec<ClaimedRow> = tx.all(
        sql!("../sql/", "claim_jobs"),
        bind! {
            tenant: tenant,
            queue: claim.queue,
            with_spare: claim.with_spare.then_some(1i64),
            kinds: claim.kinds,
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
pub(in crate::kernel::jobs) struct Turn<'t> {
    pub run_at: Option<Timestamp>,
    /// Whether the attempt does not count.
    pub gives_back: bool,
    pub finished_at: Option<Timestamp>,
    pub failure: Option<Failure>,
    pub error: Option<&'t str>,
    pub result: Option<&'t str>,
}

/// Whether the lease was the job's last: a stale one changes nothing.
pub(in crate::kernel::jobs) fn finish_job(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    id: Id<Job>,
    lease: i64,
    state: JobState,
    turn: &Turn<'_>,
) -> Result<bool> {
    let changed = tx.count(
        sql!("../sql/", "finish_job"),
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
pub(in crate::kernel::jobs) fn find_cancel_asked(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    id: Id<Job>,
) -> Result<Option<Timestamp>> {
    let found: Option<Only<Timestamp>> =
        tx.maybe(sql!("../sql/", "find_cancel_asked"), bind! { tenant: tenant, id: id })?;
    Ok(found.map(|Only(at)| at))
}

/// What came of one try.
pub(in crate::kernel::jobs) struct Ended<'e> {
    pub job: Id<Job>,
    pub lease: i64,
    pub attempt: u32,
    pub started_at: Timestamp,
    pub outcome: &'e str,
    pub error: Option<&'e str>,
    pub logs: &'e str,
    pub detail: Option<&'e str>,
}

pub(in crate::kernel::jobs) fn insert_attempt(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    ended: &Ended<'_>,
    now: Timestamp,
) -> Result<()> {
    tx.run(
        sql!("../sql/", "insert_attempt"),
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
            detail: ended.detail,
        },
    )
}

/// A job that runs, as far as ending its attempt needs to know it.
#[derive(Debug, Clone)]
pub(in crate::kernel::jobs) struct RunningRow {
    pub id: Id<Job>,
    pub queue: QueueName,
    pub attempt: u32,
    pub max_attempts: u32,
    pub lease: i64,
    pub started_at: Timestamp,
    pub cause: Option<String>,
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
            cause: row.take("cause")?,
        })
    }
}

/// Jobs that run in this process, or ran in one that is no more.
pub(in crate::kernel::jobs) fn list_running_here(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    limit: u32,
) -> Result<Vec<RunningRow>> {
    tx.all(sql!("../sql/", "list_running_here"), bind! { tenant: tenant, limit: limit })
}

pub(in crate::kernel::jobs) fn set_progress(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    id: Id<Job>,
    lease: i64,
    progress: u32,
    note: &str,
) -> Result<bool> {
    let params = bind! { tenant: tenant, id: id, lease: lease, progress: progress, note: note };
    Ok(tx.count(sql!("../sql/", "set_progress"), params)? == 1)
}
