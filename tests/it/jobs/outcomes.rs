//! What becomes of a job, by what its handler says or does.

use std::time::Duration;

use serde_json::json;

use crate::support::{TestApp, ran};

#[actix_web::test]
async fn a_job_that_fails_is_tried_again_and_ends_as_a_dead_letter() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let job = acme.enqueue(json!({ "does": "fail", "name": "always fails" })).await;
    for (attempt, state) in [(1, "scheduled"), (2, "scheduled"), (3, "dead")] {
        app.run_jobs().await;
        assert_eq!((ran("always fails"), acme.state_of(&job).await.as_str()), (attempt, state));
        app.clock.advance(Duration::from_secs(60));
    }
    app.run_jobs().await;
    let shown = acme.job(&job).await;
    assert_eq!((&shown["failure"], &shown["error"]), (&json!("handler_error"), &json!("it fails always")));
    let attempts = shown["attempts"].as_array().expect("attempts");
    assert_eq!(attempts.len(), 3);
    assert!(attempts.iter().all(|attempt| attempt["logs"][0]["line"] == json!("about to fail")));
    assert_eq!(ran("always fails"), 3);
}

#[actix_web::test]
async fn a_job_may_fail_and_still_be_done() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let job = acme.enqueue(json!({ "does": "failUntil", "name": "fails once", "attempt": 2 })).await;
    app.run_jobs().await;
    app.clock.advance(Duration::from_secs(60));
    app.run_jobs().await;
    let shown = acme.job(&job).await;
    assert_eq!(
        (&shown["state"], &shown["error"], &shown["failure"]),
        (&json!("done"), &json!(null), &json!(null))
    );
    assert_eq!(shown["attempts"][0]["outcome"], json!("handler_error"));
}

#[actix_web::test]
async fn a_handler_can_end_its_job_as_it_sees_fit() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for (does, state, error) in [("die", "dead", "hopeless"), ("cancel", "cancelled", "nothing to do")] {
        let job = acme.enqueue(json!({ "does": does })).await;
        app.run_jobs().await;
        let shown = acme.job(&job).await;
        assert_eq!((&shown["state"], &shown["error"]), (&json!(state), &json!(error)));
    }
}

#[actix_web::test]
async fn a_snooze_costs_no_attempt() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let job = acme.enqueue(json!({ "does": "snooze", "seconds": 10 })).await;
    for _ in 0..5 {
        app.run_jobs().await;
        let shown = acme.job(&job).await;
        assert_eq!((&shown["state"], &shown["attempt"]), (&json!("scheduled"), &json!(0)));
        app.clock.advance(Duration::from_secs(10));
    }
}

#[actix_web::test]
async fn a_handler_that_panics_fails_its_attempt_and_nothing_else() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let panics = acme.enqueue(json!({ "does": "panic" })).await;
    let succeeds = acme.enqueue(json!({ "does": "succeed", "name": "beside a panic" })).await;
    app.run_jobs().await;
    assert_eq!(acme.state_of(&succeeds).await, "done");
    let shown = acme.job(&panics).await;
    assert_eq!(shown["error"], json!("It panicked: a handler that panics"));
}

#[actix_web::test]
async fn what_a_handler_enqueues_knows_its_cause() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let parent = acme.enqueue(json!({ "does": "spawn", "children": 2 })).await;
    app.run_jobs().await;
    assert_eq!(acme.states().await, "done 3");
    let id = parent.rsplit('/').next().expect("an id");
    let trace = acme.job(&parent).await["envelope"]["traceId"].take();
    let children = acme.get("/api/jobs?limit=2").await.expect(200).data();
    for child in children.as_array().expect("a list") {
        assert_eq!(child["envelope"]["cause"], json!(format!("job:{id}")));
        assert_eq!(child["envelope"]["actorId"], json!(format!("job:{id}")));
        assert_eq!(child["envelope"]["traceId"], trace);
    }
}

#[actix_web::test]
async fn progress_shows() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let job = acme.enqueue(json!({ "does": "report", "percent": 40 })).await;
    app.run_jobs().await;
    let shown = acme.job(&job).await;
    assert_eq!((&shown["progress"], &shown["progressNote"]), (&json!(40), &json!("on its way")));
}
