//! What one needs to listen beside `subscriptions:write`, and whose word an event is.

use serde_json::{Value, json};

use crate::keys::key;
use crate::support::{Caller, TestApp, narrow};

async fn holding(app: &TestApp, owner: &Caller, permissions: &[&str]) -> Caller {
    key(app, owner, json!({ "name": permissions.join(" "), "permissions": permissions })).await.1
}

fn listening(name: &str, target: Value) -> Value {
    json!({ "name": name, "pattern": "*", "target": target })
}

#[actix_web::test]
async fn who_may_not_read_events_does_not_listen_to_them() {
    let app = TestApp::start().await;
    let (_, owner) = app.tenant("acme").await;
    let hook = || json!({ "webhook": "https://chat.example.com/hook" });
    let deaf = holding(&app, &owner, &["subscriptions:write"]).await;
    deaf.get("/api/events").await.expect(403);
    let refused = deaf.post("/api/subscriptions", listening("a", hook())).await.expect(403);
    assert!(refused.message().contains("events:read"), "{}", refused.text);
    let hears = holding(&app, &owner, &["subscriptions:write", "events:read"]).await;
    let made = hears.post("/api/subscriptions", listening("a", hook())).await.expect(201).data();
    let path = format!("/api/subscriptions/{}", made["id"].as_str().expect("an id"));
    for change in [
        json!({ "pattern": "order.*" }),
        json!({ "filter": { "amount": 1 } }),
        json!({ "target": { "webhook": "https://other.example.com/hook" } }),
    ] {
        deaf.patch(&path, change.clone()).await.expect(403);
        hears.patch(&path, change).await.expect(200);
    }
    let same = json!({ "pattern": "order.*", "maxAttempts": 3 });
    deaf.patch(&path, same).await.expect(200);
    let narrowed = narrow(owner.token(), "check if operation(\"subscriptions:write\")");
    let narrowed = app.nobody().with_token(&narrowed).in_tenant("acme");
    narrowed.post("/api/subscriptions", listening("b", hook())).await.expect(403);
    deaf.delete(&path).await.expect(200);
}

#[actix_web::test]
async fn who_may_not_make_jobs_has_no_event_and_no_clock_make_them() {
    let app = TestApp::start().await;
    let (_, owner) = app.tenant("acme").await;
    let idle = holding(&app, &owner, &["subscriptions:write", "schedules:write", "events:read"]).await;
    let busy =
        holding(&app, &owner, &["subscriptions:write", "schedules:write", "events:read", "jobs:write"]).await;
    for (name, target) in [("a", json!({ "job": "requests.expire" })), ("b", json!({ "queue": "crm" }))] {
        let refused = idle.post("/api/subscriptions", listening(name, target.clone())).await.expect(403);
        assert!(refused.message().contains("jobs:write"), "{}", refused.text);
        let made = busy.post("/api/subscriptions", listening(name, target)).await.expect(201).data();
        let path = format!("/api/subscriptions/{}", made["id"].as_str().expect("an id"));
        idle.patch(&path, json!({ "pattern": "order.*" })).await.expect(403);
    }
    let new = json!({ "name": "nightly", "cron": "@daily", "jobName": "requests.expire" });
    idle.post("/api/schedules", new.clone()).await.expect(403);
    let made = busy.post("/api/schedules", new).await.expect(201).data();
    let path = format!("/api/schedules/{}", made["id"].as_str().expect("an id"));
    idle.patch(&path, json!({ "cron": "@hourly" })).await.expect(403);
    idle.post(&format!("{path}/run-now"), json!({})).await.expect(403);
    busy.post(&format!("{path}/run-now"), json!({})).await.expect(202);
    idle.delete(&path).await.expect(200);
}
