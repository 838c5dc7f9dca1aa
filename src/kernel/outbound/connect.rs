//! Connecting: names are looked up here and nowhere else, every address is looked at, and the
//! addresses that were looked at are the ones that are connected to. What a name leads to the next
//! time it is asked therefore changes nothing.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::address::why_not_public;
use super::failure::{During, Failure};
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

/// A public address that is this machine's own: no firewall stands before it from here.
const OWN_ADDRESS: &str = "this machine, by its own address";

const TOO_LONG: Failure = Failure::TimedOut(During::Connecting);

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

    /// The same with these exceptions in place of its own.
    pub(super) fn with_exceptions(&self, allow: Vec<Destination>) -> Self {
        Self::new(allow, Arc::clone(&self.0.lookup), self.0.patience)
    }

    /// The addresses to which a call would go now, when all of them may be called.
    pub(super) async fn find(&self, uri: &Uri) -> Result<Vec<IpAddr>, Failure> {
        let (host, port) = place_of(uri)?;
        let finding = self.0.find(host, port);
        tokio::time::timeout(self.0.patience, finding).await.unwrap_or(Err(TOO_LONG))
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
            tokio::time::timeout(parts.patience, connecting).await.unwrap_or(Err(TOO_LONG))
        })
    }
}

impl Parts {
    async fn connect(&self, uri: &Uri) -> Result<TokioIo<TcpStream>, Failure> {
        let (host, port) = place_of(uri)?;
        for address in self.find(host, port).await? {
            if let Ok(stream) = TcpStream::connect(SocketAddr::new(address, port)).await {
                self.must_lead_away(&stream, host, port)?;
                // Without it a call waits for more to send; that it can't be set is no reason to fail.
                let _ = stream.set_nodelay(true);
                return Ok(TokioIo::new(stream));
            }
        }
        Err(Failure::NotConnected { destination: format!("{host}:{port}") })
    }

    /// Refuses a connection of this machine with itself by an address that is public. Nothing was sent yet.
    fn must_lead_away(&self, stream: &TcpStream, host: &str, port: u16) -> Result<(), Failure> {
        match (stream.local_addr(), stream.peer_addr()) {
            (Ok(own), Ok(theirs)) if own.ip() == theirs.ip() => {
                self.admit_as(host, theirs.ip(), port, Some(OWN_ADDRESS))
            }
            _ => Ok(()),
        }
    }

    async fn find(&self, host: &str, port: u16) -> Result<Vec<IpAddr>, Failure> {
        let plain = host.trim_start_matches('[').trim_end_matches(']');
        let addresses = match plain.parse::<IpAddr>() {
            Ok(address) => vec![address],
            // Nobody has to be asked for it, and so nobody can give another answer.
            Err(_) if is_this_machine(host) => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            Err(_) => self.lookup.look_up(host).await.unwrap_or_default(),
        };
        if addresses.is_empty() {
            return Err(Failure::NotFound { host: host.to_owned() });
        }
        // One that may not be called spoils all: whoever mixes them has nothing good in mind.
        for address in &addresses {
            self.admit(host, *address, port)?;
        }
        Ok(addresses)
    }

    fn admit(&self, host: &str, address: IpAddr, port: u16) -> Result<(), Failure> {
        self.admit_as(host, address, port, why_not_public(address))
    }

    /// Refuses what leads to something that is not public, unless it is an exception.
    fn admit_as(
        &self,
        host: &str,
        address: IpAddr,
        port: u16,
        is: Option<&'static str>,
    ) -> Result<(), Failure> {
        let is_exception =
            |allowed: &Destination| allowed.is_name(host, port) || allowed.is_address(address, port);
        match is {
            Some(is) if !self.allow.iter().any(is_exception) => {
                tracing::warn!(host, port, %address, "a call out was refused: it leads to {is}");
                Err(Failure::Refused { destination: format!("{host}:{port}"), is })
            }
            _ => Ok(()),
        }
    }
}

/// The host and the port of a URL.
fn place_of(uri: &Uri) -> Result<(&str, u16), Failure> {
    let host = uri.host().ok_or(Failure::BadUrl("it names no host"))?;
    let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
    Ok((host, port))
}

/// Whether a name is one of those that mean the machine on which they are read.
fn is_this_machine(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_connection_with_oneself_is_refused_unless_it_is_an_exception() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("an address");
        let stream = TcpStream::connect(at).await.expect("it connects");
        let refused = |allow: Vec<Destination>| {
            let parts = Parts { allow, lookup: Arc::new(SystemLookup), patience: Duration::from_secs(1) };
            parts.must_lead_away(&stream, "example.org", at.port()).is_err()
        };
        assert!(refused(Vec::new()));
        assert!(!refused(vec![at.to_string().parse().expect("a destination")]));
    }
}
