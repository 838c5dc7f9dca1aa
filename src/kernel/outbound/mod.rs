//! Calling out: the one client through which this server asks others for something.
//!
//! Whom it calls was often written by a tenant, so it goes to public addresses alone, or where the
//! configuration says; it follows no redirect unasked, keeps no cookies, minds no proxy of the
//! environment, unpacks nothing, and reads only so much for only so long. Nothing else in the
//! product may open a connection.

mod address;
mod call;
mod connect;
mod failure;
mod tls;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::RootCertStore;
use tokio::sync::Semaphore;
use url::Url;

use crate::base::Result;
use crate::base::config;

pub use call::{Answer, Call};
use call::{check_url, parse_url, uri_of};
use connect::Connector;
pub use connect::{Looking, Lookup, SystemLookup};
pub use failure::Failure;

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
    turns: Semaphore,
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
            turns: Semaphore::new(config.max_calls),
            client: OnceLock::new(),
        })
    }

    /// Makes a call and reads its answer, whatever its status.
    pub async fn send(&self, call: Call) -> Result<Answer, Failure> {
        let patience = call.timeout.map_or(self.timeout, |own| own.min(self.timeout));
        tokio::time::timeout(patience, self.take_turn(call)).await.unwrap_or(Err(Failure::TimedOut))
    }

    async fn take_turn(&self, call: Call) -> Result<Answer, Failure> {
        let _turn = self.turns.acquire().await.map_err(|_| Failure::TimedOut)?;
        let started = Instant::now();
        let limit = call.limit.map_or(self.limit, |own| own.min(self.limit));
        let (url, mut headers) = (parse_url(&call.url)?, call.header_map()?);
        headers.extend(own_headers());
        let response = match call.method {
            Method::GET => self.follow(url, headers, &call).await?,
            _ => self.ask(&url, &headers, &call).await?,
        };
        let (parts, incoming) = response.into_parts();
        let (body, is_cut) = read(incoming, limit).await?;
        let status = parts.status.as_u16();
        Ok(Answer { status, headers: parts.headers, body, is_cut, elapsed: started.elapsed() })
    }

    /// Asks, and asks where the answer leads, as often as the call allows.
    async fn follow(
        &self,
        mut url: Url,
        mut headers: HeaderMap,
        call: &Call,
    ) -> Result<Response<Incoming>, Failure> {
        let mut left = call.redirects;
        loop {
            let response = self.ask(&url, &headers, call).await?;
            let is_followed =
                call.redirects > 0 && matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
            let Some(place) = response.headers().get(header::LOCATION).filter(|_| is_followed) else {
                return Ok(response);
            };
            left = left.checked_sub(1).ok_or(Failure::BadRedirect("does so too often"))?;
            let next = place.to_str().ok().and_then(|place| url.join(place).ok());
            let next = check_url(next.ok_or(Failure::BadRedirect("does not say where"))?)?;
            if url.scheme() == "https" && next.scheme() != "https" {
                return Err(Failure::BadRedirect("gives up https"));
            }
            if url.origin() != next.origin() {
                // What was meant for one server is not told another.
                headers = own_headers();
            }
            url = next;
        }
    }

    async fn ask(&self, url: &Url, headers: &HeaderMap, call: &Call) -> Result<Response<Incoming>, Failure> {
        let mut request = Request::new(Full::new(Bytes::from(call.body.clone())));
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = uri_of(url)?;
        *request.headers_mut() = headers.clone();
        let client = self.client.get_or_init(|| self.make_client());
        client.request(request).await.map_err(|error| Failure::of(&error))
    }

    fn make_client(&self) -> HttpClient {
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls::config(&self.own_authorities))
            .https_or_http()
            .enable_http1()
            .wrap_connector(self.connector.clone());
        Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_A_HOST)
            .http1_max_buf_size(LARGEST_HEADERS)
            .http1_max_headers(MOST_HEADERS)
            .build(https)
    }
}

/// The headers of every call.
fn own_headers() -> HeaderMap {
    HeaderMap::from_iter([(header::USER_AGENT, HeaderValue::from_static(USER_AGENT))])
}

/// Reads at most so many bytes, and says whether there were more.
async fn read(mut incoming: Incoming, limit: usize) -> Result<(Vec<u8>, bool), Failure> {
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| Failure::of(&error))?;
        let Ok(piece) = frame.into_data() else { continue };
        let room = limit - body.len();
        body.extend_from_slice(&piece[..piece.len().min(room)]);
        if piece.len() > room {
            return Ok((body, true));
        }
    }
    Ok((body, false))
}
