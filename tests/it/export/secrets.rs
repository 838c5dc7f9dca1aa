//! What must not leave does not, wherever in telemetry it stands; and what the operator wrote to reach the
//! receivers is never shown.

use std::time::Duration;

use steading::base::config;
use steading::base::{Clock, Error};
use steading::kernel::outbound::Outbound;
use steading::kernel::telemetry::export::{Exports, Paces, Source};
use steading::kernel::telemetry::{Attribute, Batch, Level, Line, Span, SpanKind};

use super::otlp::collector;
use super::{Exporter, body_of, failed, line, span, text};
use crate::outbound::settings;
use crate::support::Elsewhere;

const SECRETS: &[&str] = &[
    "hunter2",
    "ada@example.org",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "EocBCh0KBHVzZXIKBXRlbmFudBgDIgkKBwgKEgMYgAgSJAgAEiDa9BcQ8Xb",
];

const HOSTILE: &str = "Authorization: Bearer hunter2\nfor ada@example.org: {\"password\":\"hunter2\"} \
    signed with whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw by EocBCh0KBHVzZXIKBXRlbmFudBgDIgkKBwgKEgMYgAgSJAgAEiDa9BcQ8Xb";

/// Something of each kind with a hostile text wherever one fits.
fn hostile() -> Batch {
    let fields = || vec![("error", text(HOSTILE)), ("clientSecret", text("hunter2"))];
    let span = Span { name: HOSTILE.into(), ..failed(HOSTILE, span(1, None, SpanKind::Request, "")) };
    let request = Span { status: Some(500), attributes: fields(), ..span.clone() };
    let job = Span {
        kind: SpanKind::Job,
        attributes: [fields(), vec![("isLast", Attribute::Flag(true))]].concat(),
        ..span.clone()
    };
    let call = Span { kind: SpanKind::Call, attributes: fields(), ..span };
    Batch {
        spans: vec![request, job, call],
        lines: vec![Line { fields: fields(), ..line(Level::Error, HOSTILE) }],
    }
}

fn assert_clean(server: &Elsewhere, calls: usize) {
    let asked = server.asked();
    assert_eq!(asked.len(), calls);
    for asked in asked {
        let body = String::from_utf8_lossy(&body_of(&asked)).into_owned();
        assert!(body.contains("[hidden]"), "{body}");
        for secret in SECRETS {
            assert!(!body.contains(secret), "{secret} left in {body}");
        }
    }
}

#[actix_web::test]
async fn a_collector_is_told_no_secret() {
    let collector = collector().await;
    Exporter::otlp(&collector).take(hostile()).await;
    assert_clean(&collector, 2);
}

#[actix_web::test]
async fn sentry_is_told_no_secret() {
    let server = Elsewhere::http().await;
    server.answers("/api/42/envelope/", "{}");
    Exporter::sentry(&server).take(hostile()).await;
    assert_clean(&server, 3);
}

/// What is cut off in the middle of a secret would no longer be known as one.
#[actix_web::test]
async fn a_long_text_is_cut_after_it_was_scrubbed() {
    let collector = collector().await;
    let mut exporter = Exporter::otlp(&collector);
    for before in 8_150..8_200 {
        let text = format!("{} password={}", "a ".repeat(before / 2), "hunter2".repeat(20));
        exporter.take(Batch { lines: vec![line(Level::Info, &text)], ..Batch::default() }).await;
    }
    for asked in collector.asked() {
        let body = body_of(&asked);
        assert!(body.len() < 9_000, "{}", body.len());
        assert!(!body.windows(4).any(|four| four == b"hunt"));
    }
}

const WRONG: &[(&str, &str)] = &[
    ("OTLP_ENDPOINT", "hunter2"),
    ("OTLP_ENDPOINT", "http://me:hunter2@host"),
    ("OTLP_HEADERS", "hunter2"),
    ("OTLP_HEADERS", "content-type=hunter2"),
    ("SENTRY_DSN", "hunter2"),
    ("SENTRY_DSN", "https://hunter2@host"),
    ("SENTRY_DSN", "https://host/hunter2"),
    ("SERVICE_NAME", ""),
    ("ENVIRONMENT", " "),
];

#[test]
fn what_is_wrong_is_said_at_the_start_with_its_place_and_without_its_value() {
    for (name, value) in WRONG {
        let variables = [(format!("STEADING__TELEMETRY__{name}"), (*value).to_owned())];
        let error = config::load(None, variables).expect_err(value);
        let place = format!("telemetry.{}", name.to_lowercase());
        assert!(error.message().starts_with(&place), "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}

#[test]
fn a_header_that_can_not_be_sent_is_said_at_the_start() {
    for name in ["host", "content-length", "a b"] {
        let header = format!("{name}=hunter2");
        let opened = open(&[("OTLP_ENDPOINT", "http://127.0.0.1:1"), ("OTLP_HEADERS", &header)]);
        let error = opened.err().expect(name);
        assert!(
            error.message().contains("telemetry.otlp_headers") && error.message().contains(name),
            "{error}"
        );
        assert!(!error.message().contains("hunter2"), "{error}");
    }
}

#[test]
fn the_configuration_does_not_print_them() {
    let variables = [("OTLP_HEADERS", "authorization=hunter2"), ("SENTRY_DSN", "https://hunter2@host/1")];
    let telemetry = super::config_of(&variables);
    assert!(!format!("{telemetry:?}").contains("hunter2"));
}

#[test]
fn nobody_is_told_anything_unless_the_operator_says_so() {
    assert!(open(&[]).expect("none").sinks.is_empty());
}

fn open(variables: &[(&str, &str)]) -> Result<Exports, Error> {
    let outbound = Outbound::open(&settings(&[])).expect("a client");
    let source =
        Source { service: "desk".into(), version: "1", environment: "test".into(), instance: "one".into() };
    let paces = Paces { timeout: Duration::from_secs(1), ..Paces::default() };
    Exports::at_pace(&super::config_of(variables), &source, &outbound, &Clock::System, paces)
}
