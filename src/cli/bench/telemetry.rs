//! What telemetry costs: the same reads of an instance that keeps it and of one that does not, by turns, so that what disturbs the machine disturbs both. And that its file keeps to its size, while
//! far more is kept than there is room for.

use std::path::Path;
use std::time::Duration;

use bytesize::ByteSize;
use serde::Serialize;

use super::desk::Desk;
use super::load::{self, Outcome};
use super::report::{megabytes, named};
use super::stats::{Rate, rate_of, ratio};
use super::{aside, http};
use crate::base::config::Config;
use crate::base::data_dir::DataDir;
use crate::base::{Clock, Error, Result};
use crate::kernel::telemetry::Figures;
use crate::server::{self, Running};

const CONNECTIONS: usize = 16;

/// Turns of each: many and short, as a difference of a few percent is looked for.
const TURNS: u32 = 12;

/// Requests that can be read.
const REQUESTS: usize = 2_000;

/// A file so small that everything that is kept does not fit.
const SMALL: u64 = 2 * 1024 * 1024;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Telemetry {
    pub on: Rate,
    pub off: Rate,
    /// What of the rate is lost, in percent.
    pub cost_percent: Option<f64>,
    pub kept: u64,
    pub errors: usize,
    /// What a file took into which far more was written, and what it may take.
    pub file_bytes: u64,
    pub most_bytes: u64,
    pub written: u64,
}

pub async fn measure(settings: &Config, data: &Path, span: Duration) -> Result<Telemetry> {
    let on = start(settings, &data.join("on"), |_| {}).await?;
    let off = start(settings, &data.join("off"), |config| config.telemetry.enabled = false).await?;
    let (with, without) = (taken(&on).await?, taken(&off).await?);
    let measured = aside(move || {
        let (mut with_sum, mut without_sum) = (Outcome::default(), Outcome::default());
        for _ in 0..TURNS {
            for (taken, sum) in [(&with, &mut with_sum), (&without, &mut without_sum)] {
                let turn = load::send(taken.address, &taken.requests, 200, CONNECTIONS, span / TURNS)?;
                sum.taken.extend(turn.taken);
                sum.errors += turn.errors;
            }
        }
        Ok((with_sum, without_sum))
    });
    let (with, without) = measured.await?;
    let errors = with.errors + without.errors;
    let (with, without) = (rate_of(with.taken, span), rate_of(without.taken, span));
    let kept = on.app.telemetry.figures().kept;
    on.stop_now().await;
    off.stop_now().await;
    let full = fill(settings, &data.join("full"), span).await?;
    Ok(Telemetry {
        on: with,
        off: without,
        cost_percent: ratio(with.per_second, without.per_second).map(|share| (1.0 - share) * 100.0),
        kept,
        errors,
        file_bytes: full.file_size,
        most_bytes: SMALL,
        written: full.written,
    })
}

/// Keeps everything in a small file for a while.
async fn fill(settings: &Config, data: &Path, span: Duration) -> Result<Figures> {
    let everything = |config: &mut Config| {
        config.telemetry.max_size = ByteSize::b(SMALL);
        config.telemetry.always = 1_000_000;
    };
    let running = start(settings, data, everything).await?;
    let Taken { address, requests } = taken(&running).await?;
    aside(move || load::send(address, &requests, 200, CONNECTIONS, span).map(drop)).await?;
    running.app.telemetry.flush().await?;
    let figures = running.app.telemetry.figures();
    running.stop_now().await;
    Ok(figures)
}

/// What is asked of whom.
struct Taken {
    address: std::net::SocketAddr,
    requests: Vec<Vec<u8>>,
}

async fn taken(running: &Running) -> Result<Taken> {
    let desk = Desk::furnish(running.app.kernel(), REQUESTS).await?;
    Ok(Taken { address: running.address, requests: http::shown(&desk)? })
}

async fn start(settings: &Config, data: &Path, change: impl FnOnce(&mut Config)) -> Result<Running> {
    let mut config = settings.clone();
    config.server.data = data.to_owned();
    change(&mut config);
    std::fs::create_dir_all(data).map_err(Error::internal)?;
    server::start(config, DataDir::prepare(data)?, Clock::System).await
}

pub fn words(measured: &Telemetry) -> String {
    let cost = measured.cost_percent.map_or("unknown".into(), |cost| format!("{cost:.1} %"));
    named(&[
        ("one request by id, with telemetry", format!("{:.0} /s", measured.on.per_second)),
        ("and without", format!("{:.0} /s", measured.off.per_second)),
        ("cost", cost),
        ("requests that were kept", measured.kept.to_string()),
        ("spans written to a small file", measured.written.to_string()),
        ("size of that file", megabytes(measured.file_bytes)),
        ("which it may have", megabytes(measured.most_bytes)),
    ])
}
