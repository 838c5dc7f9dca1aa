//! Connecting: names are looked up here and nowhere else, every address is looked at, and the
//! addresses that were looked at are the ones that are connected to. What a name leads to the next
//! time it is asked therefore changes nothing.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::address::why_not_public;
use super::failure::Failure;
use crate::base::config::Destination;

pub type Looking<'l> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'l>>;

/// Finds the addresses of a name.
pub trait Lookup: Send + Sync {
    fn look_up<'l>(&'l self, host: &'l str) -> Looking<'l>;
}

/// As the operating system finds them.
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn look_up<'l>(&'l self, host: &'l str) -> Looking<'l> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Opens connections to where calls may go.
#[derive(Clone)]
pub(super) struct Connector(Arc<Parts>);

struct Parts {
    allow: Vec<Destination>,
    lookup: Arc<dyn Lookup>,
    patience: Duration,
}

impl Connector {
    pub(super) fn new(allow: Vec<Destination>, lookup: Arc<dyn Lookup>, patience: Duration) -> Self {
        Self(Arc::new(Parts { allow, lookup, patience }))
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Failure>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let parts = Arc::clone(&self.0);
        Box::pin(async move {
            let connecting = parts.connect(&uri);
            tokio::time::timeout(parts.patience, connecting).await.unwrap_or(Err(Failure::TimedOut))
        })
    }
}

impl Parts {
    async fn connect(&self, uri: &Uri) -> Result<TokioIo<TcpStream>, Failure> {
        let host = uri.host().ok_or(Failure::BadUrl("it names no host"))?;
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        let not_found = || Failure::NotFound { host: host.to_owned() };
        let plain = host.trim_start_matches('[').trim_end_matches(']');
        let addresses = match plain.parse::<IpAddr>() {
            Ok(address) => vec![address],
            Err(_) => self.lookup.look_up(host).await.map_err(|_| not_found())?,
        };
        // One that may not be called spoils all: whoever mixes them has nothing good in mind.
        for address in &addresses {
            self.admit(host, *address, port)?;
        }
        for address in addresses {
            if let Ok(stream) = TcpStream::connect(SocketAddr::new(address, port)).await {
                // Without it a call waits for more to send; that it can't be set is no reason to fail.
                let _ = stream.set_nodelay(true);
                return Ok(TokioIo::new(stream));
            }
        }
        Err(Failure::NotConnected { destination: format!("{host}:{port}") })
    }

    fn admit(&self, host: &str, address: IpAddr, port: u16) -> Result<(), Failure> {
        let is_exception =
            |allowed: &Destination| allowed.is_name(host, port) || allowed.is_address(address, port);
        match why_not_public(address) {
            Some(is) if !self.allow.iter().any(is_exception) => {
                tracing::warn!(host, port, %address, "a call out was refused: it leads to {is}");
                Err(Failure::Refused { destination: format!("{host}:{port}"), is })
            }
            _ => Ok(()),
        }
    }
}
