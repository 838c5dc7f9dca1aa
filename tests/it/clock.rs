//! The machine's clock is not always right.

use std::time::Duration;

use serde_json::json;

use crate::support::{Caller, TestApp};

/// How many traces are kept of a route.
async fn kept(app: &TestApp, caller: &Caller, route: &str) -> usize {
    app.app.telemetry.flush().await.expect("it is written");
    let found = caller.get(&format!("/api/traces?route={route}")).await.expect(200).data();
    found.as_array().expect("a list").len()
}

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

#[actix_web::test]
async fn a_clock_that_jumps_by_hours_ahead_and_back_stops_neither_the_service_nor_telemetry() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let work = async |told: &str| {
        acme.post("/api/requests", json!({ "title": told })).await.expect(201);
        let job = json!({ "jobName": "test.act", "payload": { "does": "succeed", "name": told } });
        acme.post("/api/jobs/enqueue", job).await.expect(202);
        app.run_jobs().await;
        app.nobody().get("/readyz").await.expect(200);
    };
    work("Before").await;
    let before = kept(&app, &acme, "/api/requests").await;
    app.clock.advance(Duration::from_hours(5));
    work("Ahead").await;
    let ahead = kept(&app, &acme, "/api/requests").await;
    assert!(ahead > before, "{before} and then {ahead}");
    app.clock.turn_back(Duration::from_hours(10));
    work("Back").await;
    let back = kept(&app, &acme, "/api/requests").await;
    assert!(back > ahead, "{ahead} and then {back}");
    let waiting = acme.get("/api/jobs?state=ready").await.expect(200).data();
    assert_eq!(waiting, json!([]));
}
