//! Calling out: the one client through which this server asks others for something.
//!
//! Whom it calls was often written by a tenant, so it goes to public addresses alone, or where the
//! configuration says; it follows no redirect unasked, keeps no cookies, minds no proxy of the
//! environment, unpacks nothing, and reads only so much for only so long. Nothing else in the
//! product may open a connection.

mod address;
#[cfg(test)]
pub mod by_hand;
mod call;
mod connect;
mod exchange;
mod failure;
mod receiver;
mod tls;
mod told;
mod turns;

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use http_body_util::Full;
#[cfg(test)]
pub use hyper::HeaderMap;
pub use hyper::Method;
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::RootCertStore;

use crate::base::Result;
use crate::base::config;
use crate::base::db::TenantNo;

pub(super) use address::why_not_public;
pub(super) use call::parse_url;
use call::uri_of;
pub use call::{Answer, Call};
use connect::Connector;
pub use connect::{Looking, Lookup, SystemLookup};
use exchange::Exchange;
pub use failure::{During, Failure};
pub use receiver::Receiver;
use told::Told;
pub use turns::Turn;
use turns::Turns;

/// What an answer's headers may take: the library reads no further.
const LARGEST_HEADERS: usize = 32 * 1024;
const MOST_HEADERS: usize = 100;

/// Connections that are kept open for the next call to the same host, and for how long.
const IDLE_A_HOST: usize = 2;
const IDLE: Duration = Duration::from_secs(30);

const USER_AGENT: &str = concat!("Steading/", env!("CARGO_PKG_VERSION"));

type HttpClient = Client<HttpsConnector<Connector>, Full<Bytes>>;

pub struct Outbound {
    connector: Connector,
    own_authorities: RootCertStore,
    timeout: Duration,
    limit: usize,
    turns: Turns,
    /// Made for the first call: many instances never make one.
    client: OnceLock<HttpClient>,
}

impl Outbound {
    pub fn open(config: &config::Outbound) -> Result<Self> {
        Self::with_lookup(config, Arc::new(SystemLookup))
    }

    /// The same with another way of finding addresses.
    pub fn with_lookup(config: &config::Outbound, lookup: Arc<dyn Lookup>) -> Result<Self> {
        Ok(Self {
            connector: Connector::new(config.allow.clone(), lookup, config.connect_timeout.into()),
            own_authorities: tls::read_authorities(&config.ca_file)?,
            timeout: config.timeout.into(),
            limit: usize::try_from(config.max_body.as_u64()).unwrap_or(usize::MAX),
            turns: Turns::new(config.max_calls, config.calls_per_tenant()),
            client: OnceLock::new(),
        })
    }

    /// Makes a call in a tenant's turn and reads its answer, whatever its status.
    ///
    /// Waiting for the turn takes as long as the call may take itself, at most.
    pub async fn send(&self, tenant: TenantNo, call: Call) -> Result<Answer, Failure> {
        let turn = self.take_turn(tenant, self.patience(&call)).await?;
        self.send_in(turn, &call).await
    }

    /// Waits until one more call of this tenant may be made.
    pub async fn take_turn(&self, tenant: TenantNo, patience: Duration) -> Result<Turn, Failure> {
        tokio::time::timeout(patience, self.turns.take(tenant)).await.map_err(|_| Failure::Busy)
    }

    /// Makes a call in a turn that was waited for.
    pub async fn send_in(&self, _turn: Turn, call: &Call) -> Result<Answer, Failure> {
        #[cfg(test)]
        if let Some(answered) = by_hand::answer_to(call) {
            let cut = || Failure::Broken { why: "nobody is there any more".into() };
            return answered.await.unwrap_or_else(|_| Err(cut()));
        }
        let told = Told::begin();
        let exchange = Exchange {
            client: self
                .client
                .get_or_init(|| make_client(self.connector.clone(), &self.own_authorities, IDLE_A_HOST)),
            call,
            traceparent: told.as_ref().map(Told::traceparent),
            patience: self.patience(call),
            limit: call.limit.map_or(self.limit, |own| own.min(self.limit)),
            connection: Mutex::default(),
        };
        let answered = exchange.run().await;
        if let Some(told) = told {
            told.end(call, &answered);
        }
        answered
    }

    /// The URL as it would be called, unless it is none or leads where calls may not go. That a name has
    /// no address now says nothing about later; every connection is looked at again.
    pub async fn check(&self, tenant: TenantNo, url: &str) -> Result<String, Failure> {
        let url = parse_url(url)?;
        let _turn = self.take_turn(tenant, self.timeout).await?;
        match self.connector.find(&uri_of(&url)?).await {
            Err(refused @ Failure::Refused { .. }) => Err(refused),
            _ => Ok(url.into()),
        }
    }

    fn patience(&self, call: &Call) -> Duration {
        call.timeout.map_or(self.timeout, |own| own.min(self.timeout))
    }
}

fn make_client(connector: Connector, own_authorities: &RootCertStore, idle_a_host: usize) -> HttpClient {
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(tls::config(own_authorities))
        .https_or_http()
        .enable_http1()
        .wrap_connector(connector);
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(idle_a_host)
        .http1_max_buf_size(LARGEST_HEADERS)
        .http1_max_headers(MOST_HEADERS)
        .build(https)
}
