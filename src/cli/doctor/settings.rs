//! The configuration: what is read, what contradicts itself, and what is open that should not be.

use std::net::ToSocketAddrs;

use super::{Finding, Patient};
use crate::base::config::Config;
use crate::base::db::Synchronous;
use crate::server::{Pair, check_log};

const ABOUT: &str = "configuration";

pub(super) fn look(patient: &Patient) -> Vec<Finding> {
    let config = &patient.config;
    let mut findings = unreadable(config);
    findings.extend(unsafe_settings(config));
    findings.extend(reached_how(config));
    if findings.is_empty() {
        findings.push(Finding::fine(ABOUT, "It is read without an error, and nothing in it is unsafe."));
    }
    findings
}

fn unreadable(config: &Config) -> Vec<Finding> {
    let checks = [check_log(&config.log), Pair::read(&config.server).map(drop)];
    let advice = "The server does not start so.";
    let wrong = |error: crate::base::Error| Finding::wrong(ABOUT, error.to_string(), advice);
    checks.into_iter().filter_map(|check| check.err().map(wrong)).collect()
}

fn unsafe_settings(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    if config.database.synchronous == Synchronous::Normal {
        findings.push(Finding::risky(
            ABOUT,
            "database.synchronous is \"normal\": a power cut may take the last seconds of what was acknowledged.",
            "Write \"full\", unless losing some seconds is worth the speed.",
        ));
    }
    if config.database.min_free.as_u64() == 0 {
        findings.push(Finding::risky(
            ABOUT,
            "database.min_free is 0: the disk may fill up to the last byte, and then not even deleting works.",
            "Keep some free; the default is 64 MiB.",
        ));
    }
    if config.identity.account_signup {
        findings.push(Finding::risky(
            ABOUT,
            "identity.account_signup is true: anybody who reaches the server makes himself an account.",
            "Write false, unless that is what it is for.",
        ));
    }
    findings
}

/// Whether what people write in the browser, what the server speaks and where it listens fit together.
fn reached_how(config: &Config) -> Vec<Finding> {
    let server = &config.server;
    let (url, is_open) = (server.public_url.as_str(), is_open(&server.listen));
    let mut findings = Vec::new();
    if !url.is_empty() && !is_http_url(url) {
        let says = format!("server.public_url is {url:?}, which is no address of a server.");
        findings.push(Finding::wrong(ABOUT, says, "Write it as in the browser: https://desk.example.org"));
    } else if server.speaks_tls() && url.starts_with("http://") {
        findings.push(Finding::wrong(
            ABOUT,
            format!("The server speaks TLS, and server.public_url is {url}: links lead nowhere."),
            "Write https:// there.",
        ));
    } else if is_open && !server.speaks_tls() && !url.starts_with("https://") {
        findings.push(Finding::risky(
            ABOUT,
            format!("It listens on {} without TLS: whoever is on the way reads passwords and tokens.", server.listen),
            "Name a certificate in server.tls_cert and tls_key, or listen on 127.0.0.1 behind a proxy that speaks TLS.",
        ));
    } else if is_open && !server.speaks_tls() {
        findings.push(Finding::risky(
            ABOUT,
            format!(
                "People come over {url}, and the server listens on {} without TLS: who reaches that port goes \
                 round the proxy.",
                server.listen
            ),
            "Listen on 127.0.0.1 when the proxy is on this machine, or let a firewall admit the proxy alone.",
        ));
    } else if url.is_empty() && is_open {
        findings.push(Finding::risky(
            ABOUT,
            "server.public_url is empty, so links that the server prints name its port and not its name.",
            "Write the address under which people reach it.",
        ));
    }
    findings
}

pub(super) fn is_http_url(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Whether others than this machine reach the address.
fn is_open(listen: &str) -> bool {
    listen.to_socket_addrs().is_ok_and(|mut addresses| addresses.any(|address| !address.ip().is_loopback()))
}
