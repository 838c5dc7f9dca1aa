//! A newcomer: how soon a tenant's first job begins while every worker is busy with another
//! tenant's long backlog.

use std::sync::atomic::Ordering;
use std::time::Instant;

use serde::Serialize;

use super::kinds::{BUSY, BUSY_FOR, Busy, Stamp};
use super::{IN_A_WRITE, MOST_WORKERS, settle, who};
use crate::base::Result;
use crate::base::db::Write;
use crate::cli::bench::desk::Desk;
use crate::cli::bench::stats::{Times, times_of};
use crate::kernel::jobs::Work;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Newcomer {
    /// Jobs of the other tenant that waited when the first newcomer came.
    pub behind: usize,
    pub workers: usize,
    pub handler_millis: u64,
    /// From the call that enqueues to the beginning of the handler.
    pub begun: Times,
    pub slowest_micros: f64,
}

/// Enqueues the backlog, and then one job after the other in the other tenants. What is left of the
/// backlog stays where it is.
pub async fn measure(desk: &Desk, behind: usize) -> Result<Newcomer> {
    let kernel = &desk.kernel;
    settle(desk).await;
    kernel.jobs.set_places(0);
    let busy = who(desk, 0)?;
    for begin in (0..behind).step_by(IN_A_WRITE) {
        let (by, count) = (busy.clone(), IN_A_WRITE.min(behind - begin));
        let enqueue =
            move |tx: &Write<'_>| (0..count).try_for_each(|_| Busy {}.order().enqueue(tx, &by).map(drop));
        kernel.db.write(&busy, enqueue).await?;
    }
    kernel.jobs.set_places(MOST_WORKERS);
    while BUSY.load(Ordering::Relaxed) < MOST_WORKERS * 10 {
        tokio::time::sleep(BUSY_FOR).await;
    }
    let mut taken = Vec::new();
    for nth in 1..desk.tenants.len() {
        let newcomer = who(desk, nth)?;
        let (asked, by) = (Instant::now(), newcomer.clone());
        kernel.db.write(&newcomer, move |tx| Stamp {}.order().enqueue(tx, &by).map(drop)).await?;
        taken.extend(Stamp::begun().await.map(|begun| begun - asked));
    }
    let slowest = taken.iter().max().copied().unwrap_or_default();
    Ok(Newcomer {
        behind,
        workers: MOST_WORKERS,
        handler_millis: BUSY_FOR.as_millis() as u64,
        begun: times_of(taken),
        slowest_micros: slowest.as_secs_f64() * 1e6,
    })
}
