//! One exchange: asking, following where the answer leads when that is wanted, and reading.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response};
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::call::{Answer, Call, check_url, parse_url, uri_of};
use super::failure::{During, Failure};
use super::{HttpClient, USER_AGENT};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

pub(super) struct Exchange<'e> {
    pub client: &'e HttpClient,
    pub call: &'e Call,
    /// Tells whom we call in which trace that is.
    pub traceparent: Option<String>,
    pub patience: Duration,
    pub limit: usize,
    /// The connection of the last request, once there is one.
    pub connection: Mutex<Option<CaptureConnection>>,
}

impl Exchange<'_> {
    pub(super) async fn run(&self) -> Result<Answer, Failure> {
        let (url, mut headers) = (parse_url(&self.call.url)?, self.call.header_map()?);
        headers.extend(own_headers());
        if let Some(Ok(value)) = self.traceparent.as_deref().map(HeaderValue::from_str) {
            headers.insert(TRACEPARENT, value);
        }
        let started = Instant::now();
        let deadline = started + self.patience;
        let response = match timeout_at(deadline, self.find(url, headers)).await {
            Ok(response) => response?,
            Err(_) => return Err(Failure::TimedOut(self.stage())),
        };
        let (parts, incoming) = response.into_parts();
        let mut body = Vec::new();
        let reading = timeout_at(deadline, read(incoming, self.limit, &mut body)).await;
        let is_cut = match reading.unwrap_or(Err(Failure::TimedOut(During::Reading))) {
            Ok(is_cut) => is_cut,
            Err(_) if self.call.is_status_enough => true,
            Err(failure) => return Err(failure),
        };
        let status = parts.status.as_u16();
        Ok(Answer { status, headers: parts.headers, body, is_cut, elapsed: started.elapsed() })
    }

    /// What it waits for, before the answer begins.
    fn stage(&self) -> During {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let is_connected =
            connection.as_ref().is_some_and(|captured| captured.connection_metadata().is_some());
        if is_connected { During::Answering } else { During::Connecting }
    }

    async fn find(&self, url: Url, headers: HeaderMap) -> Result<Response<Incoming>, Failure> {
        match self.call.method {
            Method::GET => self.follow(url, headers).await,
            _ => self.ask(&url, &headers).await,
        }
    }

    /// Asks, and asks where the answer leads, as often as the call allows.
    async fn follow(&self, mut url: Url, mut headers: HeaderMap) -> Result<Response<Incoming>, Failure> {
        let mut left = self.call.redirects;
        loop {
            let response = self.ask(&url, &headers).await?;
            let is_followed =
                self.call.redirects > 0 && matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
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

    async fn ask(&self, url: &Url, headers: &HeaderMap) -> Result<Response<Incoming>, Failure> {
        let mut request = Request::new(Full::new(Bytes::from(self.call.body.clone())));
        *request.method_mut() = self.call.method.clone();
        *request.uri_mut() = uri_of(url)?;
        *request.headers_mut() = headers.clone();
        *self.connection.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(capture_connection(&mut request));
        self.client.request(request).await.map_err(|error| Failure::of(&error))
    }
}

/// The headers of every call.
fn own_headers() -> HeaderMap {
    HeaderMap::from_iter([(header::USER_AGENT, HeaderValue::from_static(USER_AGENT))])
}

/// Reads at most so many bytes, and says whether there were more.
async fn read(mut incoming: Incoming, limit: usize, body: &mut Vec<u8>) -> Result<bool, Failure> {
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| Failure::of(&error))?;
        let Ok(piece) = frame.into_data() else { continue };
        let room = limit - body.len();
        body.extend_from_slice(&piece[..piece.len().min(room)]);
        if piece.len() > room {
            return Ok(true);
        }
    }
    Ok(false)
}
