//! The whole way: a real request, and what it causes, told to receivers that run.

use opentelemetry_proto::tonic::trace::v1::Span as ToldSpan;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind as Kind;
use serde_json::{Value as Json, json};

use super::dsn;
use super::otlp::{LOGS, TRACES, collector, spans_in};
use super::sentry::{events, glitchtip};
use crate::support::{Elsewhere, Said, TestApp};
use crate::telemetry::listen;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

async fn app_that_tells(collector: &Elsewhere, hook: &Elsewhere) -> TestApp {
    let (endpoint, hook) = (collector.url("").parse(), hook.destination().parse());
    TestApp::start_with(|config| {
        config.telemetry.otlp_endpoint = Some(endpoint.expect("an endpoint"));
        config.outbound.allow = vec![hook.expect("a destination")];
    })
    .await
}

/// The one span of a kind below another.
#[track_caller]
fn below<'t>(told: &'t [ToldSpan], parent: &[u8], kind: Kind) -> &'t ToldSpan {
    let mut found = told.iter().filter(|span| span.parent_span_id == parent && span.kind() == kind);
    let first = found.next().unwrap_or_else(|| panic!("no {kind:?} below {parent:?} in {told:#?}"));
    assert!(found.next().is_none(), "more than one {kind:?} in {told:#?}");
    first
}

#[actix_web::test]
async fn a_request_and_all_that_it_caused_arrive_as_one_tree() {
    let (collector, hook) = (collector().await, Elsewhere::http().await);
    hook.answers("/hook", "thanks");
    let app = app_that_tells(&collector, &hook).await;
    let (_, acme) = app.tenant("acme").await;
    let target = json!({ "webhook": hook.url("/hook") });
    let new = json!({ "name": "hook", "pattern": "order.*", "target": target });
    acme.post("/api/subscriptions", new).await.expect(201);
    let body = json!({ "type": "order.paid", "payload": { "card": "4111-1111" } });
    acme.clone().with_header("traceparent", PARENT).post("/api/events", body).await.expect(202);
    app.run_jobs().await;
    let exported = app.app.kernel().exported.clone();
    app.stop().await;

    let asked = collector.asked();
    let traces = asked.iter().filter(|asked| asked.line.contains(TRACES));
    let told: Vec<ToldSpan> =
        traces.flat_map(spans_in).filter(|span| span.trace_id == super::TRACE.0.to_be_bytes()).collect();
    let caller = 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes();
    let request = below(&told, &caller, Kind::Server);
    let write = told.iter().find(|span| span.name == "write" && span.parent_span_id == request.span_id);
    let event = below(&told, &write.expect("a write").span_id, Kind::Producer);
    let delivery = below(&told, &event.span_id, Kind::Internal);
    let job = below(&told, &delivery.span_id, Kind::Consumer);
    let call = below(&told, &job.span_id, Kind::Client);
    let names = [request, event, delivery, job, call].map(|span| span.name.as_str());
    assert_eq!(names, ["POST /api/events", "order.paid", "hook", "events.deliver", "127.0.0.1"]);
    for span in &told {
        assert!(span.attributes.iter().any(|pair| pair.key == "steading.tenant"), "{span:#?}");
        assert!(!format!("{span:?}").contains("4111"), "no payload is told");
    }
    let spans = exported.iter().find(|tally| tally.what == "spans").expect("a tally").counts();
    assert!(spans.exported >= told.len() as u64 && spans.failed + spans.dropped == 0, "{spans:?}");
}

/// The events of one kind: what others log in this process may be told as well.
fn told_of(server: &Elsewhere, kind: &str) -> Vec<Json> {
    events(server).into_iter().filter(|event| event["tags"]["steading.kind"] == kind).collect()
}

#[actix_web::test]
async fn jobs_that_are_given_up_or_panic_are_told_and_one_that_is_tried_again_is_not() {
    let server = glitchtip().await;
    let to = dsn(&server).parse().expect("a DSN");
    let app = TestApp::start_with(|config| config.telemetry.sentry_dsn = Some(to)).await;
    let (_, acme) = app.tenant("acme").await;
    let mut jobs = Vec::new();
    for does in ["die", "fail", "panic"] {
        let new = json!({ "jobName": "test.act", "payload": { "does": does, "name": "told" } });
        jobs.push(acme.post("/api/jobs/enqueue", new).await.expect(202).data()["jobId"].clone());
    }
    app.run_jobs().await;
    app.stop().await;
    let mut told: Vec<(Json, Json)> = told_of(&server, "job")
        .into_iter()
        .map(|event| {
            (event["exception"]["values"][0]["value"].clone(), event["tags"]["steading.job"].clone())
        })
        .collect();
    told.sort_by_key(|(error, _)| error.to_string());
    let panicked = json!("It panicked: a handler that panics");
    assert_eq!(told, [(panicked, jobs[2].clone()), (json!("hopeless"), jobs[0].clone())]);
}

#[actix_web::test]
async fn a_failure_of_ours_is_told_once_with_its_cause() {
    listen();
    let server = glitchtip().await;
    let to = dsn(&server).parse().expect("a DSN");
    let app = TestApp::start_with(|config| config.telemetry.sentry_dsn = Some(to)).await;
    let (tenant, acme) = app.tenant("acme").await;
    // A row that no statement would write, so that reading it fails.
    app.run_as_engine(format!(
        "INSERT INTO jobs_all (tenant_id, id, kind, queue, state, class, run_at, attempt, max_attempts, lease, \
         time_limit, tags, actor, trace_id, request_id, created_at, payload) VALUES ({}, \
         '0198c1de-7f00-7000-8000-000000000000', 'a', 'default', 'done', 2, 0, 1, 1, 1, 1, 'no JSON', 'system', '0', \
         '0', 0, '{{}}')",
        tenant.number.get()
    ))
    .await;
    let failed = acme.get("/api/jobs/0198c1de-7f00-7000-8000-000000000000").await.expect(500);
    app.stop().await;
    let told = told_of(&server, "request");
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(told[0]["transaction"], "GET /api/jobs/{id}");
    assert_eq!(told[0]["tags"]["steading.tenant"], "acme");
    assert_eq!(told[0]["tags"]["steading.trace"], failed.json()["meta"]["traceId"]);
    let value = told[0]["exception"]["values"][0]["value"].as_str().expect("a text");
    assert!(!value.contains("Something went wrong"), "{value}");
}

#[actix_web::test]
async fn requests_are_answered_while_receivers_hang_or_are_gone() {
    requests_are_answered_beside(Said::Nothing).await;
}

#[actix_web::test]
async fn requests_are_answered_while_receivers_answer_by_drops_or_are_gone() {
    let by_drops = Some(std::time::Duration::from_millis(20));
    requests_are_answered_beside(Said::Endless(b"HTTP/1.1 200 OK\r\nslow: ".into(), by_drops)).await;
}

/// A collector that says this, and errors that are told to one who is gone.
async fn requests_are_answered_beside(said: Said) {
    let (slow, gone) = (Elsewhere::http().await, Elsewhere::http().await);
    slow.says(TRACES, said.clone());
    slow.says(LOGS, said);
    gone.goes_down(true);
    let (endpoint, to) = (slow.url("").parse(), dsn(&gone).parse());
    let app = TestApp::start_with(|config| {
        config.telemetry.otlp_endpoint = Some(endpoint.expect("an endpoint"));
        config.telemetry.sentry_dsn = Some(to.expect("a DSN"));
        config.telemetry.sample = "100%".parse().expect("a share");
    })
    .await;
    let (_, acme) = app.tenant("acme").await;
    for number in 0..200 {
        let new = json!({ "title": format!("Request {number}") });
        acme.post("/api/requests", new).await.expect(201);
    }
    for tally in &app.app.kernel().exported {
        assert_eq!(tally.counts().exported, 0, "{tally:?}");
    }
}
