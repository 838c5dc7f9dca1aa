//! Whose word is taken for where a request comes from: rates, the audit and sessions go by it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Finding, Patient};
use crate::base::config::{ForwardedHeader, Server};
use crate::cli::output::counted;

const ABOUT: &str = "proxies";

/// Addresses of strangers, from ends of the networks that have nothing in common: who trusts several trusts everybody.
const STRANGERS: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(1, 1, 1, 1)),
    IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7)),
    IpAddr::V6(Ipv6Addr::new(0x2a00, 0, 0, 0, 0, 0, 0, 7)),
];

pub(super) fn look(patient: &Patient) -> Vec<Finding> {
    vec![trusted(&patient.config.server)]
}

fn trusted(server: &Server) -> Finding {
    let header = match server.forwarded_header {
        ForwardedHeader::XForwardedFor => "X-Forwarded-For",
        ForwardedHeader::Forwarded => "Forwarded",
    };
    let proxies = &server.trusted_proxies;
    let is_trusted = |address: &&IpAddr| proxies.iter().any(|network| network.contains(**address));
    let is_behind_one = server.public_url.starts_with("https://") && !server.speaks_tls();
    if STRANGERS.iter().filter(is_trusted).count() > 1 {
        return Finding::wrong(
            ABOUT,
            format!(
                "server.trusted_proxies has everybody in it: who writes {header} himself is whom he likes."
            ),
            "List the addresses of your proxies alone, such as 127.0.0.1.",
        );
    }
    match (proxies.is_empty(), is_behind_one) {
        (true, true) => Finding::risky(
            ABOUT,
            format!(
                "People come over {}, through a proxy, and none is trusted: all of them have its address, in the audit \
                 too, and are limited together until they have signed in.",
                server.public_url
            ),
            "Write the proxy's address into server.trusted_proxies; 127.0.0.1 when it runs on this machine.",
        ),
        (true, false) => {
            Finding::fine(ABOUT, "None is trusted: a request comes from the other end of its connection.")
        }
        (false, _) => Finding::fine(
            ABOUT,
            format!(
                "{header} is believed of the {} in server.trusted_proxies; see in the audit that not everybody has the \
                 same address.",
                counted(proxies.len() as u64, "entry", "entries")
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;
    use crate::base::config::load;

    fn found(url: &str, trusted: &[&str]) -> Finding {
        let mut server = load(None, []).expect("the defaults").server;
        server.public_url = url.into();
        server.trusted_proxies = trusted.iter().map(|network| network.parse().expect("a network")).collect();
        super::trusted(&server)
    }

    #[test]
    fn a_proxy_that_nobody_trusts_and_trust_in_everybody_are_told() {
        for (url, trusted, level) in [
            ("", &[][..], Level::Fine),
            ("https://desk.example.org", &[], Level::Risky),
            ("https://desk.example.org", &["127.0.0.1"], Level::Fine),
            ("https://desk.example.org", &["10.0.0.0/8", "fd00::/8"], Level::Fine),
            ("https://desk.example.org", &["0.0.0.0/0"], Level::Wrong),
            ("https://desk.example.org", &["::/0"], Level::Wrong),
            ("https://desk.example.org", &["0.0.0.0/1", "128.0.0.0/1"], Level::Wrong),
        ] {
            let found = found(url, trusted);
            assert_eq!(found.level, level, "{url} {trusted:?}: {found:?}");
        }
    }
}
