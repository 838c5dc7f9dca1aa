//! Ordered subscriptions: one delivery at a time for each subject.

use serde_json::json;

use crate::support::TestApp;

#[actix_web::test]
async fn a_subject_waits_for_its_older_event_and_others_do_not() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let new = json!({ "name": "line", "pattern": "step.*", "target": { "queue": "line" }, "ordered": true });
    acme.post("/api/subscriptions", new).await.expect(201);
    let mut events = Vec::new();
    for (subject, n) in [("a", 1), ("a", 2), ("b", 3), ("a", 4)] {
        let body = json!({ "type": "step.made", "subject": subject, "payload": n });
        let data = acme.post("/api/events", body).await.expect(202).data();
        events.push(format!("/api/events/{}", data["eventId"].as_str().expect("an id")));
    }
    let claim = async || {
        let claim = json!({ "queues": ["line"], "limit": 10 });
        acme.post("/api/jobs/claim", claim).await.expect(200).data().as_array().expect("a list").clone()
    };
    let first = claim().await;
    let data = |jobs: &[serde_json::Value]| {
        jobs.iter().map(|job| job["payload"]["data"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(data(&first), [json!(1), json!(3)]);
    assert_eq!(acme.deliveries(&events[1]).await, ["waiting"]);
    let word = async |job: &serde_json::Value, word: &str, body: serde_json::Value| {
        acme.post(&format!("/api/jobs/{}/{word}", job["id"].as_str().expect("an id")), body)
            .await
            .expect(200);
    };
    word(&first[0], "complete", json!({ "lease": first[0]["lease"] })).await;
    let second = claim().await;
    assert_eq!(data(&second), [json!(2)]);
    // One that dies lets the next go, too.
    word(&second[0], "fail", json!({ "lease": second[0]["lease"], "error": "no", "dead": true })).await;
    assert_eq!(data(&claim().await), [json!(4)]);
    assert_eq!(acme.deliveries(&events[1]).await, ["dead"]);
}

#[actix_web::test]
async fn deleting_the_subscription_cancels_those_that_wait_too() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let new =
        json!({ "name": "line", "pattern": "step.*", "target": { "job": "system.ping" }, "ordered": true });
    acme.post("/api/subscriptions", new).await.expect(201);
    let mut events = Vec::new();
    for _ in 0..3 {
        let body = json!({ "type": "step.made", "subject": "a", "payload": {} });
        let data = acme.post("/api/events", body).await.expect(202).data();
        events.push(format!("/api/events/{}", data["eventId"].as_str().expect("an id")));
    }
    let path = acme.subscription_path("line").await;
    acme.delete(&path).await.expect(200);
    for event in &events {
        assert_eq!(
            (acme.deliveries(event).await, acme.status_of(event).await),
            (vec!["cancelled".into()], "delivered".into())
        );
    }
    app.run_jobs().await;
    assert_eq!(acme.states().await, "cancelled 1", "no further job was made");
    acme.get(&path).await.expect(404);
}
