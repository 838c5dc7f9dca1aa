//! Sampling: what fails or is slow is kept, with all that belongs to it, and of the rest a part.

use std::time::Duration;

use serde_json::json;

use super::{PARENT, TRACE, act, names, nothing};
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
