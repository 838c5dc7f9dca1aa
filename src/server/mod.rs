//! The whole: one instance from one list of addons, started and stopped in order.

mod courtesy;
mod listener;
mod logging;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::addons;
use crate::base::config::Config;
use crate::base::data_dir::{DataDir, Lock};
use crate::base::{Clock, Result};
use crate::http::App;
use crate::kernel::jobs::schedules::keep_in_instance;
use crate::kernel::upkeep::{self, Bells};
use crate::kernel::{Features, Kernel, events};

use listener::{Listener, listen};
pub use logging::start_logging;

/// An instance that serves.
pub struct Running {
    pub address: SocketAddr,
    pub app: App,
    handle: ServerHandle,
    closing: Arc<Notify>,
    serving: JoinHandle<std::io::Result<()>>,
    upkeep: JoinHandle<()>,
    lock: Lock,
}

/// Opens the data directory, serves it and tells other processes where. It must be called within an
/// actix system.
pub async fn start(config: Config, data: DataDir, clock: Clock) -> Result<Running> {
    let mut running = start_unannounced(config, data, clock).await?;
    running.lock.serving_at(&running.address.to_string())?;
    Ok(running)
}

/// The same without telling anybody, for a server that runs for one command only.
pub async fn start_unannounced(config: Config, data: DataDir, clock: Clock) -> Result<Running> {
    start_with(config, data, clock, &addons::features()).await
}

/// The same with what these features bring.
pub async fn start_with(config: Config, data: DataDir, clock: Clock, features: &Features) -> Result<Running> {
    let lock = data.lock()?;
    let kernel = Arc::new(Kernel::open(config, data, clock, features)?);
    let bells = Bells::hang();
    let app = App::new(Arc::clone(&kernel), addons::table()?, bells.clone());
    kernel.jobs.recover(&kernel).await?;
    events::furnish(&kernel).await?;
    if kernel.config.jobs.concurrency > 0 {
        let schedules: Vec<_> = addons::schedules().collect();
        keep_in_instance(&kernel, &schedules).await?;
    }
    let Listener { server, address, closing } = listen(&app)?;
    kernel.jobs.start(&kernel, kernel.config.jobs.concurrency)?;
    let handle = server.handle();
    let serving = tokio::task::spawn_local(server);
    let upkeep = tokio::task::spawn_local(upkeep::keep_running(kernel, bells));
    Ok(Running { address, app, handle, closing, serving, upkeep, lock })
}

impl Running {
    /// Finishes requests in flight, drains the writer, folds the log into the file.
    pub async fn stop(self) -> Result<()> {
        self.closing.notify_waiters();
        self.shut(true).await;
        Ok(())
    }

    /// Stops without waiting for requests, for tests and short commands.
    pub async fn stop_now(self) {
        self.shut(false).await;
    }

    async fn shut(self, gracefully: bool) {
        self.app.close();
        self.handle.stop(gracefully).await;
        let _ = self.serving.await;
        self.upkeep.abort();
        let grace = if gracefully { self.app.config.server.grace.into() } else { Duration::ZERO };
        self.app.jobs.stop(self.app.kernel(), grace).await;
        self.app.db.close();
        self.app.telemetry.close().await;
    }
}
