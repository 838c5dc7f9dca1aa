//! Idleness: what a server takes of a processor while nobody wants anything of it, with some
//! tenants and schedules that fire at another time.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use super::desk::Desk;
use super::start::Server;
use crate::base::config::Config;
use crate::base::data_dir::DataDir;
use crate::base::db::Write;
use crate::base::{Clock, Error, Result};
use crate::kernel::jobs::schedules::{NewSchedule, create_schedule};
use crate::kernel::{Hand, Who};
use crate::server;

const SCHEDULES_OF_EACH: usize = 3;

/// How long a server may take to come to rest.
const SETTLED: Duration = Duration::from_secs(2);

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Idle {
    pub tenants: usize,
    pub schedules: usize,
    pub seconds: f64,
    /// Of one processor; nothing where the system does not say.
    pub percent: Option<f64>,
}

pub async fn measure(settings: &Config, data: &Path, config: Option<&Path>, span: Duration) -> Result<Idle> {
    let (tenants, schedules) = furnish(settings, data).await?;
    let binary = std::env::current_exe().map_err(Error::internal)?;
    let (server, _) = Server::start(&binary, data, config).await?;
    tokio::time::sleep(SETTLED).await;
    let before = busy(server.pid());
    tokio::time::sleep(span).await;
    let after = busy(server.pid());
    server.stop().await?;
    let used = before.zip(after).map(|(before, after)| after.saturating_sub(before));
    let percent = used.map(|used| used.as_secs_f64() / span.as_secs_f64() * 100.0);
    Ok(Idle { tenants, schedules, seconds: span.as_secs_f64(), percent })
}

/// Makes the tenants and their schedules.
async fn furnish(settings: &Config, data: &Path) -> Result<(usize, usize)> {
    let mut config = settings.clone();
    config.server.data = data.to_owned();
    config.jobs.concurrency = 0;
    let running = server::start(config, DataDir::prepare(data)?, Clock::System).await?;
    let kernel = running.app.kernel();
    let desk = Desk::furnish(kernel, 0).await?;
    for tenant in desk.tenants.iter() {
        let tenant =
            kernel.tenants.find_by_id(tenant.id).ok_or_else(|| Error::internal("a tenant is gone"))?;
        let who = Who { tenant, ..kernel.operator()? };
        let (by, now) = (Hand::of_server(who.clone()), kernel.clock.now());
        let make = move |tx: &Write<'_>| {
            (0..SCHEDULES_OF_EACH).try_for_each(|nth| {
                let new =
                    json!({ "name": format!("yearly-{nth}"), "cron": "0 0 1 1 *", "jobName": "system.ping" });
                let new: NewSchedule = serde_json::from_value(new).map_err(Error::internal)?;
                create_schedule(tx, &by, &new, now).map(drop)
            })
        };
        kernel.db.write(&who, make).await?;
    }
    let tenants = desk.tenants.len();
    drop(desk);
    running.stop_now().await;
    Ok((tenants, tenants * SCHEDULES_OF_EACH))
}

/// How long the threads of a process have run; nothing where the system does not say.
fn busy(pid: u32) -> Option<Duration> {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let nanos = threads.map(|thread| {
        let text = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    nanos.sum::<Option<u64>>().map(Duration::from_nanos)
}
