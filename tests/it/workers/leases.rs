//! Leases: kept by heartbeats, lost by silence, and no word counts that comes too late.

use std::time::Duration;

use serde_json::{Value, json};

use super::{path_of, start};
use crate::support::{Caller, TestApp};

/// A job that a worker holds: its path and its lease.
async fn held(acme: &Caller, more: Value) -> (String, Value) {
    acme.order("render", more).await;
    let job = acme.claim(json!({})).await.remove(0);
    (path_of(&job), job["lease"].clone())
}

fn advance(app: &TestApp, seconds: u64) {
    app.clock.advance(Duration::from_secs(seconds));
}

#[actix_web::test]
async fn a_heartbeat_keeps_the_job_and_tells_how_far_it_is() {
    let (app, acme) = start().await;
    let (job, lease) = held(&acme, json!({})).await;
    for minute in 1..=5 {
        advance(&app, 59);
        app.run_jobs().await;
        let beat = json!({ "lease": lease, "progress": minute * 10, "note": "frames" });
        let told = acme.post(&format!("{job}/heartbeat"), beat).await.expect(200).data();
        assert_eq!(told["cancelRequested"], json!(false));
    }
    let shown = acme.job(&job).await;
    assert_eq!((&shown["progress"], &shown["progressNote"]), (&json!(50), &json!("frames")));
    advance(&app, 60);
    app.run_jobs().await;
    assert_eq!(acme.job(&job).await["failure"], json!("worker_lost"));
}

#[actix_web::test]
async fn a_heartbeat_shortens_a_lease_only_when_it_says_so() {
    let (_app, acme) = start().await;
    acme.order("render", json!({})).await;
    let job = acme.claim(json!({ "leaseSeconds": 600 })).await.remove(0);
    let beat = |more: Value| {
        let (acme, path) = (acme.clone(), format!("{}/heartbeat", path_of(&job)));
        async move { acme.post(&path, more).await.expect(200).data()["leaseUntil"].clone() }
    };
    let lease = &job["lease"];
    assert_eq!(beat(json!({ "lease": lease })).await, json!("2026-01-01T00:10:00.000Z"));
    assert_eq!(beat(json!({ "lease": lease, "leaseSeconds": 5 })).await, json!("2026-01-01T00:00:05.000Z"));
    assert_eq!(beat(json!({ "lease": lease })).await, json!("2026-01-01T00:01:00.000Z"));
}

#[actix_web::test]
async fn a_worker_that_is_lost_loses_its_job_to_another() {
    let (app, acme) = start().await;
    let (job, old) = held(&acme, json!({})).await;
    advance(&app, 60);
    app.run_jobs().await;
    let shown = acme.job(&job).await;
    assert_eq!((&shown["state"], &shown["failure"]), (&json!("scheduled"), &json!("worker_lost")));
    advance(&app, 60);
    app.run_jobs().await;
    let again = acme.claim(json!({})).await.remove(0);
    assert_eq!((path_of(&again), &again["attempt"]), (job.clone(), &json!(2)));

    // The first comes back, and changes nothing.
    for (word, body) in [
        ("heartbeat", json!({ "lease": old, "progress": 99 })),
        ("complete", json!({ "lease": old, "result": "late" })),
        ("fail", json!({ "lease": old, "error": "late", "dead": true })),
    ] {
        let reply = acme.post(&format!("{job}/{word}"), body).await.expect(409);
        assert!(reply.message().starts_with("This lease is over"), "{}", reply.message());
    }
    let shown = acme.job(&job).await;
    assert_eq!((&shown["state"], &shown["progress"]), (&json!("running"), &json!(null)));
    assert_eq!(app.app.jobs.figures().stale, 3);
    acme.post(&format!("{job}/complete"), json!({ "lease": again["lease"] })).await.expect(200);
    assert_eq!(acme.states().await, "done 1");
}

#[actix_web::test]
async fn a_lease_that_ran_out_is_over_before_the_engine_has_ended_it() {
    let (app, acme) = start().await;
    let (job, lease) = held(&acme, json!({})).await;
    advance(&app, 59);
    acme.post(&format!("{job}/heartbeat"), json!({ "lease": lease })).await.expect(200);
    advance(&app, 60);
    acme.post(&format!("{job}/complete"), json!({ "lease": lease })).await.expect(409);
    assert_eq!(acme.state_of(&job).await, "running", "nobody came to it yet");
    app.run_jobs().await;
    assert_eq!(acme.state_of(&job).await, "scheduled");
}

#[actix_web::test]
async fn a_job_whose_workers_are_always_lost_ends_as_a_dead_letter() {
    let (app, acme) = start().await;
    let job = acme.order("render", json!({ "maxAttempts": 2 })).await;
    for _ in 0..2 {
        assert_eq!(acme.claim(json!({})).await.len(), 1);
        advance(&app, 60);
        app.run_jobs().await;
        advance(&app, 60);
        app.run_jobs().await;
    }
    let shown = acme.job(&job).await;
    assert_eq!((&shown["state"], &shown["failure"]), (&json!("dead"), &json!("worker_lost")));
    let attempts = shown["attempts"].as_array().expect("attempts");
    assert!(attempts.iter().all(|attempt| attempt["outcome"] == json!("worker_lost")));
}

#[actix_web::test]
async fn a_lease_outlives_a_restart_of_the_server_and_still_runs_out() {
    let (app, acme) = start().await;
    let (job, lease) = held(&acme, json!({})).await;
    let (lost, _) = held(&acme, json!({})).await;
    acme.patch("/api/queues/render", json!({ "concurrency": 2 })).await.expect(200);
    acme.order("render", json!({})).await;
    let app = app.restart().await;
    let acme = acme.at(&app.url);
    app.run_jobs().await;
    assert_eq!(acme.state_of(&job).await, "running");
    assert_eq!(acme.claim(json!({})).await.len(), 0, "they count against the limit");
    acme.post(&format!("{job}/complete"), json!({ "lease": lease })).await.expect(200);
    assert_eq!(acme.claim(json!({ "limit": 9 })).await.len(), 1);
    advance(&app, 60);
    app.run_jobs().await;
    assert_eq!(acme.job(&lost).await["failure"], json!("worker_lost"));
}

#[actix_web::test]
async fn a_clock_that_is_set_back_over_a_restart_makes_no_lease_longer() {
    let (app, acme) = start().await;
    advance(&app, 5 * 3_600);
    let (job, _) = held(&acme, json!({})).await;
    app.clock.turn_back(Duration::from_hours(5));
    let app = app.restart().await;
    let acme = acme.at(&app.url);
    advance(&app, 59);
    app.run_jobs().await;
    assert_eq!(acme.state_of(&job).await, "running");
    advance(&app, 1);
    app.run_jobs().await;
    assert_eq!(acme.job(&job).await["failure"], json!("worker_lost"));
}

#[actix_web::test]
async fn a_failed_attempt_is_tried_again_when_its_worker_says_or_never() {
    let (app, acme) = start().await;
    let (job, lease) = held(&acme, json!({})).await;
    let fail =
        json!({ "lease": lease, "error": "no disk", "retryAt": "2026-01-01T01:00:00Z", "logs": ["df"] });
    let ended = acme.post(&format!("{job}/fail"), fail).await.expect(200).data();
    assert_eq!((&ended["state"], &ended["runAt"]), (&json!("scheduled"), &json!("2026-01-01T01:00:00.000Z")));
    advance(&app, 3_600);
    app.run_jobs().await;
    let again = acme.claim(json!({})).await.remove(0);
    let fail = json!({ "lease": again["lease"], "error": "no hope", "dead": true });
    let ended = acme.post(&format!("{job}/fail"), fail).await.expect(200).data();
    assert_eq!((&ended["state"], &ended["runAt"]), (&json!("dead"), &json!(null)));
    let shown = acme.job(&job).await;
    assert_eq!((&shown["error"], &shown["failure"]), (&json!("no hope"), &json!("handler_error")));
    assert_eq!(shown["attempts"][0]["logs"][0]["line"], json!("df"));

    let (job, lease) = held(&acme, json!({})).await;
    let fail = json!({ "lease": lease, "error": "once" });
    let ended = acme.post(&format!("{job}/fail"), fail).await.expect(200).data();
    assert_eq!(ended["state"], json!("scheduled"), "by the server's own choice of time");
}

#[actix_web::test]
async fn a_worker_hears_that_its_job_is_cancelled_and_may_still_be_done() {
    let (_app, acme) = start().await;
    for (word, state) in [("complete", "done"), ("fail", "cancelled")] {
        let (job, lease) = held(&acme, json!({})).await;
        acme.post(&format!("{job}/cancel"), json!({})).await.expect(200);
        let beat = acme.post(&format!("{job}/heartbeat"), json!({ "lease": lease })).await.expect(200);
        assert_eq!(beat.data()["cancelRequested"], json!(true));
        let mut body = json!({ "lease": lease });
        if word == "fail" {
            body["error"] = json!("it stopped as it was told");
        }
        acme.post(&format!("{job}/{word}"), body).await.expect(200);
        assert_eq!(acme.state_of(&job).await, state);
    }
}

#[actix_web::test]
async fn a_repeated_answer_with_a_key_is_answered_as_the_first() {
    let (_app, acme) = start().await;
    let (job, lease) = held(&acme, json!({})).await;
    let worker = acme.with_header("idempotency-key", "once");
    for _ in 0..2 {
        let ended = worker.post(&format!("{job}/complete"), json!({ "lease": lease })).await.expect(200);
        assert_eq!(ended.data()["state"], json!("done"));
    }
}
