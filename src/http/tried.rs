//! What this folder reads of a request, as functions of text, for those who try it out with what nobody would send.
//! Nothing else is served by this, and nobody else calls it.

use std::net::IpAddr;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use serde::de::DeserializeOwned;

use super::address::Trust;
use super::encoding::Effort;
use super::{address, assets, encoding, identity, input, origin, trace};
use crate::base::Result;
use crate::base::config::ForwardedHeader;

/// The trace and the parent that a `traceparent` names, as they are written.
pub fn traceparent(text: &str) -> Option<(String, String)> {
    trace::parse(text).map(|named| (named.id.to_string(), named.parent.to_string()))
}

/// Who asks through a proxy at 127.0.0.1, when 10.0.0.0/8 is trusted too.
pub fn client(header: ForwardedHeader, lines: &[&str]) -> Option<IpAddr> {
    let name = match header {
        ForwardedHeader::XForwardedFor => "x-forwarded-for",
        ForwardedHeader::Forwarded => "forwarded",
    };
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(HeaderName::from_static(name), HeaderValue::from_str(line).ok()?);
    }
    Some(address::Trust::near_this_machine(header).client(IpAddr::from([127, 0, 0, 1]), &headers))
}

/// Whether that trusts an address.
pub fn trusts(address: IpAddr) -> bool {
    Trust::near_this_machine(ForwardedHeader::XForwardedFor).includes(address)
}

/// The coding that somebody gets who accepts these.
pub fn coding(accepts: &str) -> Option<&'static str> {
    encoding::preferred(accepts, Effort::Quick).map(encoding::Coding::name)
}

/// Whether a page of this origin may change something.
pub fn is_own(origin: &str, host: &str, public_url: &str, is_https: bool) -> bool {
    origin::is_own(Some(origin), None, host, public_url, is_https)
}

/// The value of a cookie in the lines of a request.
pub fn cookie(lines: &[&str], wanted: &str) -> Option<String> {
    identity::cookie_in(lines.iter().copied(), wanted)
}

/// A body as it is read into what a handler takes.
pub fn body<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    input::parse_body(body)
}

/// A query alike.
pub fn query<T: DeserializeOwned>(query: &str) -> Result<T> {
    input::parse_query(query)
}

/// The status that a path of the dashboard gets from who has this already.
pub fn asset(path: &str, known: &str) -> Option<StatusCode> {
    let uri = actix_web::http::Uri::try_from(path).ok()?;
    let known = HeaderValue::from_str(known).ok()?;
    let request = TestRequest::default().uri(&uri.to_string()).insert_header(("if-none-match", known));
    assets::find(&request.to_http_request()).map(|response| response.status())
}
