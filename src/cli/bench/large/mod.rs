//! Millions of jobs: how long a claim takes beside few, what a server needs to start and to hold,
//! and how soon every list, count and search answers. In an instance of its own, with a thousand
//! tenants, of which one has a fifth of all jobs.

mod claim;
mod looks;
mod seed;
mod words;

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::start::{Server, memory_of};
use super::stats::ratio;
use crate::base::config::Config;
use crate::base::data_dir::DataDir;
use crate::base::{Error, Result};
use claim::Claimed;
pub use looks::Look;
pub use words::words;

pub const TENANTS: usize = 1_000;

/// Jobs that wait.
const SIZES: [usize; 3] = [10_000, 1_000_000, 5_000_000];
const SIZES_IN_A_HURRY: [usize; 3] = [10_000, 12_000, 15_000];

/// How long a server idles before its memory is read.
const IDLE: Duration = Duration::from_secs(1);

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Large {
    pub tenants: usize,
    pub claims: Vec<Claims>,
    /// How long the fastest claim takes with the most jobs, beside with the fewest.
    pub spread_growth: Option<f64>,
    pub alone_growth: Option<f64>,
    pub file_bytes: u64,
    pub seeded_seconds: f64,
    /// From the start of the process to the first answer.
    pub start_millis: f64,
    pub idle_bytes: Option<u64>,
    /// After every look.
    pub bytes_after: Option<u64>,
    pub looks: Vec<Look>,
}

/// Claims of 100 jobs, until written and without the flush of the disk.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Claims {
    pub waiting: usize,
    /// From as many tenants.
    pub spread: Claimed,
    /// From one tenant, while no other has any.
    pub alone: Claimed,
}

pub async fn measure(config: &Config, dir: &Path, file: Option<&Path>, is_quick: bool) -> Result<Large> {
    let mut config = config.clone();
    config.server.data = dir.to_owned();
    config.jobs.concurrency = 0;
    let mut crowd = seed::Crowd::gather(&config).await?;
    let mut claims = Vec::new();
    let mut seeding = Duration::ZERO;
    for waiting in if is_quick { SIZES_IN_A_HURRY } else { SIZES } {
        let began = Instant::now();
        crowd.grow(waiting)?;
        seeding += began.elapsed();
        let spread = claim::measure(&config).await?;
        crowd.suspend_others(true)?;
        let alone = claim::measure(&config).await?;
        crowd.suspend_others(false)?;
        claims.push(Claims { waiting, spread, alone });
    }
    let file_bytes = crowd.file.metadata().map_err(Error::internal)?.len();
    let binary = std::env::current_exe().map_err(Error::internal)?;
    let (server, took) =
        Server::start_with(&binary, dir, file, &[("STEADING__JOBS__CONCURRENCY", "0")]).await?;
    tokio::time::sleep(IDLE).await;
    let idle_bytes = memory_of(server.pid(), "VmRSS:");
    let looks = looks::measure(server.address, &crowd, is_quick).await?;
    let bytes_after = memory_of(server.pid(), "VmRSS:");
    server.stop().await?;
    let growth = |claimed: fn(&Claims) -> &Claimed| {
        let (first, last) = (claims.first()?, claims.last()?);
        ratio(claimed(last).least_micros, claimed(first).least_micros)
    };
    Ok(Large {
        tenants: TENANTS,
        spread_growth: growth(|claims| &claims.spread),
        alone_growth: growth(|claims| &claims.alone),
        claims,
        file_bytes,
        seeded_seconds: seeding.as_secs_f64(),
        start_millis: took.as_secs_f64() * 1e3,
        idle_bytes,
        bytes_after,
        looks,
    })
}

impl Large {
    /// The slowest list, count or search. What a bulk act would find is none of these: it is looked
    /// for to the end, a little at a time.
    pub fn slowest_look(&self) -> Option<f64> {
        let looks = self.looks.iter().filter(|look| look.look != looks::MANY);
        looks.map(|look| look.slowest_millis).max_by(f64::total_cmp)
    }
}

/// Where the database lies.
fn database(config: &Config) -> Result<std::path::PathBuf> {
    Ok(DataDir::prepare(&config.server.data)?.database())
}
