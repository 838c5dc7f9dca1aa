//! Jobs of kinds whose work needs more than `jobs:write`: backups and the upkeep of the instance.

use serde_json::json;

use crate::people::support::member_with;
use crate::support::{Caller, TestApp, narrow};

/// The owner of the instance and a developer in it, who may do anything to jobs, schedules and subscriptions.
async fn owner_and_developer(app: &TestApp) -> (Caller, Caller) {
    let (_, root) = app.instance_owner("root@example.org").await;
    let root = root.in_tenant("instance");
    let (_, developer) = member_with(app, &root, "instance", "developer").await;
    (root, developer)
}

fn backup() -> serde_json::Value {
    json!({ "jobName": "backups.create", "delaySeconds": 3_600 })
}

#[actix_web::test]
async fn who_may_not_make_backups_makes_no_job_that_does() {
    let app = TestApp::start().await;
    let (root, developer) = owner_and_developer(&app).await;
    developer.post("/api/backups", json!({})).await.expect(403);
    let refused = developer.post("/api/jobs/enqueue", backup()).await.expect(403);
    assert!(refused.message().contains("backups:write"), "{}", refused.text);
    let upkeep =
        developer.post("/api/jobs/enqueue", json!({ "jobName": "maintenance.audit" })).await.expect(403);
    assert!(upkeep.message().contains("maintenance:write"), "{}", upkeep.text);
    let both = json!({ "jobs": [{ "jobName": "system.ping" }, { "jobName": "backups.create" }] });
    developer.post("/api/jobs/enqueue/batch", both).await.expect(403);
    developer.post("/api/jobs/enqueue", json!({ "jobName": "system.ping" })).await.expect(202);
    assert_eq!(app.count("jobs_all"), 1, "a batch is made whole or not at all");
    root.post("/api/jobs/enqueue", backup()).await.expect(202);
}

#[actix_web::test]
async fn a_queue_for_workers_outside_makes_no_way_around_what_a_kind_needs() {
    let app = TestApp::start().await;
    let (_, developer) = owner_and_developer(&app).await;
    developer.post("/api/queues", json!({ "name": "crm", "outside": true })).await.expect(201);
    let body = json!({ "jobName": "backups.create", "queue": "crm" });
    developer.post("/api/jobs/enqueue", body).await.expect(403);
    let (_, acme) = app.tenant("acme").await;
    acme.post("/api/queues", json!({ "name": "crm", "outside": true })).await.expect(201);
    let body = json!({ "jobName": "backups.create", "queue": "crm" });
    let refused = acme.post("/api/jobs/enqueue", body).await.expect(422);
    assert!(refused.text.contains("made by the server alone"), "{}", refused.text);
}

#[actix_web::test]
async fn nothing_is_done_to_a_job_by_who_could_not_make_it() {
    let app = TestApp::start().await;
    let (root, developer) = owner_and_developer(&app).await;
    let made = root.post("/api/jobs/enqueue", backup()).await.expect(202).data();
    let path = format!("/api/jobs/{}", made["jobId"].as_str().expect("an id"));
    developer.get(&path).await.expect(200);
    for act in ["run-now", "retry", "cancel"] {
        developer.post(&format!("{path}/{act}"), json!({})).await.expect(403);
    }
    developer.patch(&path, json!({ "priority": "low" })).await.expect(403);
    developer.delete(&path).await.expect(403);
    let ping =
        developer.post("/api/jobs/enqueue", json!({ "jobName": "system.ping", "delaySeconds": 60 })).await;
    ping.expect(202);
    for act in ["retry", "cancel", "delete"] {
        let body = json!({ "filter": { "jobName": "backups.create" } });
        let report = developer.post(&format!("/api/jobs/{act}"), body).await.expect(200).data();
        assert_eq!((&report["matched"], &report["done"]), (&json!(1), &json!(0)), "{act}");
    }
    assert_eq!(root.job(&path).await["state"], json!("scheduled"));
    let every = json!({ "filter": { "state": "scheduled" } });
    let report = developer.post("/api/jobs/cancel", every).await.expect(200).data();
    assert_eq!((&report["matched"], &report["done"]), (&json!(2), &json!(1)), "his own is cancelled");
    root.post(&format!("{path}/cancel"), json!({})).await.expect(200);
}

#[actix_web::test]
async fn the_schedules_of_the_instance_are_changed_by_who_could_do_their_work() {
    let app = TestApp::start_live(|_| {}).await;
    let (root, developer) = owner_and_developer(&app).await;
    let known = root.get("/api/schedules?limit=100").await.expect(200).data();
    let of = |name: &str| {
        let found = known.as_array().expect("a list").iter().find(|one| one["name"] == json!(name));
        format!("/api/schedules/{}", found.expect("it is built in")["id"].as_str().expect("an id"))
    };
    for path in [of("backups.create"), of("maintenance.audit")] {
        for change in [json!({ "state": "paused" }), json!({ "jobName": "system.ping" })] {
            developer.patch(&path, change).await.expect(403);
        }
        developer.post(&format!("{path}/run-now"), json!({})).await.expect(403);
        root.patch(&path, json!({ "state": "paused" })).await.expect(200);
    }
    let mut own = json!({ "name": "own", "cron": "@daily", "jobName": "backups.create" });
    developer.post("/api/schedules", own.clone()).await.expect(403);
    own["jobName"] = json!("system.ping");
    let made = developer.post("/api/schedules", own).await.expect(201).data();
    let path = format!("/api/schedules/{}", made["id"].as_str().expect("an id"));
    developer.patch(&path, json!({ "jobName": "backups.create" })).await.expect(403);
    root.patch(&path, json!({ "jobName": "backups.create" })).await.expect(200);
    developer.delete(&path).await.expect(403);
    root.delete(&path).await.expect(200);
}

#[actix_web::test]
async fn a_subscription_makes_no_jobs_that_its_maker_could_not() {
    let app = TestApp::start().await;
    let (root, developer) = owner_and_developer(&app).await;
    let mut new = json!({ "name": "s", "pattern": "order.*", "target": { "job": "backups.create" } });
    developer.post("/api/subscriptions", new.clone()).await.expect(403);
    let made = root.post("/api/subscriptions", new.clone()).await.expect(201).data();
    let path = format!("/api/subscriptions/{}", made["id"].as_str().expect("an id"));
    developer.patch(&path, json!({ "pattern": "*" })).await.expect(403);
    for act in ["disable", "enable"] {
        developer.post(&format!("{path}/{act}"), json!({})).await.expect(403);
    }
    developer.delete(&path).await.expect(403);
    new["name"] = json!("other");
    new["target"] = json!({ "job": "system.ping" });
    let own = developer.post("/api/subscriptions", new).await.expect(201).data();
    let own = format!("/api/subscriptions/{}", own["id"].as_str().expect("an id"));
    developer.patch(&own, json!({ "target": { "job": "backups.create" } })).await.expect(403);
    root.delete(&path).await.expect(200);
}

#[actix_web::test]
async fn a_token_narrowed_to_jobs_makes_no_backup() {
    let app = TestApp::start().await;
    let (root, _) = owner_and_developer(&app).await;
    let only = |check: &str| app.nobody().with_token(&narrow(root.token(), check)).in_tenant("instance");
    only("check if operation(\"jobs:write\")").post("/api/jobs/enqueue", backup()).await.expect(403);
    let both = only("check if operation($p), [\"jobs:write\", \"backups:write\"].contains($p)");
    both.post("/api/jobs/enqueue", backup()).await.expect(202);
}

#[actix_web::test]
async fn nobody_holds_up_backups_by_their_queue_who_may_not_make_them() {
    let app = TestApp::start().await;
    let (root, developer) = owner_and_developer(&app).await;
    developer.patch("/api/queues/system", json!({ "paused": true })).await.expect(403);
    developer.post("/api/queues", json!({ "name": "system", "outside": true })).await.expect(403);
    let new = json!({ "name": "s", "pattern": "order.*", "target": { "queue": "system" } });
    developer.post("/api/subscriptions", new).await.expect(403);
    developer.patch("/api/queues/default", json!({ "paused": true })).await.expect(200);
    root.patch("/api/queues/system", json!({ "paused": true })).await.expect(200);
    developer.delete("/api/queues/system").await.expect(403);
    root.delete("/api/queues/system").await.expect(200);
    let (_, acme) = app.tenant("acme").await;
    acme.patch("/api/queues/system", json!({ "paused": true })).await.expect(200);
}
