//! Telemetry: whether its file can be used, what it takes, and whether somebody is there where it is sent.

use std::net::TcpStream;
use std::time::Duration;

use bytesize::ByteSize;
use url::Url;

use super::{Finding, Patient};
use crate::kernel::telemetry;

const ABOUT: &str = "telemetry";

/// How long a receiver may take to lift the receiver.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) fn look(patient: &Patient) -> Vec<Finding> {
    let config = &patient.config.telemetry;
    let mut findings = vec![file(patient)];
    let collector = config.otlp_endpoint.as_ref().map(|endpoint| endpoint.of("v1/traces"));
    let errors = config.sentry_dsn.as_ref().map(|dsn| dsn.envelopes.clone());
    let receivers = [("telemetry.otlp_endpoint", collector), ("telemetry.sentry_dsn", errors)];
    findings.extend(receivers.into_iter().filter_map(|(option, url)| Some(receiver(option, &url?))));
    findings
}

fn file(patient: &Patient) -> Finding {
    let (config, file) = (&patient.config.telemetry, patient.data.telemetry());
    if !config.enabled {
        return Finding::fine(ABOUT, "telemetry.enabled is false: nothing is kept.");
    }
    let shown = |bytes: u64| ByteSize::b(bytes).display().iec().to_string();
    match telemetry::glance_at(&file) {
        Ok(None) => Finding::fine(ABOUT, "Nothing is kept yet; `steading serve` makes telemetry.db."),
        Ok(Some(bytes)) => Finding::fine(
            ABOUT,
            format!(
                "telemetry.db takes {} of the {} that it may.",
                shown(bytes),
                shown(config.max_size.as_u64())
            ),
        ),
        Err(error) => Finding::risky(
            ABOUT,
            format!("{} can't be read: {error}", file.display()),
            "The server makes a damaged one anew; when it goes on, take away what lies there. Nothing else depends on it.",
        ),
    }
}

fn receiver(option: &str, url: &Url) -> Finding {
    let host = url.host_str().unwrap_or_default();
    let place = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
    let addresses = url.socket_addrs(|| None).unwrap_or_default();
    match addresses.iter().any(|address| TcpStream::connect_timeout(address, PATIENCE).is_ok()) {
        true => Finding::fine(ABOUT, format!("{place}, which {option} names, takes connections.")),
        false => Finding::risky(
            ABOUT,
            format!("{place}, which {option} names, does not answer: what is for it is dropped and counted."),
            "See whether it runs, and whether this machine reaches it.",
        ),
    }
}
