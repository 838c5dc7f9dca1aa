//! What a collector is told, as the protocol's own messages read it.

use std::fmt::Write;

use decoder::Message;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span as ToldSpan;
use steading::kernel::telemetry::{Attribute, Level, Line, Span, SpanKind};

use super::{Exporter, body_of, counts, failed, line, lines, quick, span, spans, text};
use crate::support::{Asked, Elsewhere, Said};

pub const TRACES: &str = "/v1/traces";
pub const LOGS: &str = "/v1/logs";

/// A collector that takes everything.
pub async fn collector() -> Elsewhere {
    let collector = Elsewhere::http().await;
    collector.answers(TRACES, "");
    collector.answers(LOGS, "");
    collector
}

pub fn traces_in(asked: &Asked) -> ExportTraceServiceRequest {
    assert_eq!(asked.header("content-type"), Some("application/x-protobuf"));
    ExportTraceServiceRequest::decode(&body_of(asked)[..]).expect("it is what the protocol says")
}

pub fn spans_in(asked: &Asked) -> Vec<ToldSpan> {
    let resources = traces_in(asked).resource_spans.into_iter();
    resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans).collect()
}

fn text_of(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()).expect("a value") {
        Value::StringValue(text) => format!("{text:?}"),
        Value::IntValue(number) => number.to_string(),
        Value::DoubleValue(number) => format!("{number:?}"),
        Value::BoolValue(truth) => truth.to_string(),
        other => panic!("{other:?}"),
    }
}

fn attributes_of(attributes: &[KeyValue]) -> String {
    let each = attributes.iter().map(|pair| format!("{}={}", pair.key, text_of(pair.value.as_ref())));
    each.collect::<Vec<_>>().join(" ")
}

/// What every span here has.
const OF_ALL: &[&str] = &["steading.kind", "steading.tenant", "steading.actor", "messaging.system"];

/// The spans as the tree that they are.
fn tree_of(spans: &[ToldSpan], parent: &[u8], depth: usize, text: &mut String) {
    for span in spans.iter().filter(|span| span.parent_span_id == parent) {
        let indent = "  ".repeat(depth);
        let kind = span.kind().as_str_name().trim_start_matches("SPAN_KIND_");
        let millis = (span.end_time_unix_nano - span.start_time_unix_nano) / 1_000_000;
        writeln!(text, "{indent}{kind} {} {millis} ms", span.name).expect("memory");
        let own = span.attributes.iter().filter(|pair| !OF_ALL.contains(&pair.key.as_str()));
        for pair in own {
            writeln!(text, "{indent}  {}={}", pair.key, text_of(pair.value.as_ref())).expect("memory");
        }
        if let Some(status) = &span.status {
            writeln!(text, "{indent}  {} {:?}", status.code().as_str_name(), status.message).expect("memory");
        }
        tree_of(spans, &span.span_id, depth + 1, text);
    }
}

#[actix_web::test]
async fn a_trace_arrives_as_the_tree_that_it_was() {
    let collector = collector().await;
    let mut exporter = Exporter::otlp(&collector);
    let job = "0199d8a1-0f5e-7c3e-9a54-3f0f7d1f2a11".parse().expect("an id");
    let event = "0199d8a1-0f5e-7c3e-9a54-3f0f7d1f2a12".parse().expect("an id");
    let mut called =
        failed("The receiver answered 502.", span(6, Some(5), SpanKind::Call, "hooks.example.org"));
    called.status = Some(502);
    exporter
        .take(spans(vec![
            Span {
                status: Some(201),
                attributes: vec![("path", text("/api/requests")), ("bytes", Attribute::Int(12))],
                ..span(1, None, SpanKind::Request, "POST /api/requests")
            },
            span(2, Some(1), SpanKind::Write, "write"),
            Span { event: Some(event), ..span(3, Some(2), SpanKind::Event, "request.created") },
            Span { event: Some(event), ..span(4, Some(3), SpanKind::Delivery, "crm") },
            Span { job: Some(job), event: Some(event), ..span(5, Some(4), SpanKind::Job, "events.webhook") },
            Span { job: Some(job), ..called },
        ]))
        .await;
    let asked = collector.asked().remove(0);
    let mut text = String::new();
    let told = spans_in(&asked);
    tree_of(&told, &[], 0, &mut text);
    insta::assert_snapshot!(text, @r#"
    SERVER POST /api/requests 5 ms
      http.response.status_code=201
      http.request.method="POST"
      http.route="/api/requests"
      url.path="/api/requests"
      steading.bytes=12
      INTERNAL write 5 ms
        db.system.name="sqlite"
        PRODUCER request.created 5 ms
          steading.event="0199d8a1-0f5e-7c3e-9a54-3f0f7d1f2a12"
          messaging.destination.name="request.created"
          INTERNAL crm 5 ms
            steading.event="0199d8a1-0f5e-7c3e-9a54-3f0f7d1f2a12"
            messaging.destination.name="crm"
            CONSUMER events.webhook 5 ms
              steading.job="0199d8a1-0f5e-7c3e-9a54-3f0f7d1f2a11"
              steading.event="0199d8a1-0f5e-7c3e-9a54-3f0f7d1f2a12"
              messaging.destination.name="events.webhook"
              CLIENT hooks.example.org 5 ms
                steading.job="0199d8a1-0f5e-7c3e-9a54-3f0f7d1f2a11"
                http.response.status_code=502
                server.address="hooks.example.org"
                error.type="502"
                STATUS_CODE_ERROR "The receiver answered 502."
    "#);
    assert!(told.iter().all(|span| span.trace_id == super::TRACE.0.to_be_bytes()));
    assert!(told.iter().all(|span| attributes_of(&span.attributes).contains(r#"steading.tenant="acme""#)));
    assert_eq!(told[0].start_time_unix_nano, 1_767_225_600_001_000_000);
    assert_eq!(exporter.counts("spans"), counts(6, 0, 0));
}

#[actix_web::test]
async fn who_tells_is_told_once_for_all() {
    let collector = collector().await;
    let mut exporter = Exporter::otlp(&collector);
    exporter
        .take(spans(vec![span(1, None, SpanKind::Job, "work"), span(2, None, SpanKind::Job, "work")]))
        .await;
    let told = traces_in(&collector.asked().remove(0));
    assert_eq!((told.resource_spans.len(), told.resource_spans[0].scope_spans.len()), (1, 1));
    let resource = told.resource_spans[0].resource.as_ref().expect("a resource");
    insta::assert_snapshot!(attributes_of(&resource.attributes).replace(' ', "\n"), @r#"
    service.name="desk"
    service.version="1.2.3"
    service.instance.id="0199d8a1-0f5e-7c3e-9a54-3f0f7d1f2a11"
    deployment.environment.name="test"
    telemetry.sdk.name="steading"
    telemetry.sdk.language="rust"
    telemetry.sdk.version="1.2.3"
    "#);
}

#[actix_web::test]
async fn a_line_arrives_with_what_was_going_on() {
    let collector = collector().await;
    let mut exporter = Exporter::otlp(&collector);
    let fields =
        vec![("path", text("/api/x")), ("status", Attribute::Int(500)), ("service", text("job pruner"))];
    let alone = Line { trace: None, tenant: None, actor: None, ..line(Level::Debug, "a debug line") };
    exporter.take(lines(vec![Line { fields, ..line(Level::Error, "it failed") }, alone])).await;
    let asked = collector.asked().remove(0);
    assert_eq!(asked.line, "POST /v1/logs HTTP/1.1");
    let told = ExportLogsServiceRequest::decode(&body_of(&asked)[..]).expect("what the protocol says");
    let records = &told.resource_logs[0].scope_logs[0].log_records;
    let mut text = String::new();
    for record in records {
        let (severity, body) = (record.severity_number().as_str_name(), text_of(record.body.as_ref()));
        let attributes = attributes_of(&record.attributes).replace(" steading.", "\n  steading.");
        writeln!(text, "{severity} {} {body}\n  {attributes}", record.severity_text).expect("memory");
    }
    insta::assert_snapshot!(text, @r#"
    SEVERITY_NUMBER_ERROR ERROR "it failed"
      code.namespace="steading::kernel::jobs"
      steading.tenant="acme"
      steading.actor="system" url.path="/api/x" http.response.status_code=500
      steading.service="job pruner"
    SEVERITY_NUMBER_DEBUG DEBUG "a debug line"
      code.namespace="steading::kernel::jobs"
    "#);
    assert_eq!(records[0].trace_id, super::TRACE.0.to_be_bytes());
    assert_eq!(records[0].span_id, 1_u64.to_be_bytes());
    assert_eq!(records[0].time_unix_nano, 1_767_225_600_000_000_000);
    assert!(records[1].trace_id.is_empty() && records[1].span_id.is_empty());
    assert_eq!(exporter.counts("lines"), counts(2, 0, 0));
}

#[actix_web::test]
async fn a_request_that_was_refused_rightly_is_no_error() {
    let collector = collector().await;
    let mut exporter = Exporter::otlp(&collector);
    let answered = |status| Span {
        status: Some(status),
        ..failed("There is none.", span(status.into(), None, SpanKind::Request, "GET /api/x"))
    };
    exporter.take(spans(vec![answered(404), answered(500)])).await;
    let told = spans_in(&collector.asked().remove(0));
    assert_eq!((told[0].status.is_some(), told[1].status.is_some()), (false, true));
}

#[actix_web::test]
async fn headers_go_along_and_much_is_packed() {
    let collector = collector().await;
    let endpoint = collector.url("");
    let variables =
        [("OTLP_ENDPOINT", endpoint.as_str()), ("OTLP_HEADERS", "Authorization=Basic YTpi, x-scope=desk")];
    let mut exporter = Exporter::new(&variables, quick());
    let many = |count| spans((1..=count).map(|id| span(id, None, SpanKind::Job, "work")).collect());
    exporter.take(many(1)).await;
    exporter.take(many(500)).await;
    let asked = collector.asked();
    for asked in &asked {
        assert_eq!(asked.header("authorization"), Some("Basic YTpi"));
        assert_eq!(asked.header("x-scope"), Some("desk"));
    }
    let packed: Vec<_> = asked.iter().map(|asked| asked.header("content-encoding")).collect();
    assert_eq!(packed, [None, Some("gzip")]);
    assert_eq!(spans_in(&asked[1]).len(), 500);
}

#[actix_web::test]
async fn what_the_collector_could_not_use_is_counted() {
    let collector = collector().await;
    let partial = ExportTracePartialSuccess { rejected_spans: 2, error_message: "too old".into() };
    let answer = ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec();
    collector.says(TRACES, Said::Answer(200, Vec::new(), answer));
    let mut exporter = Exporter::otlp(&collector);
    exporter.take(spans((1..=5).map(|id| span(id, None, SpanKind::Job, "work")).collect())).await;
    assert_eq!(exporter.counts("spans"), counts(3, 0, 2));
}
