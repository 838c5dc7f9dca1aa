//! Where telemetry is sent beside the dashboard. A key or a header's value is never printed, not even in
//! the error about it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};
use url::{Host, Url};

/// What must not be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

/// Where a collector of OpenTelemetry listens: `http://127.0.0.1:4318`, perhaps with a path before `/v1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

impl Endpoint {
    /// Where one kind of telemetry goes: `v1/traces`, `v1/logs`.
    pub fn of(&self, signal: &str) -> Url {
        below(&self.0, signal)
    }
}

impl FromStr for Endpoint {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = web_url(text).ok_or("write it as http://127.0.0.1:4318 or https://otlp.example.org")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it has a user name or password in it; write them into telemetry.otlp_headers");
        }
        if url.path().trim_end_matches('/').ends_with("/v1/traces") || url.path().contains("/v1/logs") {
            return Err("leave the path of the signal out; /v1/traces and /v1/logs are added to it");
        }
        Ok(Self(url))
    }
}

/// A header that goes along, written as `name=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub name: String,
    pub value: Hidden,
}

impl FromStr for Header {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_plain = |value: &str| value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        match text.split_once('=').map(|(name, value)| (name.trim(), value.trim())) {
            Some((name, _))
                if ["content-type", "content-encoding"].contains(&name.to_lowercase().as_str()) =>
            {
                Err("content-type and content-encoding are written by this server; leave them out")
            }
            Some((name, value)) if !name.is_empty() && is_plain(name) && is_plain(value) => {
                Ok(Self { name: name.to_lowercase(), value: Hidden(value.into()) })
            }
            _ => Err("write a header as name=value, such as authorization=Basic YWxhZGRpbg=="),
        }
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// What Sentry and GlitchTip call a project's DSN, taken apart: `https://key@host/project`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dsn {
    /// Where envelopes go; the key is not in it.
    pub envelopes: Url,
    pub key: Hidden,
}

impl FromStr for Dsn {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const ADVICE: &str = "copy it as your Sentry or GlitchTip shows it: https://key@host/project";
        let is_word = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        let mut url = web_url(text).ok_or(ADVICE)?;
        let key = url.username().to_owned();
        let path = url.path().trim_end_matches('/').to_owned();
        let (prefix, project) = path.rsplit_once('/').ok_or(ADVICE)?;
        if !is_word(&key) || !is_word(project) {
            return Err(ADVICE);
        }
        // Old ones have a secret after the key, which nobody asks for any more.
        url.set_password(None).map_err(|()| ADVICE)?;
        url.set_username("").map_err(|()| ADVICE)?;
        url.set_path(&format!("{prefix}/api/{project}/envelope/"));
        Ok(Self { envelopes: url, key: Hidden(key) })
    }
}

/// A URL of the web that names a place and nothing more.
fn web_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let has_host = matches!(url.host(), Some(host) if host != Host::Domain(""));
    let is_place = matches!(url.scheme(), "http" | "https")
        && has_host
        && url.port() != Some(0)
        && url.query().is_none()
        && url.fragment().is_none();
    is_place.then_some(url)
}

fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

/// An option that is off while it is empty.
pub(super) fn unless_empty<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = &'static str>,
{
    match String::deserialize(deserializer)?.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(de::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_has_its_path_below_the_endpoint() {
        for (endpoint, traces) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("https://Otlp.example.org/", "https://otlp.example.org/v1/traces"),
            ("https://otlp.example.org/otlp/", "https://otlp.example.org/otlp/v1/traces"),
            ("http://[::1]:4318", "http://[::1]:4318/v1/traces"),
        ] {
            let endpoint: Endpoint = endpoint.parse().expect("a place");
            assert_eq!(endpoint.of("v1/traces").as_str(), traces);
        }
    }

    #[test]
    fn what_is_no_endpoint_is_refused_without_repeating_it() {
        for text in [
            "collector:4318",
            "127.0.0.1",
            "ftp://host",
            "http://",
            "http://host:0",
            "https://me:hunter2@host",
            "https://host/?key=hunter2",
            "https://host/#hunter2",
            "https://host/v1/traces",
        ] {
            let error = text.parse::<Endpoint>().expect_err(text);
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_dsn_is_taken_apart_and_its_key_is_not_printed() {
        for (dsn, envelopes) in [
            ("https://c0ffee@o1.ingest.sentry.io/42", "https://o1.ingest.sentry.io/api/42/envelope/"),
            ("http://c0ffee@10.0.0.5:8000/1", "http://10.0.0.5:8000/api/1/envelope/"),
            (
                "https://c0ffee:old@errors.example.org/glitch/7/",
                "https://errors.example.org/glitch/api/7/envelope/",
            ),
        ] {
            let dsn: Dsn = dsn.parse().expect("a DSN");
            assert_eq!((dsn.envelopes.as_str(), dsn.key.reveal()), (envelopes, "c0ffee"));
            assert!(!format!("{dsn:?}").contains("c0ffee"));
        }
        for text in
            ["https://host/1", "https://key@host/", "https://key@host", "key@host/1", "https://k%20y@host/1"]
        {
            assert!(text.parse::<Dsn>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_header_is_a_name_and_what_is_never_printed() {
        let header: Header = "Authorization = Basic YTpi==".parse().expect("a header");
        assert_eq!((header.name.as_str(), header.value.reveal()), ("authorization", "Basic YTpi=="));
        assert!(!format!("{header:?}").contains("YTpi"));
        for text in
            ["", "authorization", "=hunter2", "Content-Type=hunter2", "x=hunter2\r\ny: z", "x=hünter2"]
        {
            let error = text.parse::<Header>().expect_err(text);
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
