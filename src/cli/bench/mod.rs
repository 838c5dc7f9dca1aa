//! `bench`: what this machine does with this binary, measured in a directory of its own beside the
//! data, on the same disk. It never touches the data and may run while a server does.
//!
//! Every comparison is made in the same run, because only its ratio means something on a machine
//! that does other things too.

mod aims;
mod backup;
mod desk;
mod disk;
mod events;
mod http;
mod idle;
mod jobs;
mod large;
mod load;
mod neighbours;
mod reads;
mod recovery;
mod report;
mod sign_ins;
mod start;
mod statements;
mod stats;
mod telemetry;
mod tokens;
mod writes;

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::spawn_blocking;

use super::arguments::{Bench, Part};
use super::output::Output;
use crate::base::config::Config;
use crate::base::data_dir::DataDir;
use crate::base::{Clock, Error, Result};
use crate::server::{self, start_logging};
use desk::{Desk, TENANTS};
pub(super) use disk::measure as flush_times;
use report::{Machine, Report};

/// What a shell says of a command that was interrupted.
const INTERRUPTED: i32 = 130;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// How long one figure is measured.
    span: Duration,
    requests: usize,
    /// Jobs behind which a newcomer comes.
    backlog: usize,
    starts: usize,
    /// Long enough that everything that happens now and then happens once.
    idle: Duration,
}

impl Pace {
    const FULL: Self = Self {
        span: Duration::from_millis(1_500),
        requests: 50_000,
        backlog: 100_000,
        starts: 5,
        idle: Duration::from_secs(15),
    };
    const QUICK: Self = Self {
        span: Duration::from_millis(200),
        requests: 2_000,
        backlog: 5_000,
        starts: 1,
        idle: Duration::from_secs(1),
    };
}

pub async fn bench(config: Config, file: Option<&Path>, arguments: Bench, output: &Output) -> Result<()> {
    if arguments.hold {
        return recovery::hold(config).await;
    }
    let dir = make_dir(&config.server.data)?;
    let measured = tokio::select! {
        report = measure(config, file, dir.path(), &arguments, output) => Some(report?),
        () = interrupted() => None,
    };
    // Threads that still measure would keep the process, so it goes without them.
    let Some(report) = measured else {
        drop(dir);
        std::process::exit(INTERRUPTED);
    };
    let aims = aims::judge(&report);
    let mut value = json!(report);
    value["aims"] = json!(aims);
    output.show(&value, || report::words(&report, &aims));
    Ok(())
}

/// Measures one thing after the other: nothing runs beside what is being measured.
async fn measure(
    mut config: Config,
    file: Option<&Path>,
    dir: &Path,
    wanted: &Bench,
    output: &Output,
) -> Result<Report> {
    let say = |what: &str| {
        if !output.json {
            eprintln!("measuring {what} …");
        }
    };
    config.server.listen = "127.0.0.1:0".into();
    config.server.data = dir.join("data");
    config.log.level = "warn".into();
    // What is measured is the machine, and how limits keep tenants apart in a part of its own.
    let limits = config.limits.clone();
    config.limits.rates = false;
    start_logging(&config.log)?;
    let pace = if wanted.quick { Pace::QUICK } else { Pace::FULL };
    let synchronous = json!(config.database.synchronous);
    let mut report =
        Report::of(Machine::here(synchronous.as_str().unwrap_or_default().into(), pace.requests, TENANTS));
    if wanted.wants(Part::Disk) || wanted.wants(Part::Jobs) {
        say("the disk");
        let here = dir.to_owned();
        report.flush = Some(aside(move || disk::measure(&here, pace.span)).await?);
    }
    if wanted.wants_any(&AT_THE_DESK) {
        measure_desk(&config, file, wanted, pace, &mut report, say).await?;
    }
    if wanted.wants(Part::Neighbours) {
        say("neighbours");
        let (dir, requests) = (dir.join("neighbours"), pace.requests / 10);
        report.neighbours = Some(neighbours::measure(&config, &limits, &dir, requests, pace.span).await?);
    }
    let tenants = wanted.tenants.map_or(TENANTS, |tenants| tenants as usize);
    if wanted.wants(Part::Jobs) {
        say("jobs");
        let backlog = wanted.jobs.map_or(pace.requests, |jobs| jobs as usize);
        report.jobs = Some(jobs::measure(&config, &dir.join("jobs"), pace, backlog, tenants).await?);
    }
    if wanted.wants(Part::Events) {
        say("events");
        let dir = dir.join("events");
        report.events = Some(events::measure(&config, &dir, pace.span, pace.requests, tenants).await?);
    }
    if wanted.wants(Part::Telemetry) {
        say("telemetry");
        report.telemetry = Some(telemetry::measure(&config, &dir.join("told"), pace.span * 2).await?);
    }
    if wanted.wants(Part::Start) {
        say("the start");
        report.start = Some(start::measure(&dir.join("started"), file, pace.starts).await?);
    }
    if wanted.wants(Part::Recovery) {
        say("recovery");
        report.recovery = Some(recovery::measure(&dir.join("killed"), file, &config).await?);
    }
    if wanted.wants(Part::Idle) {
        say("idleness");
        report.idle = Some(idle::measure(&config, &dir.join("idle"), file, pace.idle).await?);
    }
    if wanted.wants(Part::Backup) {
        say("a backup beside writes");
        let (dir, span) = (dir.join("backup"), pace.span);
        report.backup = Some(backup::measure(&config, &dir, span, wanted.large, wanted.quick).await?);
    }
    if wanted.wants(Part::Large) {
        say("very many jobs");
        report.large = Some(large::measure(&config, &dir.join("large"), file, wanted.quick).await?);
    }
    Ok(report)
}

/// What is measured in the instance that has tenants with requests in them.
const AT_THE_DESK: [Part; 5] = [Part::Reads, Part::Http, Part::Writes, Part::Tokens, Part::SignIns];

async fn measure_desk(
    config: &Config,
    file: Option<&Path>,
    wanted: &Bench,
    pace: Pace,
    report: &mut Report,
    say: impl Fn(&str),
) -> Result<()> {
    let synchronous = config.database.synchronous;
    let running =
        server::start(config.clone(), DataDir::prepare(&config.server.data)?, Clock::System).await?;
    let (address, database) = (running.address, running.app.data.database());
    let desk = Desk::furnish(running.app.kernel(), pace.requests).await?;
    if wanted.wants(Part::Reads) {
        let (at, path) = (desk.clone(), database.clone());
        let measured = aside(move || reads::measure(&at, &path, synchronous, pace.span)).await?;
        report.reads = Some(measured);
    }
    if wanted.wants(Part::Http) {
        say("HTTP");
        let at = desk.clone();
        report.http = Some(aside(move || http::measure(&at, address, pace.span)).await?);
    }
    if wanted.wants(Part::Writes) {
        say("writes");
        let at = desk.clone();
        let measured = aside(move || writes::measure(&at, &database, synchronous, pace.span)).await?;
        report.writes = Some(measured);
    }
    if wanted.wants(Part::Tokens) {
        say("tokens");
        let (at, keys) = (desk.clone(), running.app.data.keys());
        report.tokens = Some(aside(move || tokens::measure(&at, &keys, pace.span)).await?);
    }
    if !wanted.wants(Part::SignIns) {
        running.stop_now().await;
        return Ok(());
    }
    say("sign-ins");
    let (crowd, shown) = (sign_ins::gather(&desk).await?, http::shown(&desk)?);
    drop(desk);
    running.stop_now().await;
    let measured = sign_ins::measure(&config.server.data, file, crowd, shown, pace.span * 2).await?;
    report.sign_ins = Some(measured);
    Ok(())
}

/// Runs what blocks on a thread of its own, so that this one still hears signals.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    spawn_blocking(work).await.map_err(Error::internal)?
}

/// A directory on the disk of the data, gone when it is dropped.
fn make_dir(data: &Path) -> Result<TempDir> {
    let nearest = data.ancestors().find(|path| path.is_dir()).unwrap_or(Path::new("."));
    tempfile::Builder::new().prefix("steading-bench-").tempdir_in(nearest).map_err(|error| {
        Error::unavailable(format!(
            "{} can't be written, and measuring needs the disk of the data; choose another with --data.",
            nearest.display()
        ))
        .caused_by(error)
    })
}

async fn interrupted() {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
