//! Deleting jobs that were over long ago, a little at a time. Those that are old enough are looked for
//! beside the writer, however many there are that are not; the writer gets pieces that hold some.

use std::time::Duration;

use super::counts::Counts;
use super::model::{Job, JobState};
use super::store;
use crate::base::db::{SystemWrite, TenantNo};
use crate::base::{Id, Result, Timestamp};
use crate::kernel::Kernel;

/// Jobs that one read looks at and that one write deletes at most.
const JOBS_A_PIECE: u32 = 200;

/// Deletes the jobs whose time is over, and says how many.
pub async fn prune_once(kernel: &Kernel) -> Result<u64> {
    let config = &kernel.config.jobs;
    let mut pruned = 0;
    for tenant in kernel.tenants.all() {
        for (state, keep) in [
            (JobState::Done, config.keep_done),
            (JobState::Cancelled, config.keep_done),
            (JobState::Dead, config.keep_dead),
        ] {
            pruned += prune_state(kernel, tenant.number, state, keep.into()).await?;
        }
    }
    Ok(pruned)
}

async fn prune_state(kernel: &Kernel, tenant: TenantNo, state: JobState, keep: Duration) -> Result<u64> {
    let (before, system) = (kernel.clock.now() - keep, kernel.db.system());
    let (mut after, mut pruned) = (None, 0);
    loop {
        let read = system.read(move |tx| store::list_over(tx, tenant, state, after, JOBS_A_PIECE));
        let piece = read.await?;
        if piece.iter().any(|job| job.finished_at < before) {
            pruned += system.write(move |tx| delete_old(tx, tenant, state, after, before)).await?;
        }
        match piece.last() {
            Some(last) if piece.len() == JOBS_A_PIECE as usize => after = Some(last.id),
            _ => return Ok(pruned),
        }
    }
}

/// Deletes what is old enough of a piece, as it is now.
fn delete_old(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    state: JobState,
    after: Option<Id<Job>>,
    before: Timestamp,
) -> Result<u64> {
    let (mut counts, mut deleted) = (Counts::default(), 0);
    let piece = store::list_over(tx, tenant, state, after, JOBS_A_PIECE)?;
    for job in piece.iter().filter(|job| job.finished_at < before) {
        store::delete_attempts_of(tx, tenant, job.id)?;
        store::delete_tags_of(tx, tenant, job.id)?;
        store::delete_job(tx, tenant, job.id)?;
        counts.add(tenant, &job.queue, state, -1);
        deleted += 1;
    }
    counts.write(tx)?;
    Ok(deleted)
}
