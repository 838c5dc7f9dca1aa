//! What waits: for its time, or for a worker; and the counters.

use super::moves::PlacedRow;
use crate::base::db::{Only, SystemRead, SystemWrite, TenantNo};
use crate::base::{Id, Result, Timestamp};
use crate::kernel::jobs::model::{Job, JobState, QueueName};
use crate::{bind, sql};

/// Makes jobs whose time has come ready, and says which and in which queues.
pub(in crate::kernel::jobs) fn promote_jobs(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<(Id<Job>, QueueName)>> {
    let rows: Vec<PlacedRow> =
        tx.all(sql!("../sql/", "promote_jobs"), bind! { tenant: tenant, now: now, limit: limit })?;
    Ok(rows.into_iter().map(|row| (row.id, row.queue)).collect())
}

pub(in crate::kernel::jobs) fn next_due(tx: &SystemRead<'_>, tenant: TenantNo) -> Result<Option<Timestamp>> {
    let found: Option<Only<Timestamp>> = tx.maybe(sql!("../sql/", "next_due"), bind! { tenant: tenant })?;
    Ok(found.map(|Only(at)| at))
}

/// Whether there was a row to add to.
pub(in crate::kernel::jobs) fn add_to_count(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    queue: &QueueName,
    state: JobState,
    change: i64,
) -> Result<bool> {
    let params = bind! { tenant: tenant, queue: queue, state: state, change: change };
    Ok(tx.count(sql!("../sql/", "add_to_count"), params)? == 1)
}

pub(in crate::kernel::jobs) fn insert_count(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    queue: &QueueName,
    state: JobState,
    change: i64,
) -> Result<()> {
    let params = bind! { tenant: tenant, queue: queue, state: state, change: change };
    tx.run(sql!("../sql/", "insert_count"), params)
}

/// The queues in which a tenant has jobs that are ready.
pub(in crate::kernel::jobs) fn list_waiting_lanes(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
) -> Result<Vec<QueueName>> {
    let rows: Vec<Only<QueueName>> =
        tx.all(sql!("../sql/", "list_waiting_lanes"), bind! { tenant: tenant })?;
    Ok(rows.into_iter().map(|Only(queue)| queue).collect())
}
