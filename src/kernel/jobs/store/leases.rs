//! What workers outside hold.

use crate::base::db::{FromRow, Row, SystemRead, SystemWrite, TenantNo};
use crate::base::{Id, Result, Timestamp};
use crate::kernel::jobs::model::{Job, JobState, QueueName};
use crate::kernel::telemetry::SpanId;
use crate::{bind, sql};

/// A job that a worker outside holds.
#[derive(Debug, Clone)]
pub(in crate::kernel::jobs) struct HeldRow {
    pub id: Id<Job>,
    pub kind: String,
    pub queue: QueueName,
    pub attempt: u32,
    pub max_attempts: u32,
    pub lease: i64,
    pub until: Timestamp,
    pub started_at: Timestamp,
    pub is_cancelled: bool,
    pub backoff: Option<String>,
    pub cause: Option<String>,
    pub trace_id: String,
    pub span: Option<SpanId>,
}

/// A job, with who holds it when a worker outside does.
struct MaybeHeld(Option<HeldRow>);

impl FromRow for MaybeHeld {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        let (state, until): (JobState, Option<Timestamp>) = (row.take("state")?, row.take("lease_until")?);
        let (JobState::Running, Some(until)) = (state, until) else { return Ok(Self(None)) };
        Ok(Self(Some(HeldRow {
            id: row.take("id")?,
            kind: row.take("kind")?,
            queue: row.take("queue")?,
            attempt: row.take("attempt")?,
            max_attempts: row.take("max_attempts")?,
            lease: row.take("lease")?,
            until,
            started_at: row.take("started_at")?,
            is_cancelled: row.take::<Option<Timestamp>>("cancel_asked_at")?.is_some(),
            backoff: row.take("backoff")?,
            cause: row.take("cause")?,
            trace_id: row.take("trace_id")?,
            span: row.take("span")?,
        })))
    }
}

/// Nothing when there is no such job; nobody when no worker outside holds it.
pub(in crate::kernel::jobs) fn find_held_job(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    id: Id<Job>,
) -> Result<Option<Option<HeldRow>>> {
    let found: Option<MaybeHeld> =
        tx.maybe(sql!("../sql/", "find_held_job"), bind! { tenant: tenant, id: id })?;
    Ok(found.map(|MaybeHeld(held)| held))
}

/// How a heartbeat changes a job.
pub(in crate::kernel::jobs) struct Extension<'e> {
    pub until: Timestamp,
    pub progress: Option<u32>,
    pub note: Option<&'e str>,
}

pub(in crate::kernel::jobs) fn extend_lease(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    id: Id<Job>,
    lease: i64,
    extension: &Extension<'_>,
) -> Result<()> {
    tx.run(
        sql!("../sql/", "extend_lease"),
        bind! {
            tenant: tenant,
            id: id,
            lease: lease,
            until: extension.until,
            progress: extension.progress,
            note: extension.note,
        },
    )
}

/// A lease of a worker outside.
pub(in crate::kernel::jobs) struct LeaseRow {
    pub id: Id<Job>,
    pub queue: QueueName,
    pub lease: i64,
    pub until: Timestamp,
    pub started_at: Timestamp,
}

impl FromRow for LeaseRow {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.take("id")?,
            queue: row.take("queue")?,
            lease: row.take("lease")?,
            until: row.take("lease_until")?,
            started_at: row.take("started_at")?,
        })
    }
}

/// A tenant has no more of them than jobs of it may run at once.
pub(in crate::kernel::jobs) fn list_leases(tx: &SystemRead<'_>, tenant: TenantNo) -> Result<Vec<LeaseRow>> {
    tx.all(sql!("../sql/", "list_leases"), bind! { tenant: tenant })
}
