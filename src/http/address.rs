//! From where a request comes: the other end of its connection, or whom a trusted proxy there names.
//!
//! A proxy adds the address that it saw to the end of what its caller sent. So the list is read from its end, past
//! those that are trusted, up to the first that is not; what stands before that, anybody may have written.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;

use super::app::App;
use crate::base::config::{ForwardedHeader, Server};
use crate::base::network::Network;

/// Addresses in one list that are looked at.
const MOST: usize = 32;

/// Who is believed about addresses, and in which header.
#[derive(Debug, Clone)]
pub(super) struct Trust {
    proxies: Vec<Network>,
    header: ForwardedHeader,
    /// Who may read figures without saying who he is.
    near: Vec<Network>,
}

impl Trust {
    pub fn of(config: &Server) -> Self {
        Self {
            proxies: config.trusted_proxies.clone(),
            header: config.forwarded_header,
            near: config.metrics_open_to.clone(),
        }
    }

    /// The proxy beside this server, and those of its network.
    pub fn near_this_machine(header: ForwardedHeader) -> Self {
        let proxies = ["127.0.0.1", "10.0.0.0/8"].iter().filter_map(|text| text.parse().ok()).collect();
        Self { proxies, header, near: Vec::new() }
    }

    pub fn includes(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|network| network.contains(address))
    }

    /// Who asks through this peer.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        if !self.includes(peer) {
            return client;
        }
        for named in self.named(headers) {
            // What can't be read stands for somebody, but nobody knows for whom.
            let Some(address) = named else { break };
            client = address.to_canonical();
            if !self.includes(client) {
                break;
            }
        }
        client
    }

    /// Whether this peer may read figures. A proxy that nobody trusts has the address of this machine, too, and hands
    /// on what anybody asks.
    fn is_near(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        let is_handed_on =
            ["x-forwarded-for", "forwarded", "via"].iter().any(|name| headers.contains_key(*name));
        let client = self.client(peer, headers);
        (!is_handed_on || self.includes(peer)) && self.near.iter().any(|network| network.contains(client))
    }

    /// The addresses that the header names, the last first.
    fn named(&self, headers: &HeaderMap) -> Vec<Option<IpAddr>> {
        let (name, read): (_, fn(&str) -> Option<IpAddr>) = match self.header {
            ForwardedHeader::XForwardedFor => ("x-forwarded-for", address_in),
            ForwardedHeader::Forwarded => ("forwarded", forwarded_for),
        };
        let lines: Vec<&str> = headers.get_all(name).map(|line| line.to_str().unwrap_or("?")).collect();
        lines
            .iter()
            .rev()
            .flat_map(|line| line.rsplit(','))
            .take(MOST)
            .map(|element| read(element.trim()))
            .collect()
    }
}

/// The address of the node that `for=` names, as RFC 7239 writes it.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, node) = pairs.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
    address_in(node.trim_matches('"'))
}

/// An address, perhaps with a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
fn address_in(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0.parse().ok(),
        None => text.rsplit_once(':')?.0.parse().ok(),
    }
}

/// From where the request comes; nothing when the connection is gone.
pub(super) fn client_of(request: &HttpRequest, app: &App) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    Some(app.trust().client(peer, request.headers()))
}

/// Whether the request comes from where figures may be read without a token.
pub(super) fn is_near(request: &HttpRequest, app: &App) -> bool {
    let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
    peer.is_some_and(|peer| app.trust().is_near(peer, request.headers()))
}

/// The address of the client as it is written down.
pub(super) fn address_of(request: &HttpRequest, app: &App) -> String {
    client_of(request, app).map(|address| address.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn client(header: ForwardedHeader, peer: &str, lines: &[(&'static str, &str)]) -> String {
        let proxies = ["127.0.0.1", "10.0.0.0/8", "fd00::/8"].map(|text| text.parse().expect("a network"));
        let trust = Trust { proxies: proxies.to_vec(), header, near: Vec::new() };
        let request = lines.iter().fold(TestRequest::default(), |request, line| request.append_header(*line));
        let request = request.to_http_request();
        trust.client(peer.parse().expect("an address"), request.headers()).to_string()
    }

    #[test]
    fn who_is_not_trusted_is_not_believed() {
        for name in ["x-forwarded-for", "forwarded"] {
            let said = [(name, "192.0.2.1"), (name, "for=192.0.2.1")];
            for header in [ForwardedHeader::XForwardedFor, ForwardedHeader::Forwarded] {
                assert_eq!(client(header, "203.0.113.5", &said), "203.0.113.5");
            }
        }
    }

    #[test]
    fn what_the_nearest_proxy_saw_counts_and_not_what_it_was_told() {
        for (list, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.66, 192.0.2.1", "192.0.2.1"),
            ("127.0.0.1, 192.0.2.1", "192.0.2.1"),
            ("192.0.2.1, 10.0.0.3, fd00::1", "192.0.2.1"),
            ("192.0.2.66, 192.0.2.1, 10.0.0.3", "192.0.2.1"),
            ("192.0.2.1:4711", "192.0.2.1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("10.0.0.9, 10.0.0.3", "10.0.0.9"),
            ("192.0.2.1, rubbish", "127.0.0.1"),
            ("192.0.2.1, rubbish, 10.0.0.3", "10.0.0.3"),
            ("", "127.0.0.1"),
            (",,,", "127.0.0.1"),
        ] {
            let said = [("x-forwarded-for", list)];
            assert_eq!(client(ForwardedHeader::XForwardedFor, "127.0.0.1", &said), expected, "{list}");
        }
    }

    #[test]
    fn several_lines_are_one_list() {
        let said = [("x-forwarded-for", "192.0.2.66"), ("x-forwarded-for", "192.0.2.1, 10.0.0.3")];
        assert_eq!(client(ForwardedHeader::XForwardedFor, "127.0.0.1", &said), "192.0.2.1");
    }

    #[test]
    fn only_the_one_header_is_read() {
        let said = [("x-forwarded-for", "192.0.2.66"), ("forwarded", "for=192.0.2.1")];
        assert_eq!(client(ForwardedHeader::Forwarded, "127.0.0.1", &said), "192.0.2.1");
        assert_eq!(client(ForwardedHeader::XForwardedFor, "127.0.0.1", &said), "192.0.2.66");
    }

    #[test]
    fn forwarded_is_read_as_it_may_be_written() {
        for (list, expected) in [
            ("for=192.0.2.1;proto=https;by=10.0.0.3", "192.0.2.1"),
            ("proto=https; For=\"192.0.2.1:4711\"", "192.0.2.1"),
            ("for=192.0.2.66, for=\"[2001:db8::1]:80\"", "2001:db8::1"),
            ("for=_hidden, for=10.0.0.3", "10.0.0.3"),
            ("for=unknown", "127.0.0.1"),
            ("by=192.0.2.1", "127.0.0.1"),
        ] {
            assert_eq!(
                client(ForwardedHeader::Forwarded, "127.0.0.1", &[("forwarded", list)]),
                expected,
                "{list}"
            );
        }
    }

    #[test]
    fn figures_are_for_those_near_and_not_for_whom_a_proxy_of_theirs_hands_on() {
        let is_near = |proxies: &[&str], peer: &str, said: &str| {
            let networks =
                |texts: &[&str]| texts.iter().map(|text| text.parse().expect("a network")).collect();
            let (proxies, near) = (networks(proxies), networks(&["127.0.0.1"]));
            let trust = Trust { proxies, header: ForwardedHeader::XForwardedFor, near };
            let mut request = TestRequest::default();
            if !said.is_empty() {
                request = request.append_header(("x-forwarded-for", said));
            }
            trust.is_near(peer.parse().expect("an address"), request.to_http_request().headers())
        };
        assert!(is_near(&[], "127.0.0.1", ""));
        assert!(!is_near(&[], "192.0.2.1", ""));
        assert!(!is_near(&[], "192.0.2.1", "127.0.0.1"));
        assert!(!is_near(&[], "127.0.0.1", "192.0.2.1"));
        assert!(!is_near(&["127.0.0.1"], "127.0.0.1", "192.0.2.1"));
        assert!(!is_near(&["127.0.0.1"], "127.0.0.1", "127.0.0.1, 192.0.2.1"));
        assert!(is_near(&["127.0.0.1"], "127.0.0.1", ""));
    }

    #[test]
    fn a_very_long_list_is_not_walked_for_ever() {
        let list = vec!["10.0.0.1"; 5_000].join(",");
        assert_eq!(
            client(ForwardedHeader::XForwardedFor, "127.0.0.1", &[("x-forwarded-for", &list)]),
            "10.0.0.1"
        );
    }
}
