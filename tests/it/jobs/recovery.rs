//! What ran when the process ended, what runs for too long, and what is cancelled while it runs.

use std::time::Duration;

use serde_json::json;

use crate::support::{TestApp, ran};

#[actix_web::test]
async fn a_handler_that_runs_too_long_is_stopped_and_tried_again() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let job = acme.enqueue(json!({ "does": "hang", "name": "hangs" })).await;
    app.begin_jobs().await;
    assert_eq!((acme.state_of(&job).await.as_str(), ran("hangs")), ("running", 1));
    app.clock.advance(Duration::from_secs(29));
    app.begin_jobs().await;
    assert_eq!(acme.state_of(&job).await, "running");
    app.clock.advance(Duration::from_secs(1));
    app.run_jobs().await;
    let shown = acme.job(&job).await;
    assert_eq!((&shown["state"], &shown["failure"]), (&json!("scheduled"), &json!("timed_out")));
    assert_eq!(shown["error"], json!("It ran for longer than its time limit of 30 s."));
}

#[actix_web::test]
async fn a_running_job_that_is_cancelled_ends_as_cancelled() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let job = acme.enqueue(json!({ "does": "hang", "name": "cancelled while it runs" })).await;
    app.begin_jobs().await;
    let shown = acme.post(&format!("{job}/cancel"), json!({})).await.expect(200).data();
    assert!(shown["cancelAskedAt"].is_string());
    acme.delete(&job).await.expect(409);
    app.clock.advance(Duration::from_secs(5));
    app.run_jobs().await;
    assert_eq!(acme.state_of(&job).await, "cancelled");
}

#[actix_web::test]
async fn a_clean_stop_gives_the_attempt_back() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let job = acme.enqueue(json!({ "does": "hang", "name": "stopped" })).await;
    app.begin_jobs().await;
    let app = app.restart().await;
    let shown = acme.at(&app.url).job(&job).await;
    assert_eq!((&shown["state"], &shown["attempt"]), (&json!("ready"), &json!(0)));
    assert_eq!(shown["attempts"][0]["outcome"], json!("returned"));
}
