//! What a request may hold beside its values: its headers, its query, its body and the paths of the dashboard.

use serde::Deserialize;
use serde_json::Value as Json;
use steading::base::config::ForwardedHeader;
use steading::base::text::Text;
use steading::base::{Error, Id, Timestamp};
use steading::http::assets::strip::strip;
use steading::http::{Cursor, Limit, tried};

use super::{Target, target, text_of};

pub const TARGETS: &[Target] = &[
    target!(
        "traceparent",
        traceparent,
        ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"],
        ["ff", "00-", "-00", "0000000000000000"]
    ),
    target!(
        "forwarded",
        forwarded,
        ["192.0.2.66, 192.0.2.1:4711, 10.0.0.3", "for=\"[2001:db8::1]:80\";proto=https, for=10.0.0.3"],
        ["for=", "\"", "[::1]", "unknown", "_hidden", "127.0.0.1", "::ffff:10.0.0.1", ", ", "by="]
    ),
    target!(
        "accept-encoding",
        accept_encoding,
        ["gzip;q=0.5, br;q=0.8, zstd;q=0", "*"],
        ["q=", "nan", "inf", "-0", "identity", "zstd", "*;q=0"]
    ),
    target!(
        "origin",
        origin,
        ["https://desk.example.org\ndesk.example.org\n", "http://x:80\nx:80\nhttps://y"],
        ["https://", "http://", "null", "://", "@", "\n", "#", "DESK"]
    ),
    target!(
        "cookie",
        cookie,
        ["a=b; steading_session=CAES; c", "__Host-x=1;steading_session=2"],
        ["steading_session", "=", "; ", "\""]
    ),
    target!(
        "query",
        query,
        ["limit=5&sort=-createdAt&after=2026-03-01T09:30:00Z", "cursor=W10&text=%C3%A9+a"],
        ["limit", "cursor", "after", "%", "%00", "+", "&", "=", "text[]"]
    ),
    target!(
        "body",
        body,
        [r#"{"title": "a", "count": 1}"#, r#" {"title": "ab", "deep": [[[1]]]} "#],
        ["title", "count", "\\u0000", "\\ud800", "1e999", "[[[[[[[[", "{\"a\":", "-0"]
    ),
    target!(
        "asset",
        asset,
        ["/assets/x/main.js\nW/\"a\", *", "/assets/x/routes.js\n\"b\""],
        ["/assets/", "..", "%2e", "//", "index.html", "W/", "*", "?"]
    ),
    target!(
        "strip",
        strip_script,
        ["a = b / c; // d\nlet r = /[/]/g, t = `x ${y + `z`} <b>\n  </b>`;", "a { b: url(c) } /* d */"],
        ["/*", "*/", "//", "`", "${", "}", "\\", "'", "return /", "<", ">", "\u{2028}"]
    ),
];

/// What is read of it is enough to write it again.
fn traceparent(input: &[u8]) -> bool {
    let Some((trace, parent)) = text_of(input).and_then(tried::traceparent) else { return false };
    let again = tried::traceparent(&format!("00-{trace}-{parent}-00"));
    assert_eq!(again, Some((trace, parent)));
    true
}

/// What anybody may have written before those whom the proxies saw changes nothing.
fn forwarded(input: &[u8]) -> bool {
    let Some(text) = text_of(input) else { return false };
    let lines: Vec<&str> = text.lines().collect();
    let mut is_believed = false;
    for (header, forged) in
        [(ForwardedHeader::XForwardedFor, "6.6.6.6, "), (ForwardedHeader::Forwarded, "for=6.6.6.6, ")]
    {
        let Some(client) = tried::client(header, &lines) else { continue };
        assert_eq!(client, client.to_canonical());
        is_believed |= client.to_string() != "127.0.0.1";
        if !tried::trusts(client) {
            let mut longer: Vec<&str> = vec![forged.trim_end_matches(", ")];
            longer.extend(&lines);
            assert_eq!(tried::client(header, &longer), Some(client), "{lines:?}");
        }
    }
    is_believed
}

fn accept_encoding(input: &[u8]) -> bool {
    let Some(text) = text_of(input) else { return false };
    let Some(coding) = tried::coding(text) else { return false };
    assert!(text.to_ascii_lowercase().contains(coding) || text.contains('*'), "{coding} for {text:?}");
    true
}

fn origin(input: &[u8]) -> bool {
    let Some(text) = text_of(input) else { return false };
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (origin, host, public_url) = (line(), line(), line());
    if !tried::is_own(origin, host, public_url, false) {
        assert!(!tried::is_own(origin, host, public_url, true), "https believes no more than http");
        return false;
    }
    let is_public = !public_url.is_empty() && origin.eq_ignore_ascii_case(public_url.trim_end_matches('/'));
    let page = origin.split_once("://").map_or("", |(_, page)| page);
    let is_asked = !host.is_empty() && page.eq_ignore_ascii_case(host);
    assert!(is_public || is_asked, "{origin:?} at {host:?} and {public_url:?}");
    true
}

fn cookie(input: &[u8]) -> bool {
    let Some(text) = text_of(input) else { return false };
    let lines: Vec<&str> = text.lines().collect();
    let Some(value) = tried::cookie(&lines, "steading_session") else { return false };
    assert!(!value.contains(';') && text.contains(&format!("steading_session={value}")), "{value:?}");
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Asked {
    #[serde(default)]
    limit: Limit,
    sort: Option<String>,
    text: Option<Text<1, 5>>,
    after: Option<Timestamp>,
    cursor: Option<Cursor<Id<Target>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Opened {
    title: Text<1, 5>,
    count: Option<u32>,
    deep: Option<Json>,
}

/// A refusal says what is wrong, and where.
fn is_explained(refusal: &Error) {
    assert!(refusal.message().len() > 10, "{refusal:?}");
    assert!(refusal.details().len() <= 16 && refusal.details().iter().all(|one| !one.message.is_empty()));
}

fn query(input: &[u8]) -> bool {
    let Some(text) = text_of(input) else { return false };
    tried::query::<Asked>(text).map_err(|refusal| is_explained(&refusal)).is_ok()
}

fn body(input: &[u8]) -> bool {
    match tried::body::<Opened>(input) {
        Ok(_) => {
            let value: Json = serde_json::from_slice(input).expect("what is taken is JSON");
            assert!(value.is_object());
            true
        }
        Err(refusal) => {
            is_explained(&refusal);
            false
        }
    }
}

/// Pages and styles are put together anew each time, which would take all the time there is.
fn asset(input: &[u8]) -> bool {
    let Some(text) = text_of(input) else { return false };
    let (path, known) = text.split_once('\n').unwrap_or((text, ""));
    if !path.starts_with("/assets/") || path.contains(".css") {
        return false;
    }
    let Some(status) = tried::asset(path, known) else { return false };
    assert!(matches!(status.as_u16(), 200 | 304), "{status} for {path:?}");
    true
}

/// Our own files only, but nothing in them may stop the server that reads them.
fn strip_script(input: &[u8]) -> bool {
    let Some(text) = text_of(input) else { return false };
    for path in ["page.js", "style.css"] {
        let stripped = strip(path, text);
        assert!(stripped.len() <= text.len() + 1, "{path} grew: {stripped:?}");
    }
    assert_eq!(strip("picture.svg", text), text);
    !text.is_empty()
}
