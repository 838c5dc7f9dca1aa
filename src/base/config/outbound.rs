//! What this server may call, and how long and how much.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use bytesize::ByteSize;
use serde::{Deserialize, Deserializer, de};
use url::{Host, Url};

use super::Span;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outbound {
    pub allow: Vec<Destination>,
    pub connect_timeout: Span,
    pub timeout: Span,
    pub max_body: ByteSize,
    pub max_calls: usize,
    pub max_calls_per_tenant: usize,
    /// Empty for none.
    pub ca_file: PathBuf,
}

impl Outbound {
    /// Calls of one tenant at once.
    pub fn calls_per_tenant(&self) -> usize {
        match self.max_calls_per_tenant {
            0 => self.max_calls.div_ceil(4),
            own => own,
        }
    }
}

/// A host, as a name or as an address, and a port: `sso.lan:8443`, `10.0.0.5:443`, `[fd00::5]:443`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    host: Host,
    port: u16,
}

impl Destination {
    /// Where a URL leads.
    pub fn of(url: &Url) -> Option<Self> {
        Some(Self { host: url.host()?.to_owned(), port: url.port_or_known_default()? })
    }

    /// Whether it is this name, in the form in which URLs have it.
    pub fn is_name(&self, host: &str, port: u16) -> bool {
        self.port == port && matches!(&self.host, Host::Domain(name) if name == host)
    }

    pub fn is_address(&self, address: IpAddr, port: u16) -> bool {
        let own = match self.host {
            Host::Ipv4(own) => IpAddr::V4(own),
            Host::Ipv6(own) => IpAddr::V6(own),
            Host::Domain(_) => return false,
        };
        self.port == port && own == address
    }
}

impl FromStr for Destination {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.rsplit_once(':').and_then(|(host, port)| {
            let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
            Some((Host::parse(host).ok()?, port.parse().ok().filter(|port| is_number && *port > 0)?))
        });
        match parts {
            Some((host, port)) => Ok(Self { host, port }),
            None => Err("write a host and a port, such as sso.lan:8443, 10.0.0.5:443 or [fd00::5]:443"),
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl<'de> Deserialize<'de> for Destination {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Destination;

    fn destination(text: &str) -> Destination {
        text.parse().expect("a host and a port")
    }

    #[test]
    fn a_destination_is_a_host_and_a_port() {
        assert!(destination("SSO.lan:8443").is_name("sso.lan", 8443));
        assert!(!destination("sso.lan:8443").is_name("sso.lan", 443));
        let address = "10.0.0.5".parse().expect("an address");
        assert!(destination("10.0.0.5:443").is_address(address, 443));
        assert!(!destination("10.0.0.5:443").is_address(address, 80));
        assert!(destination("[fd00::5]:443").is_address("fd00::5".parse().expect("an address"), 443));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "sso.lan",
            "sso.lan:",
            ":443",
            "sso.lan:0",
            "sso.lan:+1",
            "sso.lan:65536",
            "fd00::5:443",
            "a b:1",
        ] {
            assert!(text.parse::<Destination>().is_err(), "{text}");
        }
    }
}
