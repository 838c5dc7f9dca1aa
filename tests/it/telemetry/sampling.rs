//! Sampling: what fails or is slow is kept, with all that belongs to it, and of the rest a part.

use std::time::Duration;

use serde_json::json;

use super::{PARENT, TRACE, act, everything, names, nothing};
use crate::support::TestApp;

#[actix_web::test]
async fn what_ends_well_is_forgotten_when_nothing_is_sampled() {
    let app = TestApp::start_with(nothing).await;
    let (_, acme) = app.tenant("acme").await;
    let before = app.app.telemetry.figures().sampled_out;
    acme.get("/api/requests").await.expect(200);
    acme.get("/api/requests/none").await.expect(404);
    app.written().await;
    assert_eq!(acme.telemetry("/api/traces").await.len(), 0);
    let figures = app.app.telemetry.figures();
    assert!(figures.sampled_out >= before + 2 && figures.kept == 0, "{figures:?}");
}

#[actix_web::test]
async fn a_job_that_fails_keeps_the_request_that_made_it_and_what_comes_later() {
    let app = TestApp::start_with(nothing).await;
    let (_, acme) = app.tenant("acme").await;
    let asking = acme.clone().with_header("traceparent", PARENT);
    let new = act(json!({ "does": "failUntil", "name": "late", "attempt": 2 }));
    asking.post("/api/jobs/enqueue", new).await.expect(202);
    app.written().await;
    assert_eq!(acme.telemetry("/api/traces").await.len(), 0, "nothing has failed yet");
    app.run_jobs().await;
    app.clock.advance(Duration::from_secs(120));
    app.run_jobs().await;
    app.written().await;
    let trace = acme.trace(TRACE).await;
    let spans = trace["spans"].as_array().expect("spans");
    assert_eq!(names(spans), ["POST /api/jobs/enqueue", "test.act", "write"]);
    let attempts: Vec<_> = spans.iter().filter(|span| span["kind"] == "job").collect();
    let outcomes: Vec<_> = attempts.iter().map(|span| span["outcome"].as_str().expect("a word")).collect();
    assert_eq!(outcomes, ["failed", "ok"]);
    assert!(attempts.iter().all(|span| span["parentId"] == attempts[0]["parentId"]));
}

#[actix_web::test]
async fn what_is_slow_is_kept() {
    let app = TestApp::start_with(|config| {
        nothing(config);
        config.telemetry.slow = "0ms".parse().expect("a span");
    })
    .await;
    let (_, acme) = app.tenant("acme").await;
    acme.get("/api/requests").await.expect(200);
    app.written().await;
    assert_eq!(names(&acme.telemetry("/api/traces?route=/api/requests").await), ["GET /api/requests"]);
}

#[actix_web::test]
async fn who_only_looks_leaves_no_trace_but_where_it_is_refused_or_slow() {
    let app = TestApp::start_with(everything).await;
    let (_, acme) = app.tenant("acme").await;
    let looking = acme.clone().with_header("x-looking", "1");
    let told = async |what: &str| {
        app.written().await;
        acme.telemetry(&format!("/api/traces?route={what}")).await.len()
    };
    looking.get("/api/requests").await.expect(200);
    assert_eq!(told("GET /api/requests").await, 0);
    acme.get("/api/requests").await.expect(200);
    assert_eq!(told("GET /api/requests").await, 1, "whoever does not say so is told of");
    looking.get("/api/jobs/0198c1de-7f00-7000-8000-000000000000").await.expect(404);
    assert_eq!(told("GET /api/jobs/{id}").await, 1, "what is refused is told of");
    looking.post("/api/requests", json!({ "title": "It is broken" })).await.expect(201);
    assert_eq!(told("POST /api/requests").await, 1, "and so is what changes anything");

    let app = TestApp::start_with(|config| {
        nothing(config);
        config.telemetry.slow = "0ms".parse().expect("a span");
    })
    .await;
    let (_, acme) = app.tenant("acme").await;
    acme.clone().with_header("x-looking", "1").get("/api/requests").await.expect(200);
    app.written().await;
    assert_eq!(names(&acme.telemetry("/api/traces?route=/api/requests").await), ["GET /api/requests"]);
}
