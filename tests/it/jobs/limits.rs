//! Queues: pause, limits, and fairness among tenants.

use std::time::Duration;

use serde_json::json;

use crate::support::TestApp;

#[actix_web::test]
async fn a_paused_queue_keeps_its_jobs_and_goes_on() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let job = acme.enqueue(json!({ "does": "succeed", "name": "paused" })).await;
    acme.patch("/api/queues/default", json!({ "paused": true })).await.expect(200);
    app.run_jobs().await;
    assert_eq!(acme.state_of(&job).await, "ready");
    acme.patch("/api/queues/default", json!({ "paused": false })).await.expect(200);
    app.run_jobs().await;
    assert_eq!(acme.state_of(&job).await, "done");
}

#[actix_web::test]
async fn a_pause_holds_over_a_restart() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    acme.post("/api/queues", json!({ "name": "slow", "paused": true })).await.expect(201);
    let job = acme.enqueue_with(json!({ "does": "die" }), json!({ "queue": "slow" })).await;
    let app = app.restart().await;
    app.run_jobs().await;
    assert_eq!(acme.at(&app.url).state_of(&job).await, "ready");
}

#[actix_web::test]
async fn a_rate_lets_one_begin_at_a_time() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    acme.post("/api/queues", json!({ "name": "slow", "ratePerMinute": 6 })).await.expect(201);
    for _ in 0..3 {
        acme.enqueue_with(json!({ "does": "succeed", "name": "rated" }), json!({ "queue": "slow" })).await;
    }
    for states in ["done 1, ready 2", "done 2, ready 1", "done 3"] {
        app.run_jobs().await;
        assert_eq!(acme.states().await, states);
        app.run_jobs().await;
        assert_eq!(acme.states().await, states, "the clock stands");
        app.clock.advance(Duration::from_secs(10));
    }
}

#[actix_web::test]
async fn limits_are_numbers_that_make_sense() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for (body, path) in [
        (json!({ "name": "q", "concurrency": 0 }), "concurrency"),
        (json!({ "name": "q", "ratePerMinute": -1 }), "ratePerMinute"),
        (json!({ "name": "Q" }), "name"),
    ] {
        assert_eq!(acme.post("/api/queues", body).await.expect(422).paths(), [path]);
    }
    acme.post("/api/queues", json!({ "name": "q" })).await.expect(201);
    acme.post("/api/queues", json!({ "name": "q" })).await.expect(409);
    acme.patch("/api/queues/none", json!({ "paused": true })).await.expect(404);
    acme.delete("/api/queues/q").await.expect(200);
    acme.delete("/api/queues/q").await.expect(404);
}

#[actix_web::test]
async fn a_queues_depth_is_told_with_its_limits_and_since_when_the_oldest_waits() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let (_, other) = app.tenant("other").await;
    other.enqueue_with(json!({ "does": "die" }), json!({ "queue": "theirs" })).await;
    acme.post("/api/queues", json!({ "name": "slow", "paused": true })).await.expect(201);
    acme.post("/api/queues", json!({ "name": "unused", "concurrency": 3 })).await.expect(201);
    acme.enqueue(json!({ "does": "succeed", "name": "depth" })).await;
    app.run_jobs().await;
    for priority in ["low", "urgent", "normal"] {
        acme.enqueue_with(json!({ "does": "die" }), json!({ "queue": "slow", "priority": priority })).await;
        app.clock.advance(Duration::from_secs(60));
    }
    let depths = acme.get("/api/jobs/queues").await.expect(200).data();
    let names: Vec<_> = depths.as_array().expect("a list").iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["default", "slow", "unused"]);
    assert_eq!((&depths[0]["states"]["done"], &depths[0]["waitingSince"]), (&json!(1), &json!(null)));
    assert_eq!(depths[1]["states"]["ready"], json!(3));
    assert_eq!(
        depths[1]["waitingSince"],
        json!("2026-01-01T00:00:00.000Z"),
        "of the first, whatever its priority"
    );
    assert_eq!(depths[1]["settings"]["paused"], json!(true));
    assert_eq!((&depths[0]["settings"], &depths[2]["settings"]["concurrency"]), (&json!(null), &json!(3)));
}
