//! Enqueueing.

use std::time::Duration;

use crate::base::db::{Only, SystemRead, SystemWrite, TenantNo};
use crate::base::{Id, Result, Timestamp};
use crate::kernel::jobs::model::{Job, JobState, Priority, QueueName};
use crate::kernel::telemetry::SpanId;
use crate::{bind, sql};

/// A job about to be written.
pub(in crate::kernel::jobs) struct Entry<'e> {
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
    pub backoff: Option<&'e str>,
    pub chain: Option<&'e str>,
    pub span: Option<SpanId>,
    pub started_at: Option<Timestamp>,
    pub payload: &'e str,
}

pub(in crate::kernel::jobs) fn insert_job(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    entry: &Entry<'_>,
    now: Timestamp,
) -> Result<()> {
    tx.run(
        sql!("../sql/", "insert_job"),
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
            backoff: entry.backoff,
            chain: entry.chain,
            span: entry.span,
            now: now,
            started_at: entry.started_at,
            payload: entry.payload,
        },
    )
}

pub(in crate::kernel::jobs) fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

pub(in crate::kernel::jobs) fn find_unique_job(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    kind: &str,
    unique_key: &str,
) -> Result<Option<Id<Job>>> {
    let found: Option<Only<Id<Job>>> = tx.maybe(
        sql!("../sql/", "find_unique_job"),
        bind! { tenant: tenant, kind: kind, unique_key: unique_key },
    )?;
    Ok(found.map(|Only(id)| id))
}

pub(in crate::kernel::jobs) fn insert_tag(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    job: Id<Job>,
    tag: &str,
) -> Result<()> {
    tx.run(sql!("../sql/", "insert_tag"), bind! { tenant: tenant, tag: tag, job: job })
}
