//! Jobs: how fast they are enqueued, how fast a backlog is worked off, and how soon a job begins
//! when the workers are idle. In an instance of its own, whose handlers do nothing.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::desk::Desk;
use super::report::number;
use super::stats::{Rate, Times, Timings, rate_of, times_of};
use crate::base::config::Config;
use crate::base::data_dir::DataDir;
use crate::base::{Clock, Error, Result};
use crate::cli::output::table;
use crate::kernel::jobs::{Ctx, JobKind, KindInfo, Outcome, Work};
use crate::kernel::{Features, Who};
use crate::server;

const CALLERS: [usize; 3] = [1, 8, 64];
const WORKERS: [usize; 2] = [1, 10];
const MOST_WORKERS: usize = 10;
const IDLE_JOBS: usize = 300;
const IN_A_WRITE: usize = 500;

/// How fast durable jobs go.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Jobs {
    pub enqueued: Vec<Enqueued>,
    pub drained: Vec<Drained>,
    /// From the call that enqueues to the beginning of the handler, with idle workers.
    pub begun: Times,
    pub begun_p95_micros: f64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Enqueued {
    pub callers: usize,
    pub rate: Rate,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Drained {
    pub workers: usize,
    pub jobs: usize,
    pub per_second: f64,
}

fn features() -> Features {
    Features { jobs: vec![JobKind::of::<Nothing>(), JobKind::of::<Stamp>()], ..Features::default() }
}

/// A job that does nothing.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Nothing {
    number: usize,
}

/// Handlers that ended since the count was reset.
static ENDED: AtomicUsize = AtomicUsize::new(0);

impl Work for Nothing {
    const KIND: KindInfo = KindInfo::new("bench.nothing", "Does nothing");

    async fn run(self, _: Ctx) -> Result<Outcome> {
        ENDED.fetch_add(1, Ordering::Relaxed);
        Ok(Outcome::Done)
    }
}

/// A job that says when it begins.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Stamp {}

static BEGUN: Mutex<Option<Instant>> = Mutex::new(None);
static BEGAN: Notify = Notify::const_new();

impl Work for Stamp {
    const KIND: KindInfo = KindInfo::new("bench.stamp", "Says when it begins");

    async fn run(self, _: Ctx) -> Result<Outcome> {
        *BEGUN.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        BEGAN.notify_one();
        Ok(Outcome::Done)
    }
}

pub async fn measure(config: &Config, dir: &Path, span: Duration, jobs: usize) -> Result<Jobs> {
    let mut config = config.clone();
    config.server.data = dir.to_owned();
    config.jobs.concurrency = 0;
    config.jobs.tenant_concurrency = 10_000;
    let running = server::start_with(config, DataDir::prepare(dir)?, Clock::System, &features()).await?;
    let kernel = running.app.kernel();
    let desk = Desk::furnish(kernel, 0).await?;
    let mut enqueued = Vec::new();
    for callers in CALLERS {
        enqueued.push(Enqueued { callers, rate: enqueue(&desk, callers, span).await? });
    }
    let mut drained = Vec::new();
    kernel.jobs.start(kernel, 1)?;
    for workers in WORKERS {
        drained.push(drain(&desk, workers, jobs).await?);
    }
    let mut taken = begin(&desk).await?;
    taken.sort_unstable();
    let begun_p95_micros = taken[taken.len() * 95 / 100].as_secs_f64() * 1e6;
    running.stop_now().await;
    Ok(Jobs { enqueued, drained, begun: times_of(taken), begun_p95_micros })
}

async fn enqueue(desk: &Desk, callers: usize, span: Duration) -> Result<Rate> {
    let end = Instant::now() + span;
    let calls = (0..callers).map(|nth| async move {
        let who = who(desk, nth)?;
        let mut timings = Timings::until(end);
        while timings.goes_on() {
            let (began, by) = (Instant::now(), who.clone());
            desk.kernel
                .db
                .write(&who, move |tx| Nothing { number: nth }.order().enqueue(tx, &by).map(drop))
                .await?;
            timings.note(began);
        }
        Ok::<_, Error>(timings.into_taken())
    });
    Ok(rate_of(try_join_all(calls).await?.concat(), span))
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
        kernel
            .db
            .write(&who, move |tx| {
                let mut numbers = piece.clone();
                numbers.try_for_each(|number| Nothing { number }.order().enqueue(tx, &by).map(drop))
            })
            .await?;
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
        BEGAN.notified().await;
        let begun = BEGUN.lock().unwrap_or_else(PoisonError::into_inner).take();
        taken.extend(begun.map(|begun| begun - asked));
        settle(desk).await;
    }
    Ok(taken)
}

/// The figures as tables.
pub fn words(jobs: &Jobs) -> String {
    let enqueued: Vec<_> = jobs
        .enqueued
        .iter()
        .map(|cell| {
            vec![
                format!("{:>7}", cell.callers),
                format!("{:>10.0}", cell.rate.per_second),
                number(cell.rate.times.p50_micros),
                number(cell.rate.times.p99_micros),
            ]
        })
        .collect();
    let drained: Vec<_> = jobs
        .drained
        .iter()
        .map(|cell| vec![format!("{:>7}", cell.workers), format!("{:>10.0}", cell.per_second)])
        .collect();
    let begun = vec![vec![
        number(jobs.begun.p50_micros),
        number(jobs.begun_p95_micros),
        number(jobs.begun.p99_micros),
    ]];
    [
        table(&["callers", "enqueued/s", "     p50", "     p99"], &enqueued),
        table(&["workers", "  done/s"], &drained),
        format!("From enqueueing to the handler's beginning, idle, in microseconds\n\n{}", {
            table(&["     p50", "     p95", "     p99"], &begun)
        }),
    ]
    .join("\n\n")
}
