//! Recovery: a process that runs many jobs is killed with SIGKILL, and a server is started on what
//! it left.

use std::io::BufReader;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Deserializer, Value, json};
use tokio::task::spawn_blocking;

use super::desk::Desk;
use super::start::Server;
use super::statements;
use crate::base::config::Config;
use crate::base::data_dir::DataDir;
use crate::base::db::{Only, Plain, Write};
use crate::base::{Clock, Error, Result};
use crate::cli::output::print_line;
use crate::kernel::Features;
use crate::kernel::Who;
use crate::kernel::jobs::{Ctx, JobKind, KindInfo, Outcome, Work};
use crate::server;

const JOBS: usize = 1_000;

/// How long the jobs may take until all have run again.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recovery {
    /// Jobs that ran when the process was killed.
    pub jobs: usize,
    /// From the start of the process to its first answer. All of them are ready again by then.
    pub ready_millis: f64,
    /// Until the last of them has run again.
    pub done_millis: f64,
}

/// A job of a kind that every server knows, in a process in which it never ends.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Endless {}

static BEGUN: AtomicUsize = AtomicUsize::new(0);

impl Work for Endless {
    const KIND: KindInfo = KindInfo::new("system.ping", "Never ends");

    async fn run(self, _: Ctx) -> Result<Outcome> {
        BEGUN.fetch_add(1, Ordering::Relaxed);
        std::future::pending().await
    }
}

/// Runs jobs that never end in this directory, says so, and stays until it is killed.
pub async fn hold(mut config: Config) -> Result<()> {
    config.server.listen = "127.0.0.1:0".into();
    config.jobs.concurrency = 0;
    config.jobs.tenant_concurrency = 10_000;
    let data = DataDir::prepare(&config.server.data)?;
    let features = Features { jobs: vec![JobKind::of::<Endless>()], ..Features::default() };
    let running = server::start_with(config, data, Clock::System, &features).await?;
    let kernel = running.app.kernel();
    let desk = Desk::furnish(kernel, 0).await?;
    kernel.jobs.start(kernel, JOBS)?;
    for tenant in desk.tenants.iter() {
        let tenant =
            kernel.tenants.find_by_id(tenant.id).ok_or_else(|| Error::internal("a tenant is gone"))?;
        let who = Who { tenant, ..kernel.operator()? };
        let (by, count) = (who.clone(), JOBS / desk.tenants.len());
        let enqueue =
            move |tx: &Write<'_>| (0..count).try_for_each(|_| Endless {}.order().enqueue(tx, &by).map(drop));
        kernel.db.write(&who, enqueue).await?;
    }
    while BEGUN.load(Ordering::Relaxed) < JOBS {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    print_line(&json!({ "holds": JOBS }).to_string());
    std::future::pending().await
}

pub async fn measure(data: &Path, config: Option<&Path>, settings: &Config) -> Result<Recovery> {
    let binary = std::env::current_exe().map_err(Error::internal)?;
    kill_while_it_holds(&binary, data, config).await?;
    let began = Instant::now();
    let (server, ready) = Server::start(&binary, data, config).await?;
    let file = DataDir::prepare(data)?.database();
    let plain = Plain::open(&file, settings.database.synchronous)?;
    let mut jobs = 0;
    while jobs < JOBS && began.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(2)).await;
        let counted: Vec<Only<i64>> = plain.all(statements::count_recovered(), &[])?;
        jobs = counted.first().map_or(0, |Only(jobs)| usize::try_from(*jobs).unwrap_or_default());
    }
    let done = began.elapsed();
    server.stop().await?;
    Ok(Recovery { jobs, ready_millis: ready.as_secs_f64() * 1e3, done_millis: done.as_secs_f64() * 1e3 })
}

async fn kill_while_it_holds(binary: &Path, data: &Path, config: Option<&Path>) -> Result<()> {
    let mut command = Command::new(binary);
    command.args(["bench", "--hold", "--json", "--data"]).arg(data);
    if let Some(config) = config {
        command.arg("--config").arg(config);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(Error::internal)?;
    let words = child.stdout.take();
    let held = spawn_blocking(move || {
        Deserializer::from_reader(BufReader::new(words?)).into_iter::<Value>().next()?.ok()
    });
    let held = tokio::time::timeout(PATIENCE, held).await;
    // On Unix this is SIGKILL.
    child.kill().map_err(Error::internal)?;
    child.wait().map_err(Error::internal)?;
    match held {
        Ok(Ok(Some(_))) => Ok(()),
        _ => Err(Error::unavailable("A process that was to run jobs did not; see whether the disk is full.")),
    }
}
