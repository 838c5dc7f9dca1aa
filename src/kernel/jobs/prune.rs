//! Deleting jobs that were over long ago, a little at a time.

use std::time::Duration;

use super::counts::Counts;
use super::model::JobState;
use super::store;
use crate::base::Result;
use crate::base::db::TenantNo;
use crate::kernel::Kernel;

/// Jobs that one write deletes.
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
    let before = kernel.clock.now() - keep;
    let mut pruned = 0;
    loop {
        let deleted = kernel
            .db
            .system()
            .write(move |tx| {
                let over = store::list_finished_before(tx, tenant, state, before, JOBS_A_PIECE)?;
                let mut counts = Counts::default();
                for job in &over {
                    store::delete_attempts_of(tx, tenant, job.id)?;
                    store::delete_tags_of(tx, tenant, job.id)?;
                    store::delete_job(tx, tenant, job.id)?;
                    counts.add(tenant, &job.queue, state, -1);
                }
                counts.write(tx)?;
                Ok(over.len() as u64)
            })
            .await?;
        pruned += deleted;
        if deleted < u64::from(JOBS_A_PIECE) {
            return Ok(pruned);
        }
    }
}
