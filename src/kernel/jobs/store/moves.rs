//! What is done to jobs that do not run.

use crate::base::db::{FromRow, Row, SystemRead, SystemWrite, TenantNo};
use crate::base::{Id, Result, Timestamp};
use crate::kernel::jobs::model::{Failure, Job, JobState, Priority, QueueName};
use crate::{bind, sql};

/// What changes about a job that does not run.
pub(in crate::kernel::jobs) struct Move<'m> {
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
pub(in crate::kernel::jobs) fn move_job(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    id: Id<Job>,
    change: &Move<'_>,
) -> Result<bool> {
    let changed = tx.count(
        sql!("../sql/", "move_job"),
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

pub(in crate::kernel::jobs) fn ask_to_cancel(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    id: Id<Job>,
    now: Timestamp,
) -> Result<bool> {
    Ok(tx.count(sql!("../sql/", "ask_to_cancel"), bind! { tenant: tenant, id: id, now: now })? == 1)
}

/// Whether it was there and did not run.
pub(in crate::kernel::jobs) fn delete_job(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    id: Id<Job>,
) -> Result<bool> {
    Ok(tx.count(sql!("../sql/", "delete_job"), bind! { tenant: tenant, id: id })? == 1)
}

pub(in crate::kernel::jobs) fn delete_attempts_of(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    job: Id<Job>,
) -> Result<()> {
    tx.run(sql!("../sql/", "delete_attempts_of"), bind! { tenant: tenant, job: job })
}

pub(in crate::kernel::jobs) fn delete_tags_of(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    job: Id<Job>,
) -> Result<()> {
    tx.run(sql!("../sql/", "delete_tags_of"), bind! { tenant: tenant, job: job })
}

/// A job, as far as promoting it needs to know it.
pub(in crate::kernel::jobs) struct PlacedRow {
    pub id: Id<Job>,
    pub queue: QueueName,
}

impl FromRow for PlacedRow {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self { id: row.take("id")?, queue: row.take("queue")? })
    }
}

/// A job that is over, as far as deleting it needs to know it.
pub(in crate::kernel::jobs) struct OverRow {
    pub id: Id<Job>,
    pub queue: QueueName,
    pub finished_at: Timestamp,
}

impl FromRow for OverRow {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self { id: row.take("id")?, queue: row.take("queue")?, finished_at: row.take("finished_at")? })
    }
}

/// The first ones made come first; when they ended is for the caller to look at.
pub(in crate::kernel::jobs) fn list_over(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    state: JobState,
    after: Option<Id<Job>>,
    limit: u32,
) -> Result<Vec<OverRow>> {
    let params = bind! { tenant: tenant, state: state, after: after, limit: limit };
    tx.all(sql!("../sql/", "list_over"), params)
}
