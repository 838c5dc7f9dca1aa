//! One trace from a request to the webhook that it causes.

use serde_json::{Value, json};

use super::{PARENT, TRACE, act, everything, listen};
use crate::support::{Elsewhere, TestApp};

/// The one span of a kind.
#[track_caller]
fn one<'t>(trace: &'t Value, kind: &str) -> &'t Value {
    let spans = trace["spans"].as_array().expect("spans");
    let mut found = spans.iter().filter(|span| span["kind"] == kind);
    let first = found.next().unwrap_or_else(|| panic!("no {kind} in {trace:#}"));
    assert!(found.next().is_none(), "more than one {kind} in {trace:#}");
    first
}

#[track_caller]
fn is_within(child: &Value, parent: &Value) {
    assert_eq!(child["parentId"], parent["spanId"], "{child:#} is not within {parent:#}");
}

#[actix_web::test]
async fn a_request_and_all_that_it_caused_are_one_tree() {
    let server = Elsewhere::http().await;
    server.answers("/hook", "thanks");
    let destination = server.destination().parse().expect("a destination");
    let app = TestApp::start_with(|config| config.outbound.allow = vec![destination]).await;
    let (_, acme) = app.tenant("acme").await;
    let hook = json!({ "name": "hook", "pattern": "order.*", "target": { "webhook": server.url("/hook") } });
    acme.post("/api/subscriptions", hook).await.expect(201);

    let body = json!({ "type": "order.paid", "payload": { "card": "4111-1111" } });
    let asking = acme.clone().with_header("traceparent", PARENT);
    let published = asking.post("/api/events", body).await.expect(202);
    assert!(published.header("traceparent").contains(TRACE));
    app.run_jobs().await;
    app.written().await;

    let trace = acme.trace(TRACE).await;
    let [request, event, delivery, job, call] =
        ["request", "event", "delivery", "job", "call"].map(|kind| one(&trace, kind));
    assert_eq!(request["name"], "POST /api/events");
    assert_eq!((&request["status"], &request["parentId"]), (&json!(202), &Value::Null));
    let write =
        trace["spans"].as_array().expect("spans").iter().find(|span| span["spanId"] == event["parentId"]);
    let write = write.expect("the event is within a span");
    assert_eq!(write["kind"], "write");
    is_within(write, request);
    assert!(write["attributes"]["waitedMs"].is_number() && write["attributes"]["committedMs"].is_number());
    is_within(delivery, event);
    is_within(job, delivery);
    is_within(call, job);

    assert_eq!((&event["name"], &event["eventId"]), (&json!("order.paid"), &published.data()["eventId"]));
    assert_eq!(delivery["name"], "hook");
    assert_eq!((&job["name"], &job["jobId"]), (&json!("events.deliver"), &delivery["jobId"]));
    assert_eq!((&call["name"], &call["status"]), (&json!("127.0.0.1"), &json!(200)));
    let me = acme.get("/api").await.expect(200).data()["actor"].clone();
    for span in trace["spans"].as_array().expect("spans") {
        assert_eq!((&span["tenant"], &span["outcome"]), (&json!("acme"), &json!("ok")), "{span:#}");
    }
    assert_eq!((&request["actor"], &event["actor"]), (&me, &me));
    let by_job = format!("job:{}", job["jobId"].as_str().expect("an id"));
    assert_eq!((&job["actor"], &call["actor"]), (&json!(by_job), &json!(by_job)));

    let asked = server.asked().remove(0);
    let sent = format!("00-{TRACE}-{}-01", call["spanId"].as_str().expect("an id"));
    assert_eq!(asked.header("traceparent"), Some(sent.as_str()), "the receiver goes on within the call");
    assert!(!trace.to_string().contains("4111"), "no payload is told");
}

#[actix_web::test]
async fn what_is_logged_on_the_way_belongs_to_its_span() {
    listen();
    let app = TestApp::start_with(everything).await;
    let (_, acme) = app.tenant("acme").await;
    let asking = acme.clone().with_header("traceparent", PARENT);
    let new = act(json!({ "does": "fail", "name": "logged" }));
    let made = asking.post("/api/jobs/enqueue", new).await.expect(202).data();
    app.run_jobs().await;
    app.written().await;

    let trace = acme.trace(TRACE).await;
    let job = one(&trace, "job");
    assert_eq!((&job["outcome"], &job["error"]), (&json!("failed"), &json!("it fails always")));
    let line =
        trace["logs"].as_array().expect("lines").iter().find(|line| line["message"] == "about to fail");
    let line = line.unwrap_or_else(|| panic!("it is not among the lines of {trace:#}"));
    assert_eq!((&line["level"], &line["spanId"]), (&json!("info"), &job["spanId"]));

    let lines = acme.telemetry(&format!("/api/logs?trace={TRACE}&text=ABOUT")).await;
    let [line] = &lines[..] else { panic!("{lines:?}") };
    let by = format!("job:{}", made["jobId"].as_str().expect("an id"));
    assert_eq!((&line["traceId"], &line["actor"]), (&json!(TRACE), &json!(by)));
    assert_eq!((&line["tenant"], &line["spanId"]), (&json!("acme"), &job["spanId"]));
}

#[actix_web::test]
async fn a_trace_goes_on_after_a_restart() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let asking = acme.clone().with_header("traceparent", PARENT);
    asking
        .post("/api/jobs/enqueue", act(json!({ "does": "succeed", "name": "restarted" })))
        .await
        .expect(202);
    let app = app.restart().await;
    let acme = acme.at(&app.url);
    app.run_jobs().await;
    app.written().await;
    let trace = acme.trace(TRACE).await;
    let job = one(&trace, "job");
    is_within(job, one(&trace, "write"));
    is_within(one(&trace, "write"), one(&trace, "request"));
    assert_eq!((&job["name"], &job["attributes"]["attempt"]), (&json!("test.act"), &json!(1)));
}

#[actix_web::test]
async fn a_job_of_a_worker_outside_is_within_what_made_it() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    acme.post("/api/queues", json!({ "name": "far", "outside": true })).await.expect(201);
    let asking = acme.clone().with_header("traceparent", PARENT);
    let new = json!({ "jobName": "resize", "queue": "far", "payload": {} });
    asking.post("/api/jobs/enqueue", new).await.expect(202);
    let claimed = acme.post("/api/jobs/claim", json!({ "queues": ["far"] })).await.expect(200).data();
    let path = format!("/api/jobs/{}/fail", claimed[0]["id"].as_str().expect("an id"));
    let said = json!({ "lease": claimed[0]["lease"], "error": "no picture" });
    acme.post(&path, said).await.expect(200);
    app.written().await;
    let trace = acme.trace(TRACE).await;
    let job = one(&trace, "job");
    is_within(job, one(&trace, "write"));
    assert_eq!((&job["name"], &job["error"]), (&json!("resize"), &json!("no picture")));
    assert_eq!(job["attributes"]["isOutside"], true);
}

#[actix_web::test]
async fn a_list_is_found_by_what_was_asked_and_goes_on() {
    let app = TestApp::start_with(everything).await;
    let (_, acme) = app.tenant("acme").await;
    for _ in 0..3 {
        acme.get("/api/requests").await.expect(200);
    }
    acme.get("/api/requests/0198c1de-7f00-7000-8000-000000000000").await.expect(404);
    app.written().await;
    assert_eq!(acme.telemetry("/api/traces?route=/api/requests").await.len(), 3);
    let missing = acme.telemetry("/api/traces?status=4xx").await;
    assert_eq!(super::names(&missing), ["GET /api/requests/{id}"]);
    assert_eq!((&missing[0]["status"], &missing[0]["outcome"]), (&json!(404), &json!("ok")));
    assert_eq!(acme.telemetry("/api/traces?slowerThan=3600000").await.len(), 0);
    assert_eq!(acme.telemetry("/api/traces?actor=user:nobody").await.len(), 0);

    let first = acme.get("/api/traces?limit=3").await.expect(200);
    let next = first.next_cursor().expect("there is a fourth");
    let second = acme.get(&format!("/api/traces?limit=3&cursor={next}")).await.expect(200);
    let ids = |page: &crate::support::Reply| -> Vec<String> {
        let listed = page.data();
        listed.as_array().expect("a list").iter().map(|one| one["traceId"].to_string()).collect()
    };
    let mut all = [ids(&first), ids(&second)].concat();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 4, "each is shown once");
}
