//! Recovery: there is one process for a data directory, so a job that runs here when it starts was
//! left by one that is no more. It is ready again before the first request is served.

use super::board::News;
use super::counts::Counts;
use super::finish::{AttemptInfo, End, Finished, finish};
use super::kind::Backoff;
use super::model::Failure;
use super::patrol::TENANTS_A_READ;
use super::store::{self, LeaseRow, RunningRow};
use crate::base::Result;
use crate::base::db::TenantNo;
use crate::kernel::Kernel;

/// Orphans that one write takes.
const ORPHANS_A_PIECE: u32 = 500;

/// What an earlier process left in a tenant.
struct Left {
    tenant: TenantNo,
    leases: Vec<LeaseRow>,
    has_orphans: bool,
}

pub(super) async fn recover(kernel: &Kernel) -> Result<()> {
    let mut orphans = 0;
    for some in kernel.tenants.all().chunks(TENANTS_A_READ) {
        let numbers: Vec<TenantNo> = some.iter().map(|tenant| tenant.number).collect();
        let system = kernel.db.system();
        let read = system.read(move |tx| {
            let left = numbers.into_iter().map(|tenant| {
                let leases = store::list_leases(tx, tenant)?;
                let has_orphans = !store::list_running_here(tx, tenant, 1)?.is_empty();
                Ok(Left { tenant, leases, has_orphans })
            });
            left.collect::<Result<Vec<_>>>()
        });
        for left in read.await? {
            // Workers outside go on over a restart of the server.
            for held in left.leases {
                kernel.jobs.hold(left.tenant, held);
            }
            if left.has_orphans {
                orphans += free_orphans(kernel, left.tenant).await?;
            }
        }
    }
    if orphans > 0 {
        tracing::warn!(jobs = orphans, "jobs ran when the last process ended; they are ready again");
    }
    Ok(())
}

async fn free_orphans(kernel: &Kernel, tenant: TenantNo) -> Result<usize> {
    let mut orphans = 0;
    loop {
        let now = kernel.clock.now();
        let freed = kernel
            .db
            .system()
            .write(move |tx| {
                let rows = store::list_running_here(tx, tenant, ORPHANS_A_PIECE)?;
                let (mut counts, mut news) = (Counts::default(), News::default());
                for row in &rows {
                    finish(tx, &orphan(tenant, row), &mut counts, &mut news, now)?;
                }
                counts.write(tx)?;
                Ok(rows.len())
            })
            .await?;
        orphans += freed;
        if freed < ORPHANS_A_PIECE as usize {
            return Ok(orphans);
        }
    }
}

fn orphan(tenant: TenantNo, row: &RunningRow) -> Finished {
    let attempt = AttemptInfo {
        tenant,
        job: row.id,
        queue: row.queue.clone(),
        lease: row.lease,
        attempt: row.attempt,
        max_attempts: row.max_attempts,
        backoff: Backoff::DEFAULT,
        started_at: row.started_at,
        cause: row.cause.clone(),
    };
    let error = "The server's process ended while it ran.".to_owned();
    Finished {
        attempt,
        end: End::Failed(Failure::ProcessRestarted, error),
        logs: Vec::new(),
        detail: None,
        is_cancelled: false,
        chance: 0.0,
    }
}
