//! `serve`: the instance at work until it is told to stop.

use std::net::SocketAddr;

use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::arguments::{Common, Serve};
use super::configuration;
use super::output::Output;
use crate::base::data_dir::DataDir;
use crate::base::db::Upgrade;
use crate::base::{Clock, Error, Result};
use crate::server::{self, Running, start_logging, tell_manager, watchdog_period};

pub async fn serve(common: &Common, arguments: Serve, output: &Output) -> Result<()> {
    let mut config = configuration(common)?;
    if let Some(listen) = arguments.listen {
        config.server.listen = listen;
    }
    start_logging(&config.log)?;
    // Whoever has read the greeting may send a signal at once.
    let mut signals = Signals::listen()?;
    let data = DataDir::prepare(&config.server.data)?;
    let mut running = server::start(config, data, Clock::System).await?;
    let code = first_code(&running).await?;
    greet(&running, code.as_deref(), output);
    tell_manager("READY=1");
    let turning = tokio::task::spawn_local(keep_turning());
    loop {
        tokio::select! {
            asked = signals.next() => match asked {
                Asked::Reload => reload(&mut running, common),
                Asked::Stop => break,
            },
            ready = running.ready() => running.exchange(ready).await?,
        }
    }
    turning.abort();
    tell_manager("STOPPING=1");
    tracing::info!("stopping: requests in flight are finished first");
    running.stop().await
}

/// Tells the service manager that this thread, which accepts and keeps in order, still turns.
async fn keep_turning() {
    let Some(period) = watchdog_period() else { return };
    loop {
        tell_manager("WATCHDOG=1");
        tokio::time::sleep(period).await;
    }
}

/// Reads the configuration again. One with an error changes nothing.
fn reload(running: &mut Running, common: &Common) {
    match configuration(common).and_then(|config| running.reload(&config)) {
        Ok(done) => {
            tracing::info!(taken = %done.taken.join(", "), "the configuration was read again");
            if !done.waiting.is_empty() {
                tracing::warn!(options = %done.waiting.join(", "), "these options changed and need a restart");
            }
        }
        Err(error) => {
            tracing::error!(%error, "the changed configuration can't be used; nothing was changed");
        }
    }
}

/// The code that makes the first owner, while there is none.
async fn first_code(running: &Running) -> Result<Option<String>> {
    if running.app.has_owner().await? {
        return Ok(None);
    }
    running.app.make_setup_code(&running.app.operator()?).await.map(Some)
}

fn greet(running: &Running, code: Option<&str>, output: &Output) {
    let (app, url) = (&running.app, own_url(running));
    let data = app.data.path().canonicalize().unwrap_or_else(|_| app.data.path().to_owned());
    let upgrade = app.db.upgrade();
    let setup = code.map(|code| format!("{}/setup#code={code}", public_url(running)));
    let value = json!({ "url": url, "setup": setup, "api": format!("{url}/api"), "data": data, "schemaVersion": upgrade.to });
    output.show(&value, || {
        let next = match &setup {
            Some(link) => format!(
                "{link}\n         makes the first owner, for 30 minutes; or: steading account create --email you@example.org --owner"
            ),
            None => "steading token create --account you@example.org   a token for the API".to_owned(),
        };
        format!(
            "Steading {version} is running.\n\n  Open   {url}\n  API    {url}/api  (described in /api/openapi.json)\n  \
             Data   {data}{upgraded}\n  Next   {next}\n",
            version = env!("CARGO_PKG_VERSION"),
            data = data.display(),
            upgraded = upgraded(upgrade),
        )
    });
}

/// The address under which people reach the server.
fn public_url(running: &Running) -> String {
    match running.app.config.server.public_url.trim_end_matches('/') {
        "" => own_url(running),
        url => url.to_owned(),
    }
}

fn own_url(running: &Running) -> String {
    let scheme = if running.certificates.is_some() { "https" } else { "http" };
    format!("{scheme}://{}", reachable(running.address))
}

fn upgraded(upgrade: &Upgrade) -> String {
    match (upgrade.from, &upgrade.copy) {
        (Some(from), Some(copy)) => format!(
            "\n         upgraded from schema {from} to {}; the copy from before is {}",
            upgrade.to,
            copy.display()
        ),
        _ => String::new(),
    }
}

/// An address that a browser on this machine can open.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => SocketAddr::from(([127, 0, 0, 1], v4.port())),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => {
            SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, v6.port()))
        }
        other => other,
    }
}

/// What a signal asks for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Stop,
    Reload,
}

/// The signals that end the server in order, and the one that lets it read its configuration again.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).map_err(Error::internal);
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::Stop,
            _ = self.interrupt.recv() => Asked::Stop,
            _ = self.hang_up.recv() => Asked::Reload,
        }
    }
}
