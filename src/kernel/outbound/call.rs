//! A call, and what came back. What is asked is checked here.

use std::time::Duration;

use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Uri};
use url::{Position, Url};

use super::failure::Failure;
use crate::base::Timestamp;

/// The longest URL that is called.
const LONGEST_URL: usize = 4_096;

/// The longest wait that an answer may ask for.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// Headers that say how a message travels; the client writes them by itself.
const OF_THE_CLIENT: &[HeaderName] = &[
    header::HOST,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::TE,
    header::TRAILER,
    header::UPGRADE,
    header::EXPECT,
    header::PROXY_AUTHORIZATION,
    header::USER_AGENT,
];

/// What to ask whom. Limits that are left out are those of the configuration, and can only be
/// made narrower here.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: Method,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Bytes of the answer that are read; what is beyond them is cut off.
    pub limit: Option<usize>,
    /// From the call's turn to the end of the answer.
    pub timeout: Option<Duration>,
    /// How many redirects are followed. Each leads to a call that is checked like the first; only
    /// a GET follows any.
    pub redirects: u8,
    /// Whether an answer counts that breaks off, or takes too long, after its status.
    pub is_status_enough: bool,
}

impl Call {
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }

    pub fn post(url: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..Self::new(Method::POST, url) }
    }

    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            limit: None,
            timeout: None,
            redirects: 0,
            is_status_enough: false,
        }
    }

    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Whether it could be made at all.
    pub fn check(&self) -> Result<(), Failure> {
        parse_url(&self.url)?;
        self.header_map().map(drop)
    }

    pub(super) fn header_map(&self) -> Result<HeaderMap, Failure> {
        let mut map = HeaderMap::new();
        for (name, value) in &self.headers {
            let known = HeaderName::try_from(name).ok().filter(|name| !OF_THE_CLIENT.contains(name));
            let pair = known.zip(HeaderValue::try_from(value).ok());
            let (known, value) = pair.ok_or_else(|| Failure::BadHeader(name.clone()))?;
            map.append(known, value);
        }
        Ok(map)
    }
}

/// What came back, whatever its status.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Whether there was more than the limit allowed to read, or it broke off where that is allowed.
    pub is_cut: bool,
    pub elapsed: Duration,
}

impl Answer {
    /// The header of this name, when it is plain text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// What `Retry-After` asks for: seconds or a date, within a day. Nothing when it asks for nothing.
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        let text = self.header("retry-after")?.trim();
        let wait = match !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            true => text.parse().map_or(LONGEST_WAIT, Duration::from_secs),
            false => {
                let date = httpdate::parse_http_date(text).ok()?;
                let since_1970 = date.duration_since(std::time::UNIX_EPOCH).ok()?;
                since_1970.checked_sub(Duration::from_millis(u64::try_from(now.millis()).ok()?))?
            }
        };
        (!wait.is_zero()).then_some(wait.min(LONGEST_WAIT))
    }
}

/// The URL as it is called: every way of writing a host comes out as one here, `0x7f.1` as
/// `127.0.0.1`.
pub(in crate::kernel) fn parse_url(text: &str) -> Result<Url, Failure> {
    if text.len() > LONGEST_URL {
        return Err(Failure::BadUrl("it is longer than 4 KB"));
    }
    check_url(Url::parse(text).map_err(|_| Failure::BadUrl("write it as https://host/path"))?)
}

pub(super) fn check_url(url: Url) -> Result<Url, Failure> {
    if !matches!(url.scheme(), "https" | "http") {
        return Err(Failure::BadUrl("only https and http are spoken"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Failure::BadUrl("it has a user name or password in it; send a header instead"));
    }
    if url.host().is_none() {
        return Err(Failure::BadUrl("it names no host"));
    }
    if url.port() == Some(0) {
        return Err(Failure::BadUrl("nothing listens at port 0"));
    }
    Ok(url)
}

/// The URL as the HTTP library has it, without its fragment.
pub(super) fn uri_of(url: &Url) -> Result<Uri, Failure> {
    url[..Position::AfterQuery].parse().map_err(|_| Failure::BadUrl("write it as https://host/path"))
}
