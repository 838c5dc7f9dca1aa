//! Headers: what nobody may send, and what every reply carries so that a browser does nothing with it but what we mean.

use actix_web::http::header::{self, HeaderMap, HeaderValue};

use super::names;
use crate::base::{Error, Kind, Result};

/// The headers of a request that are looked at, in bytes altogether.
const LARGEST: usize = 16 * 1024;

/// What says who asks, where and for what. A proxy may look at the first of two and we at the last.
const ONCE: [&str; 6] =
    ["authorization", "content-type", "idempotency-key", "origin", "sec-fetch-site", "x-tenant-id"];

/// A reply that is no page needs nothing at all.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";

/// Refuses headers that are too large, that may be read in two ways, or that ask for another protocol.
pub(super) fn must_be_plain(headers: &HeaderMap) -> Result<()> {
    let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if size > LARGEST {
        return refused("The headers are larger than 16 KB together; send fewer or shorter ones.".into());
    }
    if let Some(name) = ONCE.iter().find(|name| headers.get_all(**name).nth(1).is_some()) {
        return refused(format!("The header {name} is there twice; send it once."));
    }
    // The library below takes all that follows such a request for its body, whatever length it says.
    let is_websocket = |value: &HeaderValue| value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"websocket");
    if headers.get_all(header::UPGRADE).any(is_websocket) {
        return refused("This server speaks HTTP only; send it without Upgrade.".into());
    }
    Ok(())
}

fn refused(message: String) -> Result<()> {
    Err(Error::new(Kind::BadRequest, message))
}

/// Adds what keeps a browser from guessing, framing and telling; what is there already stays.
pub(super) fn protect(headers: &mut HeaderMap) {
    for (name, value) in [
        (&header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (&header::CONTENT_SECURITY_POLICY, NOTHING),
        (&header::REFERRER_POLICY, "no-referrer"),
        (&names::RESOURCE_POLICY, "same-origin"),
        (&names::OPENER_POLICY, "same-origin"),
        (&header::CACHE_CONTROL, "no-store"),
    ] {
        if !headers.contains_key(name) {
            headers.insert(name.clone(), HeaderValue::from_static(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn is_plain(headers: &[(&'static str, &'static str)]) -> bool {
        let request =
            headers.iter().fold(TestRequest::default(), |request, header| request.append_header(*header));
        must_be_plain(request.to_http_request().headers()).is_ok()
    }

    #[test]
    fn what_says_who_asks_is_said_once() {
        for name in ONCE {
            assert!(is_plain(&[(name, "a")]));
            assert!(!is_plain(&[(name, "a"), (name, "a")]), "{name}");
        }
        assert!(is_plain(&[("cookie", "a"), ("cookie", "b"), ("accept", "a"), ("accept", "b")]));
    }

    #[test]
    fn another_protocol_is_refused_and_a_newer_one_passed_over() {
        assert!(!is_plain(&[("connection", "upgrade"), ("upgrade", " WebSocket ")]));
        assert!(is_plain(&[("connection", "upgrade, http2-settings"), ("upgrade", "h2c")]));
    }
}
