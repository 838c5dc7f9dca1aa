//! A backup beside writes: how much longer a write takes to be on the disk while a large instance is backed up. With
//! and without take turns, in an instance of its own.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use serde::Serialize;

use super::desk::Desk;
use super::report::{megabytes, number};
use super::statements::{self, RequestRow};
use super::stats::{ROUNDS, Rate, rate_of, ratio};
use crate::base::config::Config;
use crate::base::data_dir::DataDir;
use crate::base::db::fill;
use crate::base::{Clock, Error, Result};
use crate::bind;
use crate::cli::output::table;
use crate::kernel::backups::Step;
use crate::server;

const SUBMITTERS: usize = 16;

/// Requests that lie in the file, of some two kilobytes each with their indexes.
const ROWS: i64 = 150_000;
const ROWS_LARGE: i64 = 600_000;
const ROWS_IN_A_HURRY: i64 = 4_000;

/// Rows that one statement makes.
const ROWS_A_PIECE: i64 = 50_000;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Backed {
    pub database_bytes: u64,
    pub backup_bytes: u64,
    /// How long a backup took while others wrote.
    pub seconds: f64,
    pub submitters: usize,
    pub without: Rate,
    pub beside: Rate,
    /// The slowest writes, in milliseconds.
    pub slowest_without: f64,
    pub slowest_beside: f64,
    /// How many times as long a write took beside a backup, by the 99th percentile.
    pub slowdown: Option<f64>,
    /// The largest that the write-ahead log was.
    pub log_bytes: u64,
}

pub async fn measure(
    config: &Config,
    dir: &Path,
    span: Duration,
    is_large: bool,
    is_quick: bool,
) -> Result<Backed> {
    let mut config = config.clone();
    config.server.data = dir.to_owned();
    config.jobs.concurrency = 0;
    config.backup.keep_last = 1;
    let data = DataDir::prepare(dir)?;
    let running = server::start_unannounced(config.clone(), data.clone(), Clock::System).await?;
    let desk = Desk::furnish(running.app.kernel(), 0).await?;
    let first = desk.tenants[0].number;
    let (tenants, now) = (desk.tenants.len() as i64, running.app.clock.now().millis());
    let rows = match (is_quick, is_large) {
        (true, _) => ROWS_IN_A_HURRY,
        (false, true) => ROWS_LARGE,
        (false, false) => ROWS,
    };
    running.stop_now().await;
    let mut pieces = Vec::new();
    for from in (1..=rows).step_by(ROWS_A_PIECE as usize) {
        let to = rows.min(from + ROWS_A_PIECE - 1);
        let params = bind! { from: from, to: to, first_tenant: first, tenants: tenants, now: now };
        pieces.push((statements::seed_requests(), params.to_vec()));
    }
    fill(&data.database(), "requests_all", &pieces)?;

    let running = server::start_unannounced(config, data.clone(), Clock::System).await?;
    let desk = Desk { kernel: running.app.kernel().clone(), ..desk };
    let (mut without, mut beside) = (Vec::new(), Vec::new());
    let (mut spent, mut backed, mut backup_bytes, mut log_bytes) = (Duration::ZERO, Duration::ZERO, 0, 0);
    let database_bytes = data.database().metadata().map_err(Error::internal)?.len();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        without.extend(write_until(&desk, async || tokio::time::sleep(span).await).await?.0);
        spent += began.elapsed();
        let began = Instant::now();
        let (taken, made) = write_until(&desk, async || back_up(&desk, &data, &mut log_bytes).await).await?;
        beside.extend(taken);
        backed += began.elapsed();
        backup_bytes = made?;
    }
    running.stop_now().await;
    let slowest = |taken: &[Duration]| taken.iter().max().map_or(0.0, |slowest| slowest.as_secs_f64() * 1e3);
    let (slowest_without, slowest_beside) = (slowest(&without), slowest(&beside));
    let (without, beside) = (rate_of(without, spent), rate_of(beside, backed));
    let slowdown = ratio(beside.times.p99_micros, without.times.p99_micros);
    let seconds = backed.as_secs_f64() / f64::from(ROUNDS);
    Ok(Backed {
        database_bytes,
        backup_bytes,
        seconds,
        submitters: SUBMITTERS,
        without,
        beside,
        slowest_without,
        slowest_beside,
        slowdown,
        log_bytes,
    })
}

/// Makes a backup, and says how large it is.
async fn back_up(desk: &Desk, data: &DataDir, log_bytes: &mut u64) -> Result<u64> {
    let begun = desk.kernel.begin_backup()?;
    let mut work = begun.ok_or_else(|| Error::internal("a backup is under way already"))?;
    loop {
        let log = data.database().with_extension("db-wal").metadata().map_or(0, |found| found.len());
        *log_bytes = log.max(*log_bytes);
        match work.next().await {
            Step::Progress(..) => {}
            Step::End(made) => return made.map(|made| made.backup.bytes),
        }
    }
}

/// Writes from many submitters until something else is done, and says how long each write took.
async fn write_until<T>(desk: &Desk, other: impl AsyncFnOnce() -> T) -> Result<(Vec<Duration>, T)> {
    let is_over = AtomicBool::new(false);
    let writing = try_join_all((0..SUBMITTERS).map(|nth| write(desk, nth, &is_over)));
    let ending = async {
        let outcome = other().await;
        is_over.store(true, Ordering::Relaxed);
        outcome
    };
    let (taken, outcome) = tokio::join!(writing, ending);
    Ok((taken?.concat(), outcome))
}

async fn write(desk: &Desk, nth: usize, is_over: &AtomicBool) -> Result<Vec<Duration>> {
    let (tenant, mut taken) = (desk.tenant_of(nth), Vec::new());
    while !is_over.load(Ordering::Relaxed) {
        let (began, draft) = (Instant::now(), desk.draft());
        let insert = move |tx: &crate::base::db::Write<'_>| {
            tx.one::<RequestRow>(statements::insert(), &draft.params()).map(drop)
        };
        desk.kernel.db.write(&tenant, insert).await?;
        taken.push(began.elapsed());
    }
    Ok(taken)
}

pub fn words(backed: &Backed) -> String {
    let row = |what: &str, rate: &Rate, slowest: f64| {
        vec![
            what.to_owned(),
            number(rate.per_second),
            number(rate.times.p50_micros),
            number(rate.times.p99_micros),
            format!("{slowest:>7.1}"),
        ]
    };
    let rows = [
        row("without a backup", &backed.without, backed.slowest_without),
        row("beside a backup", &backed.beside, backed.slowest_beside),
    ];
    format!(
        "{}\n\nA database of {} is backed up to {} in {:.1} s; the write-ahead log grew to {}.",
        table(&["16 submitters", "writes/s", "p50", "p99", "slowest ms"], &rows),
        megabytes(backed.database_bytes),
        megabytes(backed.backup_bytes),
        backed.seconds,
        megabytes(backed.log_bytes)
    )
}
