//! The whole: one instance from one list of addons, started and stopped in order.

mod courtesy;
mod crowd;
mod exchange;
mod listener;
mod logging;
mod notify;
mod open_files;
mod reload;
mod stream;
mod tls;

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
use crate::http::{App, Door};
use crate::kernel::jobs::schedules::keep_in_instance;
use crate::kernel::upkeep::{self, Bells};
use crate::kernel::{Features, Kernel, backups, events, limits};

use listener::{Listener, listen};
pub use logging::{check_log, start_logging};
pub use notify::{tell_manager, watchdog_period};
pub use open_files::OTHER_FILES;
pub use reload::Reloaded;
pub use tls::{Certificates, Pair};

/// How often the files of the certificate are looked at.
const LOOK_AT_CERTIFICATE: Duration = Duration::from_secs(30);

/// An instance that serves.
pub struct Running {
    pub address: SocketAddr,
    pub app: App,
    /// What it shows to those who connect through TLS.
    pub certificates: Option<Certificates>,
    /// Where commands on this machine reach it.
    own_address: SocketAddr,
    /// The configuration as it holds now.
    config: Config,
    handle: ServerHandle,
    closing: Arc<Notify>,
    serving: JoinHandle<std::io::Result<()>>,
    upkeep: JoinHandle<()>,
    looking: JoinHandle<()>,
    lock: Lock,
    door: Door,
    features: Features,
}

/// Opens the data directory, serves it and tells other processes where. It must be called within an
/// actix system.
pub async fn start(config: Config, data: DataDir, clock: Clock) -> Result<Running> {
    let mut running = start_unannounced(config, data, clock).await?;
    running.lock.serving_at(&running.own_address.to_string())?;
    Ok(running)
}

/// The same without telling anybody, for a server that runs for one command only.
pub async fn start_unannounced(config: Config, data: DataDir, clock: Clock) -> Result<Running> {
    start_with(config, data, clock, &addons::features()).await
}

/// The same with what these features bring.
pub async fn start_with(config: Config, data: DataDir, clock: Clock, features: &Features) -> Result<Running> {
    let certificates = Pair::read(&config.server)?.map(Certificates::showing);
    let lock = data.lock()?;
    backups::clear_leftovers(&data)?;
    let opened = open(config.clone(), data, clock, features).await?;
    let door = Door::to(opened.app.clone());
    let Listener { server, address, own_address, closing } = listen(&door, certificates.as_ref())?;
    let (app, upkeep) = opened.begin()?;
    let handle = server.handle();
    let serving = tokio::task::spawn_local(server);
    let looking = tokio::task::spawn_local(keep_looking(certificates.clone()));
    Ok(Running {
        address,
        app,
        certificates,
        own_address,
        config,
        handle,
        closing,
        serving,
        upkeep,
        looking,
        lock,
        door,
        features: features.clone(),
    })
}

/// An instance whose data is open and that does nothing yet.
struct Opened {
    app: App,
    bells: Bells,
}

async fn open(config: Config, data: DataDir, clock: Clock, features: &Features) -> Result<Opened> {
    let kernel = Arc::new(Kernel::open(config, data, clock, features)?);
    let bells = Bells::hang();
    let app = App::new(Arc::clone(&kernel), addons::table()?, bells.clone());
    kernel.jobs.recover(&kernel).await?;
    events::furnish(&kernel).await?;
    if kernel.config.jobs.concurrency > 0 {
        let schedules: Vec<_> = addons::schedules().collect();
        keep_in_instance(&kernel, &schedules).await?;
        backups::keep_schedule(&kernel, addons::backups::SCHEDULE).await?;
    }
    addons::backups::tell_restored(&kernel).await;
    Ok(Opened { app, bells })
}

impl Opened {
    /// Begins to work: jobs, and upkeep.
    fn begin(self) -> Result<(App, JoinHandle<()>)> {
        let kernel = Arc::clone(self.app.kernel());
        kernel.jobs.start(&kernel, kernel.config.jobs.concurrency)?;
        Ok((self.app, tokio::task::spawn_local(upkeep::keep_running(kernel, self.bells))))
    }
}

/// Takes a renewed certificate over without being told.
async fn keep_looking(certificates: Option<Certificates>) {
    let Some(certificates) = certificates else { return };
    loop {
        tokio::time::sleep(LOOK_AT_CERTIFICATE).await;
        certificates.look();
    }
}

impl Running {
    /// What stands before the instance, for tests that put another behind it.
    pub fn door(&self) -> &Door {
        &self.door
    }

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
        self.looking.abort();
        let grace = if gracefully { self.app.config.server.grace.into() } else { Duration::ZERO };
        close(&self.app, grace).await;
    }
}

/// Ends what an instance does, drains its writer and lets go of its files. Nobody may ask it for anything any more.
async fn close(app: &App, grace: Duration) {
    app.jobs.stop(app.kernel(), grace).await;
    if let Err(error) = limits::settle(app.kernel()).await {
        tracing::warn!(%error, "what tenants used today is written down a little too high");
    }
    app.db.close();
    app.telemetry.close().await;
}
