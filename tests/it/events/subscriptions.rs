//! Subscriptions: made, changed, renamed, deleted; those of handlers in code stay.

use serde_json::json;

use crate::support::TestApp;

#[actix_web::test]
async fn a_change_changes_what_it_names() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let new = json!({
        "name": "pings", "pattern": "order.*", "target": { "job": "system.ping" }, "filter": { "n": 1 },
    });
    let made = acme.post("/api/subscriptions", new).await.expect(201).data();
    assert_eq!(
        (&made["maxAttempts"], &made["recovery"], &made["timeoutSeconds"]),
        (&json!(4), &json!("manual"), &json!(30))
    );
    assert_eq!(made["backoff"], json!({ "kind": "exponential", "firstSeconds": 120, "mostSeconds": 86_400 }));
    assert_eq!(made.get("secret"), None);
    let path = format!("/api/subscriptions/{}", made["id"].as_str().expect("an id"));
    let change = json!({ "name": "other", "filter": null, "maxAttempts": 2, "backoff": { "kind": "fixed", "seconds": 9 } });
    let changed = acme.patch(&path, change).await.expect(200).data();
    assert_eq!(
        (&changed["name"], &changed["filter"], &changed["pattern"]),
        (&json!("other"), &json!(null), &json!("order.*"))
    );
    assert_eq!(changed["backoff"], json!({ "kind": "fixed", "seconds": 9 }));
    acme.patch(&path, json!({ "target": { "queue": "crm" } })).await.expect(422);
    acme.patch(&path, json!({ "name": "test.notes" })).await.expect(409);

    // The name is free again, and the old one's queue is not shared.
    let new = json!({ "name": "pings", "pattern": "order.*", "target": { "job": "system.ping" } });
    let again = acme.post("/api/subscriptions", new).await.expect(201).data();
    assert_ne!(again["queue"], made["queue"]);
    let actions = acme.get("/api/audit?action=subscription.*").await.expect(200).data();
    assert_eq!(actions.as_array().expect("a list").len(), 3);
}

#[actix_web::test]
async fn a_handler_in_code_is_in_every_tenant_and_stays() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let path = acme.subscription_path("test.notes").await;
    assert_eq!(acme.get(&path).await.expect(200).data()["target"], json!({ "handler": "test.notes" }));
    acme.delete(&path).await.expect(409);
    acme.patch(&path, json!({ "pattern": "*" })).await.expect(409);
    acme.patch(&path, json!({ "maxAttempts": 9 })).await.expect(200);
    let app = app.restart().await;
    let acme = acme.at(&app.url);
    assert_eq!(acme.get(&path).await.expect(200).data()["maxAttempts"], json!(9));
}

#[actix_web::test]
async fn the_subscriptions_of_another_tenant_do_not_hear() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let (_, other) = app.tenant("other").await;
    let new = json!({ "name": "all", "pattern": "*", "target": { "job": "system.ping" } });
    let made = other.post("/api/subscriptions", new).await.expect(201).data();
    let reply = acme.post("/api/events", json!({ "type": "order.paid" })).await.expect(202).data();
    assert_eq!(reply["deliveries"], json!(0));
    let path = format!("/api/subscriptions/{}", made["id"].as_str().expect("an id"));
    acme.get(&path).await.expect(404);
    acme.post(&format!("{path}/disable"), json!({})).await.expect(404);
}
