//! What Sentry and GlitchTip are told of errors, read as an envelope is.

use serde_json::Value as Json;
use steading::kernel::telemetry::{Attribute, Batch, Level, Line, Span, SpanKind};

use super::{Exporter, body_of, counts, failed, line, lines, span, spans, text};
use crate::support::{Asked, Elsewhere, Said};

const ENVELOPES: &str = "/api/42/envelope/";

pub async fn glitchtip() -> Elsewhere {
    let server = Elsewhere::http().await;
    server.answers(ENVELOPES, r#"{"id":"fc6d8c0c43fc4630ad850ee518f1b9d0"}"#);
    server
}

/// The header of an envelope and the event in it.
fn envelope_in(asked: &Asked) -> (Json, Json) {
    let body = body_of(asked);
    let line_end = |from: usize| from + body[from..].iter().position(|byte| *byte == b'\n').expect("a line");
    let header_end = line_end(0);
    let item_end = line_end(header_end + 1);
    let json = |bytes: &[u8]| serde_json::from_slice::<Json>(bytes).expect("JSON");
    let item = json(&body[header_end + 1..item_end]);
    assert_eq!(item["type"], "event");
    let length = usize::try_from(item["length"].as_u64().expect("a length")).expect("a small one");
    let event = &body[item_end + 1..][..length];
    assert_eq!(&body[item_end + 1 + length..], b"\n", "nothing follows the one item");
    (json(&body[..header_end]), json(event))
}

pub fn events(server: &Elsewhere) -> Vec<Json> {
    server.asked().iter().map(|asked| envelope_in(asked).1).collect()
}

fn broken_request(why: &str) -> Span {
    let request = failed(why, span(7, None, SpanKind::Request, "GET /api/requests/{id}"));
    Span { status: Some(500), attributes: vec![("path", text("/api/requests/1"))], ..request }
}

fn attempt(error: &str, is_last: bool) -> Span {
    let job = "0199d8a1-0f5e-7c3e-9a54-3f0f7d1f2a11".parse().ok();
    let event = "0199d8a1-0f5e-7c3e-9a54-3f0f7d1f2a12".parse().ok();
    let failed = failed(error, span(9, Some(7), SpanKind::Job, "mail.send"));
    Span { job, event, attributes: vec![("isLast", Attribute::Flag(is_last))], ..failed }
}

#[actix_web::test]
async fn a_failed_request_is_told_as_an_event() {
    let server = glitchtip().await;
    let mut exporter = Exporter::sentry(&server);
    exporter.take(spans(vec![broken_request("The disk is full.")])).await;
    let asked = server.asked().remove(0);
    assert_eq!(asked.line, "POST /api/42/envelope/ HTTP/1.1");
    assert_eq!(asked.header("content-type"), Some("application/x-sentry-envelope"));
    let auth = concat!(
        "Sentry sentry_version=7, sentry_client=steading/",
        env!("CARGO_PKG_VERSION"),
        ", sentry_key=c0ffee"
    );
    assert_eq!(asked.header("x-sentry-auth"), Some(auth));
    let (header, mut event) = envelope_in(&asked);
    let id = event["event_id"].take();
    assert_eq!(header["event_id"], id);
    assert_eq!(id.as_str().map(str::len), Some(32));
    event["sdk"]["version"].take();
    insta::assert_snapshot!(serde_json::to_string_pretty(&event).expect("JSON"), @r#"
    {
      "contexts": {
        "trace": {
          "op": "http.server",
          "span_id": "0000000000000007",
          "status": "internal_error",
          "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"
        }
      },
      "environment": "test",
      "event_id": null,
      "exception": {
        "values": [
          {
            "mechanism": {
              "handled": true,
              "type": "generic"
            },
            "type": "GET /api/requests/{id}",
            "value": "The disk is full."
          }
        ]
      },
      "extra": {
        "path": "/api/requests/1"
      },
      "fingerprint": [
        "request",
        "a4f0d99e96640bf6"
      ],
      "level": "error",
      "logger": "steading.request",
      "platform": "other",
      "release": "desk@1.2.3",
      "sdk": {
        "name": "steading",
        "version": null
      },
      "server_name": "0199d8a1-0f5e-7c3e-9a54-3f0f7d1f2a11",
      "tags": {
        "http.status_code": "500",
        "steading.actor": "system",
        "steading.kind": "request",
        "steading.tenant": "acme",
        "steading.trace": "4bf92f3577b34da6a3ce929d0e0e4736"
      },
      "timestamp": 1767225600.012,
      "transaction": "GET /api/requests/{id}",
      "user": {
        "id": "system"
      }
    }
    "#);
    assert_eq!(exporter.counts("errors"), counts(1, 0, 0));
}

#[actix_web::test]
async fn the_last_attempt_of_a_job_and_a_panic_are_told_and_a_retried_one_is_not() {
    let server = glitchtip().await;
    let mut exporter = Exporter::sentry(&server);
    exporter
        .take(spans(vec![
            attempt("The mailer said no to order 17.", true),
            attempt("The mailer said no to order 17.", false),
            attempt("It panicked: index out of bounds", false),
            attempt("The mailer said no to order 18.", true),
        ]))
        .await;
    let events = events(&server);
    assert_eq!(events.len(), 3);
    let tags = &events[0]["tags"];
    assert_eq!(tags["steading.job"], "0199d8a1-0f5e-7c3e-9a54-3f0f7d1f2a11");
    assert_eq!(tags["steading.event"], "0199d8a1-0f5e-7c3e-9a54-3f0f7d1f2a12");
    assert_eq!(tags["steading.tenant"], "acme");
    assert_eq!(tags["steading.trace"], super::TRACE.to_string());
    assert_eq!(events[0]["contexts"]["trace"]["trace_id"], super::TRACE.to_string());
    assert_eq!(events[0]["contexts"]["trace"]["op"], "queue.process");
    assert_eq!(events[0]["fingerprint"], events[2]["fingerprint"], "they differ in a number");
    assert_ne!(events[0]["fingerprint"], events[1]["fingerprint"]);
    assert_eq!(events[0]["transaction"], "mail.send");
}

#[actix_web::test]
async fn a_line_at_error_is_told_once_and_lesser_ones_are_not() {
    let server = glitchtip().await;
    let mut exporter = Exporter::sentry(&server);
    let fields = vec![("error", text("disk I/O error"))];
    let error = Line { fields, ..line(Level::Error, "the database file is damaged") };
    // The front's own line is about a request that is told as a span.
    let of_front = Line { target: "steading::http::front", ..line(Level::Error, "a request failed") };
    exporter.take(lines(vec![error, line(Level::Warn, "a slow request"), of_front])).await;
    let events = events(&server);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["logentry"]["formatted"], "the database file is damaged");
    assert_eq!(events[0]["extra"]["error"], "disk I/O error");
    assert_eq!(events[0]["transaction"], "steading::kernel::jobs");
}

/// The span says what the caller was told; what happened is in the log.
#[actix_web::test]
async fn a_request_is_told_with_its_cause() {
    let server = glitchtip().await;
    let mut exporter = Exporter::sentry(&server);
    let request = broken_request("Something went wrong in the server; the log has the cause.");
    let said = text("Something went wrong in the server; the log has the cause. Cause: no space left");
    let of_front = Line {
        target: "steading::http::front",
        span: Some(request.id),
        fields: vec![("error", said)],
        ..line(Level::Error, "a request failed")
    };
    exporter.take(lines(vec![of_front])).await;
    exporter.take(spans(vec![request.clone(), request])).await;
    let told: Vec<Json> =
        events(&server).iter().map(|event| event["exception"]["values"][0]["value"].clone()).collect();
    let unknown = "Something went wrong in the server; the log has the cause.";
    assert_eq!(told, ["no space left", unknown], "a cause is told once");
}

#[actix_web::test]
async fn what_is_no_incident_is_not_told() {
    let server = glitchtip().await;
    let mut exporter = Exporter::sentry(&server);
    let refused = |status| Span { status: Some(status), ..broken_request("It is so.") };
    let call = failed("Nobody accepts connections.", span(1, None, SpanKind::Call, "hooks.example.org"));
    exporter
        .take(spans(vec![refused(404), refused(503), call, span(2, None, SpanKind::Request, "GET /")]))
        .await;
    assert!(server.asked().is_empty());
    assert_eq!(exporter.counts("errors"), counts(0, 0, 0));
}

#[actix_web::test]
async fn silence_is_kept_when_it_is_asked_for() {
    for (status, header, value) in [
        (429, "retry-after", "60"),
        (429, "x-unrelated", "1"),
        (429, "x-sentry-rate-limits", "60:error:project"),
        (200, "x-sentry-rate-limits", "2700:default;error;security:organization, 10:transaction:key"),
        (200, "x-sentry-rate-limits", "60::organization"),
    ] {
        let server = glitchtip().await;
        let headers = vec![(header.to_owned(), value.to_owned())];
        server.says(ENVELOPES, Said::Answer(status, headers, Vec::new()));
        let mut exporter = Exporter::sentry(&server);
        let batch: Vec<Span> = ["one", "two", "three"].map(broken_request).into();
        exporter.take(spans(batch)).await;
        assert_eq!(server.asked().len(), 1, "{status} {value}");
        let expected = if status == 429 { counts(0, 2, 1) } else { counts(1, 2, 0) };
        assert_eq!(exporter.counts("errors"), expected, "{status} {value}");
    }
}

#[actix_web::test]
async fn a_limit_on_other_things_is_no_silence() {
    let server = glitchtip().await;
    let headers = vec![("x-sentry-rate-limits".into(), "60:transaction;attachment:project".into())];
    server.says(ENVELOPES, Said::Answer(200, headers, Vec::new()));
    let mut exporter = Exporter::sentry(&server);
    exporter.take(spans(["one", "two"].map(broken_request).into())).await;
    assert_eq!(exporter.counts("errors"), counts(2, 0, 0));
}

#[actix_web::test]
async fn the_same_error_again_and_again_is_told_a_few_times() {
    let server = glitchtip().await;
    let mut exporter = Exporter::sentry(&server);
    let storm = (0..100).map(|number| broken_request(&format!("Row {number} is gone."))).collect();
    exporter.take(spans(storm)).await;
    exporter.take(spans(vec![broken_request("Another one.")])).await;
    assert_eq!(exporter.counts("errors"), counts(11, 90, 0));
}

#[actix_web::test]
async fn a_dead_one_costs_a_count() {
    let server = glitchtip().await;
    server.goes_down(true);
    let mut exporter = Exporter::sentry(&server);
    exporter.take(spans(vec![broken_request("one")])).await;
    assert_eq!(exporter.counts("errors"), counts(0, 0, 1));
    server.goes_down(false);
    exporter.take(Batch::default()).await;
    exporter.take(spans(vec![broken_request("two")])).await;
    assert_eq!(exporter.counts("errors"), counts(1, 0, 1));
}
