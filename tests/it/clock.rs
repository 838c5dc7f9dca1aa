//! The machine's clock is not always right.

use std::time::Duration;

use serde_json::json;

use crate::support::TestApp;

#[actix_web::test]
async fn a_clock_that_jumps_back_an_hour_changes_nothing_for_those_who_call() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let open = |title: &'static str| acme.post("/api/requests", json!({ "title": title }));
    let before = open("Before").await.expect(201).data();
    let caller = acme.clone().with_header("idempotency-key", "once");
    let kept = caller.post("/api/requests", json!({ "title": "Once" })).await.expect(201).data();

    app.clock.turn_back(Duration::from_hours(1));
    app.nobody().get("/readyz").await.expect(200);
    let after = open("After").await.expect(201).data();
    assert!(after["createdAt"].as_str() < before["createdAt"].as_str(), "{after}");
    let again = caller.post("/api/requests", json!({ "title": "Once" })).await.expect(201).data();
    assert_eq!(again, kept);
    let path = format!("/api/requests/{}", before["id"].as_str().expect("an id"));
    acme.patch(&path, json!({ "title": "Changed since" })).await.expect(200);
    let listed = acme.get("/api/requests?limit=1&sort=oldest").await.expect(200);
    assert_eq!(listed.data()[0]["title"], "Changed since");
    let app = app.restart().await;
    app.nobody().get("/readyz").await.expect(200);
}
