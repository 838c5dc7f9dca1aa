//! `serve`: the instance at work until it is told to stop.

use std::net::SocketAddr;

use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::arguments::Serve;
use super::output::Output;
use crate::base::config::Config;
use crate::base::data_dir::DataDir;
use crate::base::db::Upgrade;
use crate::base::{Clock, Error, Result};
use crate::server::{self, Running, start_logging};

pub async fn serve(mut config: Config, arguments: Serve, output: &Output) -> Result<()> {
    if let Some(listen) = arguments.listen {
        config.server.listen = listen;
    }
    start_logging(&config.log)?;
    // Whoever has read the greeting may send a signal at once.
    let mut signals = Signals::listen()?;
    let data = DataDir::prepare(&config.server.data)?;
    let running = server::start(config, data, Clock::System).await?;
    let code = first_code(&running).await?;
    greet(&running, code.as_deref(), output);
    signals.any().await;
    tracing::info!("stopping: requests in flight are finished first");
    running.stop().await
}

/// The code that makes the first owner, while there is none.
async fn first_code(running: &Running) -> Result<Option<String>> {
    if running.app.has_owner().await? {
        return Ok(None);
    }
    running.app.make_setup_code(&running.app.operator()?).await.map(Some)
}

fn greet(running: &Running, code: Option<&str>, output: &Output) {
    let (app, url) = (&running.app, format!("http://{}", reachable(running.address)));
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
        "" => format!("http://{}", reachable(running.address)),
        url => url.to_owned(),
    }
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

/// The signals that end the server in order.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).map_err(Error::internal);
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
