//! What may be enqueued, and what is answered.

use std::time::Duration;

use serde_json::json;

use crate::support::TestApp;

#[actix_web::test]
async fn a_job_runs_and_shows_its_result_its_log_and_its_trace() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let reply = acme
        .post("/api/jobs/enqueue", json!({ "jobName": "system.ping", "payload": { "message": "hello" } }))
        .await
        .expect(202);
    let (data, trace) = (reply.data(), reply.json()["meta"]["traceId"].clone());
    assert_eq!(data["deduplicated"], json!(false));
    app.run_jobs().await;
    let job = acme.job(&format!("/api/jobs/{}", data["jobId"].as_str().expect("an id"))).await;
    assert_eq!(job["state"], json!("done"));
    assert_eq!(job["result"]["message"], json!("hello"));
    assert_eq!(job["envelope"]["traceId"], trace);
    assert!(job["envelope"]["actorId"].as_str().expect("an actor").starts_with("user:"));
    assert_eq!(job["attempts"][0]["logs"][0]["line"], json!("hello"));
    assert_eq!(acme.states().await, "done 1");
}

#[actix_web::test]
async fn what_can_not_run_is_refused_with_its_path() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let long = "x".repeat(300 * 1024);
    for (body, path) in [
        (json!({ "jobName": "no.such.kind" }), "jobName"),
        (json!({ "jobName": "system.ping", "payload": { "massage": "hello" } }), "payload.massage"),
        (json!({ "jobName": "system.ping", "payload": { "message": 7 } }), "payload.message"),
        (json!({ "jobName": "system.ping", "payload": { "message": long } }), "payload"),
        (json!({ "jobName": "system.ping", "queue": "No Queue" }), "queue"),
        (json!({ "jobName": "system.ping", "maxAttempts": 0 }), "maxAttempts"),
        (json!({ "jobName": "system.ping", "timeoutSeconds": 100_000 }), "timeoutSeconds"),
        (
            json!({ "jobName": "system.ping", "delaySeconds": 1, "runAt": "2026-01-01T00:00:00Z" }),
            "delaySeconds",
        ),
        (json!({ "jobName": "system.ping", "tags": vec!["t"; 21] }), "tags"),
    ] {
        let reply = acme.post("/api/jobs/enqueue", body).await.expect(422);
        assert_eq!(reply.paths(), [path]);
    }
    assert_eq!(acme.states().await, "");
}

#[actix_web::test]
async fn a_batch_is_enqueued_whole_or_not_at_all() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let good = json!({ "jobName": "system.ping" });
    let bad = json!({ "jobName": "system.ping", "payload": { "message": 7 } });
    let reply = acme.post("/api/jobs/enqueue/batch", json!({ "jobs": [good, bad] })).await.expect(422);
    assert_eq!(reply.paths(), ["jobs[1].payload.message"]);
    assert_eq!(acme.states().await, "");
    let reply = acme.post("/api/jobs/enqueue/batch", json!({ "jobs": vec![good; 1_000] })).await.expect(202);
    assert_eq!(reply.data().as_array().expect("a list").len(), 1_000);
    assert_eq!(acme.states().await, "ready 1000");
    app.run_jobs().await;
    assert_eq!(acme.states().await, "done 1000");
}

#[actix_web::test]
async fn a_unique_key_makes_one_job_until_it_is_over() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let (_, other) = app.tenant("other").await;
    let body = json!({ "jobName": "system.ping", "uniqueKey": "k", "delaySeconds": 60 });
    let first = acme.post("/api/jobs/enqueue", body.clone()).await.expect(202).data();
    let again = acme.post("/api/jobs/enqueue", body.clone()).await.expect(202).data();
    assert_eq!((&again["jobId"], &again["deduplicated"]), (&first["jobId"], &json!(true)));
    let theirs = other.post("/api/jobs/enqueue", body.clone()).await.expect(202).data();
    assert_eq!(theirs["deduplicated"], json!(false), "a key is the tenant's own");
    app.clock.advance(Duration::from_secs(61));
    app.run_jobs().await;
    let after = acme.post("/api/jobs/enqueue", body).await.expect(202).data();
    assert_eq!(after["deduplicated"], json!(false));
}

#[actix_web::test]
async fn a_delayed_job_waits_for_its_time() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let job = acme
        .enqueue_with(json!({ "does": "succeed", "name": "delayed" }), json!({ "delaySeconds": 60 }))
        .await;
    app.run_jobs().await;
    assert_eq!(acme.state_of(&job).await, "scheduled");
    app.clock.advance(Duration::from_secs(60));
    app.run_jobs().await;
    assert_eq!(acme.state_of(&job).await, "done");
}

#[actix_web::test]
async fn a_job_of_another_tenant_is_not_found() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let (_, other) = app.tenant("other").await;
    let job = acme.enqueue(json!({ "does": "die" })).await;
    other.get(&job).await.expect(404);
    for act in ["retry", "cancel", "run-now"] {
        other.post(&format!("{job}/{act}"), json!({})).await.expect(404);
    }
    other.delete(&job).await.expect(404);
    assert_eq!(other.get("/api/jobs").await.expect(200).data(), json!([]));
}
