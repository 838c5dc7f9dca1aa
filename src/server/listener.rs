//! Listening: accepts connections, speaks HTTP/1.1 on them and hands each request to the front.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, KeepAlive};
use actix_server::Server;
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::AppConfig;
use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

use super::courtesy::Courteous;
use super::crowd::Crowd;
use super::open_files::connections;
use super::stream::Stream;
use super::tls::Certificates;
use crate::base::{Error, Kind, Result};
use crate::http::{Door, Gathered, Heads, Outbox};

/// A server that is ready to run, and where it listens.
pub(super) struct Listener {
    pub server: Server,
    pub address: SocketAddr,
    /// Where it speaks without TLS to the commands on this machine; the same unless it speaks TLS.
    pub own_address: SocketAddr,
    /// Rung when the server stops, so that idle connections close at once.
    pub closing: Arc<Notify>,
}

/// With certificates it speaks TLS where people reach it. Commands on this machine know no name that
/// the certificate is for, so they get a port of the loopback of their own.
pub(super) fn listen(door: &Door, certificates: Option<&Certificates>) -> Result<Listener> {
    let mut settings = door.app().config.server.clone();
    settings.max_connections = connections(settings.max_connections);
    let socket =
        TcpListener::bind(&settings.listen).map_err(|error| cannot_listen(&settings.listen, error))?;
    let address = socket.local_addr().map_err(Error::internal)?;
    let own = match certificates {
        Some(_) => Some(TcpListener::bind("127.0.0.1:0").map_err(Error::internal)?),
        None => None,
    };
    let own_address = match &own {
        Some(own) => own.local_addr().map_err(Error::internal)?,
        None => address,
    };
    let acceptor = certificates.map(Certificates::server_config).transpose()?.map(TlsAcceptor::from);
    let closing = Arc::new(Notify::new());
    let (door, bell) = (door.clone(), Arc::clone(&closing));
    let of_connections = settings.clone();
    let (crowd, gathered) = (Crowd::of(&settings), Gathered::default());
    let most = settings.max_connections;
    let workers = workers(settings.workers);
    let grace = settings.grace.into();
    let serve_at = move |address: SocketAddr, acceptor: Option<TlsAcceptor>| {
        let (door, bell, crowd, gathered) =
            (door.clone(), Arc::clone(&bell), crowd.clone(), gathered.clone());
        let settings = of_connections.clone();
        move || {
            let (door, bell, crowd, gathered) =
                (door.clone(), Arc::clone(&bell), crowd.clone(), gathered.clone());
            let patience = settings.write_timeout.into();
            let shake_patience = settings.header_timeout.into();
            let (header_timeout, keep_alive) = (settings.header_timeout.into(), settings.keep_alive.into());
            let service = HttpService::build()
                .keep_alive(KeepAlive::Timeout(settings.keep_alive.into()))
                .client_request_timeout(settings.header_timeout.into())
                // Who is gone must not be given a job that somebody else could do.
                .h1_allow_half_closed(false)
                .on_connect_ext(|stream: &Courteous<Stream>, data| {
                    data.insert(stream.heads());
                    data.insert(stream.outbox());
                })
                .local_addr(address)
                .graceful_shutdown_signal(move || {
                    let bell = Arc::clone(&bell);
                    async move { bell.notified().await }
                });
            let front = {
                let door = door.clone();
                move |request, payload| answer(request, payload, door.clone())
            };
            let routes = actix_web::App::new().default_service(web::to(front)).into_factory();
            let routes = routes.map_err(|error| error.error_response());
            let acceptor = acceptor.clone();
            let connection = fn_service(move |stream: TcpStream| {
                let (acceptor, crowd, door) = (acceptor.clone(), crowd.clone(), door.clone());
                let gathered = gathered.clone();
                async move {
                    let peer = stream.peer_addr().ok();
                    // A proxy that is trusted speaks for many.
                    let address = peer.map(|peer| peer.ip()).filter(|address| !door.app().trusts(*address));
                    let seat = address.map(|address| crowd.seat(address).ok_or_else(too_many)).transpose()?;
                    let stream = Stream::accept(stream, acceptor.as_ref(), shake_patience).await;
                    let stream = stream.map_err(DispatchError::Io)?;
                    let heads = Heads::new(header_timeout, keep_alive, gathered);
                    let outbox = Outbox::new(door.app().unread().clone(), address);
                    Ok::<_, DispatchError>((Courteous::new(stream, patience, heads, outbox, seat), peer))
                }
            });
            connection.and_then(service.h1(map_config(routes, |()| AppConfig::default())))
        }
    };
    let mut builder = Server::build()
        .workers(workers)
        .max_concurrent_connections(most.div_ceil(workers))
        .worker_max_blocking_threads(1)
        .shutdown_timeout(whole_seconds(grace))
        .disable_signals()
        .listen("http", socket, serve_at(address, acceptor))
        .map_err(Error::internal)?;
    if let Some(own) = own {
        builder = builder.listen("own", own, serve_at(own_address, None)).map_err(Error::internal)?;
    }
    Ok(Listener { server: builder.run(), address, own_address, closing })
}

/// Answers, and is at work until the answer is sent.
async fn answer(request: HttpRequest, payload: Payload, door: Door) -> HttpResponse {
    let (at_work, outbox) = (Heads::begin(&request), Outbox::of(&request));
    let response = door.answer(request, payload).await;
    let response = match outbox {
        Some(outbox) => outbox.send(response),
        None => response,
    };
    match at_work {
        Some(at_work) => at_work.until_sent(response),
        None => response,
    }
}

fn too_many() -> DispatchError {
    DispatchError::Io(ErrorKind::ConnectionRefused.into())
}

/// Rounded up: half a second of grace is not none.
fn whole_seconds(span: Duration) -> u64 {
    span.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX)
}

fn cannot_listen(address: &str, error: std::io::Error) -> Error {
    let (kind, why) = match error.kind() {
        ErrorKind::AddrInUse => (Kind::InUse, "is in use by another program"),
        ErrorKind::InvalidInput => (Kind::ValidationFailed, "is no address such as 127.0.0.1:7070"),
        _ => (Kind::Unavailable, "can't be listened on"),
    };
    Error::new(kind, format!("{address} {why}; choose another address with --listen.")).caused_by(error)
}

fn workers(configured: usize) -> usize {
    match configured {
        0 => thread::available_parallelism().map_or(1, |cores| cores.get().min(4)),
        count => count,
    }
}
