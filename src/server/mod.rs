//! The whole: one instance from one list of addons, started and stopped in order.

mod logging;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;

use actix_web::dev::ServerHandle;
use actix_web::{HttpServer, web};
use tokio::task::JoinHandle;

use crate::addons;
use crate::base::config::Config;
use crate::base::data_dir::{DataDir, Lock};
use crate::base::{Clock, Error, Kind, Result};
use crate::http::{self, App};
use crate::kernel::Kernel;
use crate::kernel::upkeep::{self, Bells};

pub use logging::start_logging;

/// An instance that serves.
pub struct Running {
    pub address: SocketAddr,
    pub app: App,
    handle: ServerHandle,
    serving: JoinHandle<std::io::Result<()>>,
    upkeep: JoinHandle<()>,
    _lock: Lock,
}

/// Opens the data directory and serves it. It must be called within an actix system.
pub async fn start(config: Config, data: DataDir, clock: Clock) -> Result<Running> {
    let mut lock = data.lock()?;
    let kernel = Arc::new(Kernel::open(config, data, clock)?);
    let bells = Bells::hang();
    let app = App::new(Arc::clone(&kernel), addons::table()?, bells.clone());
    let (server, address) = bind(&app)?;
    lock.serving_at(&address.to_string())?;
    let handle = server.handle();
    let serving = tokio::task::spawn_local(server);
    let upkeep = tokio::task::spawn_local(upkeep::keep_running(kernel, bells));
    Ok(Running { address, app, handle, serving, upkeep, _lock: lock })
}

fn bind(app: &App) -> Result<(actix_web::dev::Server, SocketAddr)> {
    let settings = app.config.server.clone();
    let shared = app.clone();
    let server = HttpServer::new(move || {
        let app = shared.clone();
        let front = move |request, payload| http::answer(request, payload, app.clone());
        actix_web::App::new().default_service(web::to(front))
    })
    .workers(workers(settings.workers))
    .worker_max_blocking_threads(1)
    .max_connections(settings.max_connections)
    .client_request_timeout(settings.header_timeout.into())
    .keep_alive(actix_web::http::KeepAlive::Timeout(settings.keep_alive.into()))
    .shutdown_timeout(std::time::Duration::from(settings.grace).as_secs())
    .disable_signals()
    .bind(&settings.listen)
    .map_err(|error| {
        Error::new(
            Kind::Unavailable,
            format!("{} can't be listened on; choose another address with --listen.", settings.listen),
        )
        .caused_by(error)
    })?;
    let address =
        server.addrs().first().copied().ok_or_else(|| Error::internal("the server has no address"))?;
    Ok((server.run(), address))
}

fn workers(configured: usize) -> usize {
    match configured {
        0 => thread::available_parallelism().map_or(1, |cores| cores.get().min(4)),
        count => count,
    }
}

impl Running {
    /// Finishes requests in flight, drains the writer, folds the log into the file.
    pub async fn stop(self) -> Result<()> {
        self.handle.stop(true).await;
        let _ = self.serving.await;
        self.upkeep.abort();
        self.app.db.close();
        Ok(())
    }

    /// Stops without waiting for requests, for tests and short commands.
    pub async fn stop_now(self) {
        self.handle.stop(false).await;
        let _ = self.serving.await;
        self.upkeep.abort();
        self.app.db.close();
    }
}
