//! What is refused, and how it is named.

use serde_json::json;

use crate::support::TestApp;

#[actix_web::test]
async fn what_is_no_event_is_refused_by_its_path() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let large = "x".repeat(256 * 1024);
    for (body, path) in [
        (json!({ "type": "order" }), "type"),
        (json!({ "type": "Order.Paid" }), "type"),
        (json!({ "payload": {} }), "type"),
        (json!({ "type": "order.*" }), "type"),
        (json!({ "type": "memo.written", "payload": { "text": "a" } }), "type"),
        (json!({ "type": "order.paid", "payload": large }), "payload"),
        (json!({ "type": "order.paid", "subject": "" }), "subject"),
        (json!({ "type": "order.paid", "idempotencyKey": "x".repeat(201) }), "idempotencyKey"),
        (json!({ "type": "order.paid", "other": 1 }), "other"),
    ] {
        let reply = acme.post("/api/events", body).await.expect(422);
        assert_eq!(reply.json()["error"]["details"][0]["path"], json!(path), "{}", reply.text);
    }
    assert_eq!(acme.get("/api/events").await.expect(200).data(), json!([]));
}

#[actix_web::test]
async fn what_is_no_subscription_is_refused_by_its_path() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    acme.post("/api/queues", json!({ "name": "mine" })).await.expect(201);
    let good = json!({ "name": "n", "pattern": "order.*", "target": { "job": "system.ping" } });
    let with = |field: &str, value: serde_json::Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    for (body, path) in [
        (with("name", json!("Not Good")), "name"),
        (with("name", json!("n".repeat(51))), "name"),
        (with("pattern", json!("order")), "pattern"),
        (with("pattern", json!("*.paid")), "pattern"),
        (with("target", json!({ "job": "no.such" })), "target.job"),
        (with("target", json!({ "job": "events.deliver" })), "target.job"),
        (with("target", json!({ "job": "maintenance.jobs" })), "target.job"),
        (with("target", json!({ "queue": "mine" })), "target.queue"),
        (with("target", json!({ "handler": "test.notes" })), "target.handler"),
        (with("target", json!({ "mail": "me" })), "target"),
        (with("filter", json!({ "amount": { "gtt": 1 } })), "filter.amount.gtt"),
        (with("filter", json!([])), "filter"),
        (with("maxAttempts", json!(0)), "maxAttempts"),
        (with("timeoutSeconds", json!(3_601)), "timeoutSeconds"),
        (with("backoff", json!({ "kind": "fixed", "seconds": 0 })), "backoff"),
        (with("recovery", json!("never")), "recovery"),
    ] {
        let reply = acme.post("/api/subscriptions", body.clone()).await.expect(422);
        let found = reply.json()["error"]["details"][0]["path"].as_str().expect("a path").to_owned();
        assert!(found == path || found.starts_with(&format!("{path}.")), "{body} gives {}", reply.text);
    }
    acme.post("/api/subscriptions", good.clone()).await.expect(201);
    acme.post("/api/subscriptions", good).await.expect(409);
}

#[actix_web::test]
async fn the_queue_of_a_subscription_is_its_own() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    acme.post("/api/queues", json!({ "name": "events.mine" })).await.expect(409);
    acme.patch("/api/queues/events.test.notes", json!({ "paused": true })).await.expect(409);
    let order = json!({ "jobName": "system.ping", "queue": "events.test.notes" });
    acme.post("/api/jobs/enqueue", order).await.expect(422);
    let new = |name: &str| json!({ "name": name, "pattern": "*", "target": { "queue": "crm" } });
    acme.post("/api/subscriptions", new("one")).await.expect(201);
    let reply = acme.post("/api/subscriptions", new("two")).await.expect(422);
    assert!(reply.text.contains("target.queue"), "{}", reply.text);
}
