//! The certificate that the server shows: how long it is good, and whether it is for the name that people write. Both
//! are asked of the verifier that clients would ask.

use std::time::Duration;

use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};

use super::{Finding, Patient};
use crate::base::Timestamp;
use crate::server::Pair;

const ABOUT: &str = "certificate";

/// Who renews by himself does so long before.
const SOON: Duration = Duration::from_hours(24 * 14);

const A_DAY: u64 = 24 * 3_600;

/// The year 9999: no certificate is good then.
const IN_THE_END: Duration = Duration::from_secs(253_402_300_799);

pub(super) fn look(patient: &Patient) -> Vec<Finding> {
    // One that can't be used is told with the configuration.
    let Ok(Some(pair)) = Pair::read(&patient.config.server) else { return Vec::new() };
    let Some(shown) = pair.chain().first() else { return Vec::new() };
    let url = url::Url::parse(&patient.config.server.public_url).ok();
    let host = url.as_ref().and_then(url::Url::host_str);
    vec![time(shown, Duration::from_millis(patient.now.millis().unsigned_abs())), name(shown, host)]
}

fn time(certificate: &CertificateDer<'_>, now: Duration) -> Finding {
    const ADVICE: &str = "Renew it; the server takes the new files over by itself, within half a minute.";
    let Some(end) = end_of(certificate) else {
        return Finding::risky(
            ABOUT,
            "It can't be told until when it is good.",
            "openssl x509 -in … -text shows it.",
        );
    };
    let until = Timestamp::from_millis(i64::try_from(end.as_millis()).unwrap_or(i64::MAX));
    let days = |span: Duration| match span.as_secs() / A_DAY {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    };
    match end.checked_sub(now) {
        None => {
            let says =
                format!("It is over since {until}, for {}: nobody's browser believes it.", days(now - end));
            Finding::wrong(ABOUT, says, ADVICE)
        }
        Some(left) if left < SOON => {
            Finding::risky(ABOUT, format!("It is good for {} more, until {until}.", days(left)), ADVICE)
        }
        Some(left) if begins_later(certificate, now) => Finding::wrong(
            ABOUT,
            format!("It is not good yet, and then for {} from now, until {until}.", days(left)),
            "See whether the clock of this machine is right.",
        ),
        Some(left) => Finding::fine(ABOUT, format!("It is good for {} more, until {until}.", days(left))),
    }
}

/// When it ends. Whoever is asked about a time after that says when that was.
fn end_of(certificate: &CertificateDer<'_>) -> Option<Duration> {
    match judged_at(certificate, IN_THE_END)? {
        CertificateError::ExpiredContext { not_after, .. } => Some(Duration::from_secs(not_after.as_secs())),
        _ => None,
    }
}

fn begins_later(certificate: &CertificateDer<'_>, now: Duration) -> bool {
    matches!(
        judged_at(certificate, now),
        Some(CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. })
    )
}

/// What is wrong with it at a time. That nobody here knows its authority comes last.
fn judged_at(certificate: &CertificateDer<'_>, at: Duration) -> Option<CertificateError> {
    let parsed = ParsedCertificate::try_from(certificate).ok()?;
    let (nobody, known) =
        (RootCertStore::empty(), ring::default_provider().signature_verification_algorithms.all);
    let at = UnixTime::since_unix_epoch(at);
    match verify_server_cert_signed_by_trust_anchor(&parsed, &nobody, &[], at, known) {
        Err(Error::InvalidCertificate(why)) => Some(why),
        _ => None,
    }
}

fn name(certificate: &CertificateDer<'_>, host: Option<&str>) -> Finding {
    let names = names_of(certificate).join(", ");
    let Some(host) = host else {
        return Finding::fine(ABOUT, format!("It is for {names}; server.public_url names none of them."));
    };
    let fits =
        ServerName::try_from(host.trim_matches(['[', ']'])).is_ok_and(|host| is_for(certificate, &host));
    match fits {
        true => Finding::fine(ABOUT, format!("It is for {names}, and so for {host}.")),
        false => Finding::wrong(
            ABOUT,
            format!("It is for {names}, and people write {host}: their browsers refuse it."),
            "Get one for the name in server.public_url, or write there the name that it is for.",
        ),
    }
}

fn is_for(certificate: &CertificateDer<'_>, host: &ServerName<'_>) -> bool {
    ParsedCertificate::try_from(certificate).is_ok_and(|parsed| verify_server_name(&parsed, host).is_ok())
}

/// The names in it. Whoever is asked for a name that it has not lists those that it has.
fn names_of(certificate: &CertificateDer<'_>) -> Vec<String> {
    let asked = || {
        let parsed = ParsedCertificate::try_from(certificate).ok()?;
        match verify_server_name(&parsed, &ServerName::try_from("nobody.invalid").ok()?) {
            Err(Error::InvalidCertificate(CertificateError::NotValidForNameContext {
                presented, ..
            })) => Some(presented),
            _ => None,
        }
    };
    let names = asked().unwrap_or_default();
    // They come with their kind around them: DnsName("desk.example.org").
    let plain = |name: String| {
        let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
        inner.map_or_else(|| name.clone(), |inner| inner.trim_matches('"').to_owned())
    };
    match names.is_empty() {
        true => vec!["no name at all".into()],
        false => names.into_iter().map(plain).collect(),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::super::Level;
    use super::*;

    /// Good in the year 2030, for these names.
    fn of_2030(names: &[&str]) -> CertificateDer<'static> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names");
        (params.not_before, params.not_after) = (date_time_ymd(2030, 1, 1), date_time_ymd(2031, 1, 1));
        let key = KeyPair::generate().expect("a key");
        params.self_signed(&key).expect("a certificate").der().clone()
    }

    /// 2031-01-01T00:00:00Z, when it is over.
    const OVER: Duration = Duration::from_secs(1_924_992_000);

    #[test]
    fn how_long_it_is_good_is_told() {
        let certificate = of_2030(&["desk.example.org"]);
        let day = Duration::from_secs(A_DAY);
        for (now, level, words) in [
            (OVER - 30 * day, Level::Fine, "good for 30 days more, until 2031-01-01"),
            (OVER - day, Level::Risky, "good for 1 day more"),
            (OVER + 2 * day, Level::Wrong, "over since 2031-01-01T00:00:00.000Z, for 2 days"),
            (OVER - 366 * day, Level::Wrong, "not good yet"),
        ] {
            let found = time(&certificate, now);
            assert!(found.level == level && found.says.contains(words), "{found:?}");
        }
    }

    #[test]
    fn the_names_that_it_is_for_are_told_and_compared() {
        let certificate = of_2030(&["desk.example.org", "*.acme.example", "127.0.0.1"]);
        for (host, level) in [
            (None, Level::Fine),
            (Some("desk.example.org"), Level::Fine),
            (Some("any.acme.example"), Level::Fine),
            (Some("127.0.0.1"), Level::Fine),
            (Some("acme.example"), Level::Wrong),
            (Some("[::1]"), Level::Wrong),
        ] {
            let found = name(&certificate, host);
            assert_eq!(found.level, level, "{found:?}");
            assert!(found.says.contains("for desk.example.org, *.acme.example, 127.0.0.1"), "{found:?}");
        }
    }
}
