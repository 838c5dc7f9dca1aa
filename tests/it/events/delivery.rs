//! Deliveries: tried again, and to every sort of target.

use std::time::Duration;

use serde_json::json;

use crate::support::{TestApp, take_seen};

#[actix_web::test]
async fn a_delivery_is_tried_again_after_two_four_and_eight_minutes() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("retries").await;
    let event = acme.note("bad").await;
    app.run_jobs().await;
    assert_eq!(
        (acme.status_of(&event).await, acme.deliveries(&event).await),
        ("failing".into(), vec!["failing".into()])
    );
    for minutes in [2, 4, 8] {
        assert_eq!(take_seen("retries").len(), 1);
        app.clock.advance(Duration::from_secs(minutes * 60 * 8 / 10));
        app.run_jobs().await;
        assert_eq!(take_seen("retries"), Vec::<String>::new(), "not before {minutes} minutes");
        app.clock.advance(Duration::from_secs(minutes * 60 * 4 / 10));
        app.run_jobs().await;
    }
    assert_eq!(take_seen("retries").len(), 1);
    assert_eq!(
        (acme.status_of(&event).await, acme.deliveries(&event).await),
        ("dead".into(), vec!["dead".into()])
    );
    let shown = acme.get(&event).await.expect(200).data();
    let attempts = shown["deliveries"][0]["attempts"].as_array().expect("attempts").clone();
    assert_eq!(attempts.len(), 4);
    assert!(attempts.iter().all(|one| one["error"] == json!("I do not like “bad”.")));
}

#[actix_web::test]
async fn a_kind_of_job_gets_the_payload_and_what_caused_it() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let new = json!({ "name": "pings", "pattern": "order.*", "target": { "job": "system.ping" } });
    acme.post("/api/subscriptions", new).await.expect(201);
    let body = json!({ "type": "order.paid", "payload": { "message": "paid" } });
    let event = acme.post("/api/events", body).await.expect(202).data();
    app.run_jobs().await;
    let jobs = acme.get("/api/jobs?jobName=system.ping").await.expect(200).data();
    let job = acme.job(&format!("/api/jobs/{}", jobs[0]["id"].as_str().expect("an id"))).await;
    assert_eq!(job["result"]["message"], json!("paid"));
    assert_eq!(
        job["envelope"]["cause"],
        json!(format!("event:{}", event["eventId"].as_str().expect("an id")))
    );
    assert_eq!(job["queue"], json!("events.pings"));
    assert_eq!(acme.subscription("pings").await["health"]["successes"], json!(1));
}

#[actix_web::test]
async fn workers_outside_get_the_event_as_a_job_of_its_type() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let new = json!({ "name": "crm", "pattern": "*", "target": { "queue": "crm" } });
    acme.post("/api/subscriptions", new).await.expect(201);
    let body = json!({ "type": "order.paid", "subject": "o7", "payload": { "amount": 7 } });
    let event = acme.post("/api/events", body).await.expect(202).data();
    let claimed = acme.post("/api/jobs/claim", json!({ "queues": ["crm"] })).await.expect(200).data();
    let job = &claimed[0];
    assert_eq!(job["jobName"], json!("order.paid"));
    assert_eq!(
        job["payload"],
        json!({
            "type": "order.paid", "eventId": event["eventId"], "subject": "o7",
            "timestamp": event["publishedAt"], "data": { "amount": 7 },
        })
    );
    let path = format!("/api/jobs/{}/complete", job["id"].as_str().expect("an id"));
    acme.post(&path, json!({ "lease": job["lease"] })).await.expect(200);
    let event = format!("/api/events/{}", event["eventId"].as_str().expect("an id"));
    assert_eq!(acme.deliveries(&event).await, ["delivered"]);
}

#[actix_web::test]
async fn only_events_that_meet_the_filter_are_delivered() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let new = json!({
        "name": "big", "pattern": "order.paid", "target": { "job": "system.ping" },
        "filter": { "amount": { "gte": 100 }, "customer.country": { "in": ["AT", "DE"] } },
    });
    acme.post("/api/subscriptions", new).await.expect(201);
    for (amount, country, deliveries) in [(100, "AT", 1), (99, "AT", 0), (100, "FR", 0)] {
        let payload = json!({ "amount": amount, "customer": { "country": country } });
        let body = json!({ "type": "order.paid", "payload": payload });
        assert_eq!(acme.post("/api/events", body).await.expect(202).data()["deliveries"], json!(deliveries));
    }
}

#[actix_web::test]
async fn cancelling_or_deleting_the_job_ends_its_delivery() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("by-hand").await;
    let (cancelled, deleted, retried) = (acme.note("a").await, acme.note("b").await, acme.note("bad").await);
    let job = async |event: &str| {
        let shown = acme.get(event).await.expect(200).data();
        format!("/api/jobs/{}", shown["deliveries"][0]["id"].as_str().expect("an id"))
    };
    acme.post(&format!("{}/cancel", job(&cancelled).await), json!({})).await.expect(200);
    acme.delete(&job(&deleted).await).await.expect(200);
    assert_eq!(
        (acme.deliveries(&cancelled).await, acme.status_of(&cancelled).await),
        (vec!["cancelled".into()], "delivered".into())
    );
    assert_eq!(acme.deliveries(&deleted).await, ["cancelled"]);
    super::run_out(&app).await;
    let later = app.later("owner@by-hand.example", "by-hand").await;
    assert_eq!(later.deliveries(&retried).await, ["dead"]);
    let id = later.get(&retried).await.expect(200).data()["deliveries"][0]["id"].clone();
    later.post(&format!("/api/jobs/{}/retry", id.as_str().expect("an id")), json!({})).await.expect(200);
    assert_eq!(
        (later.deliveries(&retried).await, later.status_of(&retried).await),
        (vec!["pending".into()], "pending".into())
    );
    assert_eq!(app.ask("SELECT sum(letters) FROM dead_letter_groups_all"), 0);
}

#[actix_web::test]
async fn a_crash_between_attempts_loses_no_delivery() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("crash").await;
    let event = acme.note("a").await;
    let app = app.restart().await;
    app.run_jobs().await;
    assert_eq!(take_seen("crash"), ["a"]);
    let acme = acme.at(&app.url);
    assert_eq!(acme.deliveries(&event).await, ["delivered"]);
}
