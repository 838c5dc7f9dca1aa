//! Jobs: how fast they are enqueued, how fast a backlog is worked off, and how soon a job begins
//! when the workers are idle and when they are busy for somebody else. In an instance of its own.

mod enqueue;
mod kinds;
mod newcomer;
mod words;

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use self::kinds::{Nothing, Stamp, features};
use super::Pace;
use super::desk::Desk;
use super::stats::{Rate, Times, percentile, times_of};
use crate::base::config::Config;
use crate::base::data_dir::DataDir;
use crate::base::db::Write;
use crate::base::{Clock, Error, Result};
use crate::kernel::Who;
use crate::kernel::jobs::Work;
use crate::server;
pub use newcomer::Newcomer;
pub use words::words;

const CALLERS: [usize; 3] = [1, 8, 64];
const WORKERS: [usize; 2] = [1, MOST_WORKERS];
const MOST_WORKERS: usize = 10;
const IDLE_JOBS: usize = 300;
const IN_A_WRITE: usize = 500;

/// How fast durable jobs go.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Jobs {
    /// Among which the jobs are spread.
    pub tenants: usize,
    pub enqueued: Vec<Enqueued>,
    pub enqueued_over_http: Vec<Enqueued>,
    pub drained: Vec<Drained>,
    /// From the call that enqueues to the beginning of the handler, with idle workers.
    pub begun: Times,
    pub begun_p95_micros: f64,
    pub newcomer: Newcomer,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Enqueued {
    pub callers: usize,
    pub rate: Rate,
    pub errors: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Drained {
    pub workers: usize,
    pub jobs: usize,
    pub per_second: f64,
}

pub async fn measure(
    config: &Config,
    dir: &Path,
    pace: Pace,
    backlog: usize,
    tenants: usize,
) -> Result<Jobs> {
    let mut config = config.clone();
    config.server.data = dir.to_owned();
    config.jobs.concurrency = 0;
    config.jobs.tenant_concurrency = 10_000;
    let running = server::start_with(config, DataDir::prepare(dir)?, Clock::System, &features()).await?;
    let kernel = running.app.kernel();
    let all = Desk::furnish(kernel, 0).await?;
    let desk = all.among(tenants);
    let (mut enqueued, mut enqueued_over_http) = (Vec::new(), Vec::new());
    for callers in CALLERS {
        enqueued.push(enqueue::in_process(&desk, callers, pace.span).await?);
        enqueued_over_http.push(enqueue::over_http(&desk, running.address, callers, pace.span).await?);
    }
    let mut drained = Vec::new();
    kernel.jobs.start(kernel, 1)?;
    for workers in WORKERS {
        drained.push(drain(&desk, workers, backlog).await?);
    }
    let mut taken = begin(&desk).await?;
    taken.sort_unstable();
    let begun_p95_micros = percentile(&taken, 95);
    let newcomer = newcomer::measure(&all, pace.backlog).await?;
    running.stop_now().await;
    Ok(Jobs {
        tenants,
        enqueued,
        enqueued_over_http,
        drained,
        begun: times_of(taken),
        begun_p95_micros,
        newcomer,
    })
}

/// Somebody in the n-th tenant.
fn who(desk: &Desk, nth: usize) -> Result<Who> {
    let tenant = &desk.tenants[nth % desk.tenants.len()];
    let tenant = desk.kernel.tenants.find_by_id(tenant.id);
    Ok(Who { tenant: tenant.ok_or_else(|| Error::internal("a tenant is gone"))?, ..desk.kernel.operator()? })
}

/// Works off a backlog, and the time it takes until the last is written down as done.
async fn drain(desk: &Desk, workers: usize, jobs: usize) -> Result<Drained> {
    let kernel = &desk.kernel;
    kernel.jobs.set_places(MOST_WORKERS);
    settle(desk).await;
    kernel.jobs.set_places(0);
    for (nth, begin) in (0..jobs).step_by(IN_A_WRITE).enumerate() {
        let (who, piece) = (who(desk, nth)?, begin..jobs.min(begin + IN_A_WRITE));
        let by = who.clone();
        let enqueue = move |tx: &Write<'_>| {
            let mut numbers = piece.clone();
            numbers.try_for_each(|number| Nothing { number }.order().enqueue(tx, &by).map(drop))
        };
        kernel.db.write(&who, enqueue).await?;
    }
    let began = Instant::now();
    kernel.jobs.set_places(workers);
    settle(desk).await;
    Ok(Drained { workers, jobs, per_second: jobs as f64 / began.elapsed().as_secs_f64() })
}

/// Returns when every job is over.
async fn settle(desk: &Desk) {
    while !desk.kernel.jobs.is_idle() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn begin(desk: &Desk) -> Result<Vec<Duration>> {
    settle(desk).await;
    let who = who(desk, 0)?;
    let mut taken = Vec::with_capacity(IDLE_JOBS);
    for _ in 0..IDLE_JOBS {
        let (asked, by) = (Instant::now(), who.clone());
        desk.kernel.db.write(&who, move |tx| Stamp {}.order().enqueue(tx, &by).map(drop)).await?;
        taken.extend(Stamp::begun().await.map(|begun| begun - asked));
        settle(desk).await;
    }
    Ok(taken)
}
