//! Claims as the engine makes them: picked in memory, written in one round.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::config::Config;
use crate::base::data_dir::DataDir;
use crate::base::db::Synchronous;
use crate::base::{Clock, Error, Result};
use crate::cli::bench::stats::{Times, times_of};
use crate::kernel::Features;
use crate::kernel::jobs::{Ctx, JobKind, KindInfo, Outcome, Work};
use crate::server;

const AT_ONCE: usize = 100;

/// All together no more than one tenant's part of the fewest jobs.
const ROUNDS: usize = 15;

/// Rounds that are not counted: caches are cold, statements not prepared.
const WARMING: usize = 3;

/// How often the instance is started for it.
const STARTS: usize = 3;

/// A job that never ends.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Hold<const NTH: usize> {}

const NAMES: [&str; 3] = ["bench.hold", "bench.mail", "bench.report"];

impl<const NTH: usize> Work for Hold<NTH> {
    const KIND: KindInfo = KindInfo::new(NAMES[NTH], "Never ends");

    async fn run(self, _: Ctx) -> Result<Outcome> {
        std::future::pending().await
    }
}

static KINDS: &[JobKind] = &[JobKind::of::<Hold<0>>(), JobKind::of::<Hold<1>>(), JobKind::of::<Hold<2>>()];

/// How long claims took.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Claimed {
    #[serde(flatten)]
    pub times: Times,
    /// The fastest one: what a claim takes when the machine does nothing else.
    pub least_micros: f64,
}

pub async fn measure(config: &Config) -> Result<Claimed> {
    let mut taken = Vec::with_capacity(STARTS * ROUNDS);
    for _ in 0..STARTS {
        taken.extend(claims(config).await?);
    }
    let least = taken.iter().min().copied().unwrap_or_default();
    Ok(Claimed { times: times_of(taken), least_micros: least.as_secs_f64() * 1e6 })
}

/// What was claimed goes back when this is over.
async fn claims(config: &Config) -> Result<Vec<Duration>> {
    let mut config = config.clone();
    config.jobs.tenant_concurrency = 10_000;
    // A flush takes the same time however many jobs there are, and would hide what does not.
    config.database.synchronous = Synchronous::Normal;
    let data = DataDir::prepare(&config.server.data)?;
    // With a clock that stands nothing else drives the rounds.
    let clock = Clock::standing_at(Clock::System.now());
    let features = Features { jobs: KINDS.to_vec(), ..Features::default() };
    let running = server::start_with(config, data, clock, &features).await?;
    let kernel = running.app.kernel();
    let mut taken: Vec<Duration> = Vec::with_capacity(ROUNDS);
    for round in 1..=ROUNDS {
        let began = Instant::now();
        let (report, _) = kernel.jobs.step(kernel, round * AT_ONCE).await?;
        let took = began.elapsed();
        if report.claimed != AT_ONCE {
            return Err(Error::internal(format!("a claim of {AT_ONCE} found {}", report.claimed)));
        }
        if round > WARMING {
            taken.push(took);
        }
    }
    running.stop_now().await;
    Ok(taken)
}
