//! Replay: of one event, and of many by a job.

use serde_json::json;

use crate::support::{TestApp, take_seen};

#[actix_web::test]
async fn one_event_goes_to_those_who_listen_now_or_to_the_named() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("replay-one").await;
    let event = acme.note("a").await;
    app.run_jobs().await;
    let new = json!({ "name": "pings", "pattern": "other.*", "target": { "job": "system.ping" } });
    acme.post("/api/subscriptions", new).await.expect(201);
    let replay = format!("{event}/replay");
    let made = acme.post(&replay, json!({})).await.expect(202).data();
    assert_eq!(made["deliveryIds"].as_array().expect("a list").len(), 1);
    assert_eq!(acme.deliveries(&event).await, ["delivered", "pending"]);
    app.run_jobs().await;
    assert_eq!(take_seen("replay-one"), ["a", "a"]);
    let chosen = acme.post(&replay, json!({ "handlers": ["pings"] })).await.expect(202).data();
    assert_eq!(chosen["deliveryIds"].as_array().expect("a list").len(), 1, "who is named need not match");
    let reply = acme.post(&replay, json!({ "handlers": ["pings", "nobody"] })).await.expect(422);
    assert!(reply.text.contains("handlers[1]"), "{}", reply.text);
    acme.post(&replay, json!({ "handlers": [] })).await.expect(422);
}

#[actix_web::test]
async fn many_are_counted_first_and_replayed_by_a_job() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("replay-many").await;
    for n in 0..450 {
        acme.note(&format!("{n}")).await;
    }
    app.run_jobs().await;
    take_seen("replay-many");
    let filter = json!({ "type": "note.*" });
    let dry =
        acme.post("/api/events/replay", json!({ "filter": filter, "dryRun": true })).await.expect(202).data();
    assert_eq!((&dry["events"], &dry["jobId"]), (&json!(450), &json!(null)));
    app.clock.advance(std::time::Duration::from_secs(1));
    let begun = acme.post("/api/events/replay", json!({ "filter": filter })).await.expect(202).data();
    app.run_jobs().await;
    let job = acme.job(&format!("/api/jobs/{}", begun["jobId"].as_str().expect("an id"))).await;
    assert_eq!(
        (&job["state"], &job["result"]),
        (&json!("done"), &json!({ "events": 450, "deliveries": 450 }))
    );
    assert_eq!(take_seen("replay-many").len(), 450);
    acme.post("/api/events/replay", json!({ "filter": {} })).await.expect(422);
    let rows = acme.get("/api/audit?action=events.*").await.expect(200).data();
    let told =
        json!({ "filter": { "pattern": "note.*" }, "handlers": null, "events": 450, "job": begun["jobId"] });
    assert_eq!((rows.as_array().map(Vec::len), &rows[0]["after"]), (Some(1), &told), "{rows}");
}
