//! Jobs for workers outside may be called anything, and never become the server's own work by that.

use serde_json::json;

use crate::support::TestApp;

#[actix_web::test]
async fn a_job_for_workers_outside_is_no_work_of_the_server_when_its_queue_becomes_its_own() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    acme.post("/api/queues", json!({ "name": "far", "outside": true })).await.expect(201);

    // By name it is refused, for the instance's kinds and for those that the server alone enqueues.
    for kind in ["backups.create", "maintenance.sessions"] {
        let job = json!({ "jobName": kind, "queue": "far" });
        let refused = acme.post("/api/jobs/enqueue", job).await.expect(422);
        assert_eq!(refused.json()["error"]["details"][0]["path"], json!("jobName"), "{}", refused.json());
    }

    // An event has any type, and the job that it makes for workers is called after it.
    let new = json!({ "name": "far", "pattern": "maintenance.*", "target": { "queue": "far" } });
    acme.post("/api/subscriptions", new).await.expect(201);
    acme.post("/api/events", json!({ "type": "maintenance.sessions", "payload": {} })).await.expect(202);
    app.run_jobs().await;
    let found = acme.get("/api/jobs?jobName=maintenance.sessions").await.expect(200);
    let job = format!("/api/jobs/{}", found.json()["data"][0]["id"].as_str().expect("a job"));
    acme.post(&format!("{job}/cancel"), json!({})).await.expect(200);
    acme.delete("/api/queues/far").await.expect(200);
    acme.post(&format!("{job}/retry"), json!({})).await.expect(200);
    app.run_jobs().await;

    let shown = acme.job(&job).await;
    assert_eq!((&shown["state"], &shown["result"]), (&json!("scheduled"), &json!(null)), "{shown}");
    let line = shown["attempts"][0]["logs"][0]["line"].as_str().expect("a line");
    assert!(line.starts_with("No handler of this version knows"), "{line}");
    let why = acme.get(&format!("{job}/why")).await.expect(200);
    assert_eq!(why.json()["data"]["reason"], json!("unknown_kind"), "{}", why.json());
}
