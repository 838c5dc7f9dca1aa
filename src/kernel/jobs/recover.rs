//! Recovery: there is one process for a data directory, so a job that runs here when it starts was
//! left by one that is no more. It is ready again before the first request is served.

use super::board::News;
use super::counts::Counts;
use super::finish::{AttemptInfo, End, Finished, finish};
use super::kind::Backoff;
use super::model::Failure;
use super::store::{self, RunningRow};
use crate::base::Result;
use crate::base::db::TenantNo;
use crate::kernel::Kernel;

/// Orphans that one write takes.
const ORPHANS_A_PIECE: u32 = 500;

pub(super) async fn recover(kernel: &Kernel) -> Result<()> {
    let mut orphans = 0;
    for tenant in kernel.tenants.all() {
        let number = tenant.number;
        // Workers outside go on over a restart of the server.
        for held in kernel.db.system().read(move |tx| store::list_leases(tx, number)).await? {
            kernel.jobs.hold((number, held.id), held.lease, held.queue, held.until);
        }
        loop {
            let now = kernel.clock.now();
            let recovered = kernel
                .db
                .system()
                .write(move |tx| {
                    let rows = store::list_running_here(tx, number, ORPHANS_A_PIECE)?;
                    let (mut counts, mut news) = (Counts::default(), News::default());
                    for row in &rows {
                        finish(tx, &orphan(number, row), &mut counts, &mut news, now)?;
                    }
                    counts.write(tx)?;
                    Ok(rows.len())
                })
                .await?;
            orphans += recovered;
            if recovered < ORPHANS_A_PIECE as usize {
                break;
            }
        }
    }
    if orphans > 0 {
        tracing::warn!(jobs = orphans, "jobs ran when the last process ended; they are ready again");
    }
    Ok(())
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
