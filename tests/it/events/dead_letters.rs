//! Dead letters: grouped, replayed, discarded, and told of.

use serde_json::json;

use super::run_out;
use crate::support::{Caller, TestApp, take_seen};

/// A tenant with three dead letters in one group.
async fn with_letters(app: &TestApp, slug: &str) -> (Caller, Vec<String>) {
    let (_, acme) = app.tenant(slug).await;
    let mut events = Vec::new();
    for n in 0..3 {
        events.push(acme.note(&format!("bad {n}")).await);
    }
    run_out(app).await;
    take_seen(slug);
    (app.later(&format!("owner@{slug}.example"), slug).await, events)
}

#[actix_web::test]
async fn letters_whose_errors_are_alike_are_one_group() {
    let app = TestApp::start().await;
    let (acme, _) = with_letters(&app, "group").await;
    let groups = acme.get("/api/dead-letters/groups").await.expect(200).data();
    assert_eq!((groups.as_array().expect("a list").len(), &groups[0]["letters"]), (1, &json!(3)));
    let print = groups[0]["fingerprint"].as_str().expect("a fingerprint");
    let alike = acme.get(&format!("/api/dead-letters?fingerprint={print}&limit=2")).await.expect(200);
    assert_eq!(alike.data().as_array().expect("a list").len(), 2);
    let of = acme.get("/api/dead-letters?handler=test.notes").await.expect(200).data();
    assert_eq!(of.as_array().expect("a list").len(), 3);
    assert_eq!(of[0]["attemptsMade"], json!(4));
    acme.get("/api/dead-letters?handler=nobody").await.expect(422);
}

#[actix_web::test]
async fn a_replayed_letter_is_a_new_delivery_that_names_the_old() {
    let app = TestApp::start().await;
    let (acme, events) = with_letters(&app, "again").await;
    let letters = acme.get("/api/dead-letters").await.expect(200).data();
    let id = letters[2]["id"].as_str().expect("an id");
    let path = format!("/api/dead-letters/{id}/replay");
    let made = acme.post(&path, json!({})).await.expect(202).data();
    assert_eq!(acme.deliveries(&events[0]).await, ["replayed", "pending"]);
    let shown = acme.get(&events[0]).await.expect(200).data();
    assert_eq!(
        (&shown["deliveries"][1]["id"], &shown["deliveries"][1]["replayOf"]),
        (&made["deliveryId"], &json!(id))
    );
    acme.post(&path, json!({})).await.expect(409);
    app.run_jobs().await;
    assert_eq!(take_seen("again"), ["bad 0"]);
    let groups = acme.get("/api/dead-letters/groups").await.expect(200).data();
    assert_eq!(groups[0]["letters"], json!(2));
}

#[actix_web::test]
async fn a_corrected_letter_reaches_its_handler_as_an_event_of_its_own() {
    let app = TestApp::start().await;
    let (acme, events) = with_letters(&app, "correct").await;
    // Others who listen do not get it.
    let new = json!({ "name": "others", "pattern": "test.*", "target": { "job": "test.act" } });
    acme.post("/api/subscriptions", new).await.expect(201);
    let letters = acme.get("/api/dead-letters").await.expect(200).data();
    let id = letters[2]["id"].as_str().expect("an id");
    let path = format!("/api/dead-letters/{id}/correct");
    let original = acme.get(&events[0]).await.expect(200).data();
    acme.post(&path, json!({})).await.expect(422);
    assert_eq!(acme.deliveries(&events[0]).await, ["dead"], "what is refused changes nothing");
    let mut payload = original["payload"].clone();
    payload["text"] = json!("good again");
    let made = acme.post(&path, json!({ "payload": payload })).await.expect(202).data();
    assert_eq!(acme.deliveries(&events[0]).await, ["replayed"]);
    let corrected = format!("/api/events/{}", made["eventId"].as_str().expect("an id"));
    app.run_jobs().await;
    assert_eq!(take_seen("correct"), ["good again"]);
    let shown = acme.get(&corrected).await.expect(200).data();
    assert_eq!(shown["deliveries"].as_array().map(Vec::len), Some(1), "{shown}");
    assert_eq!(
        (&shown["deliveries"][0]["id"], &shown["deliveries"][0]["replayOf"]),
        (&made["deliveryId"], &json!(id))
    );
    assert_eq!(acme.get(&events[0]).await.expect(200).data()["payload"], original["payload"]);
    let timeline = acme.get(&format!("{}/timeline", events[0])).await.expect(200).data();
    assert!(timeline.to_string().contains(made["eventId"].as_str().expect("an id")), "{timeline}");
    let audit = acme.get("/api/audit?action=dead_letter.corrected").await.expect(200).data();
    assert_eq!(audit[0]["after"]["event"], made["eventId"]);
    acme.post(&path, json!({ "payload": payload })).await.expect(409);
}

#[actix_web::test]
async fn many_are_counted_first_and_then_put_away() {
    let app = TestApp::start().await;
    let (acme, events) = with_letters(&app, "away").await;
    let filter = json!({ "filter": { "handler": "test.notes" }, "dryRun": true });
    let counted = acme.post("/api/dead-letters/discard", filter).await.expect(200).data();
    assert_eq!((&counted["matched"], &counted["done"]), (&json!(3), &json!(0)));
    let filter = json!({ "filter": { "handler": "test.notes" } });
    let done = acme.post("/api/dead-letters/discard", filter).await.expect(200).data();
    assert_eq!(done["done"], json!(3));
    assert_eq!(
        (acme.deliveries(&events[0]).await, acme.status_of(&events[0]).await),
        (vec!["discarded".into()], "delivered".into())
    );
    assert_eq!(acme.get("/api/dead-letters").await.expect(200).data(), json!([]));
    assert_eq!(acme.get("/api/dead-letters/groups").await.expect(200).data(), json!([]));
    acme.post("/api/dead-letters/discard", json!({ "filter": {} })).await.expect(422);
}

#[actix_web::test]
async fn many_are_replayed_once_for_one_key() {
    let app = TestApp::start().await;
    let (acme, events) = with_letters(&app, "twice").await;
    let keyed = acme.clone().with_header("idempotency-key", "once");
    let filter = json!({ "filter": { "handler": "test.notes" } });
    let first = keyed.post("/api/dead-letters/replay", filter.clone()).await.expect(200);
    assert_eq!(first.data(), json!({ "matched": 3, "done": 3, "hasMore": false }));
    let again = keyed.post("/api/dead-letters/replay", filter).await.expect(200);
    assert_eq!((again.header("idempotency-replayed"), again.data()), ("true", first.data()));
    for event in &events {
        assert_eq!(acme.deliveries(event).await, ["replayed", "pending"]);
    }
}

#[actix_web::test]
async fn a_letter_to_a_deleted_subscription_can_be_put_away_and_not_replayed() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("gone").await;
    let new =
        json!({ "name": "mourn", "pattern": "order.*", "target": { "job": "test.act" }, "maxAttempts": 1 });
    acme.post("/api/subscriptions", new).await.expect(201);
    let body = json!({ "type": "order.paid", "payload": { "does": "die" } });
    let event = acme.post("/api/events", body).await.expect(202).data();
    app.run_jobs().await;
    acme.delete(&acme.subscription_path("mourn").await).await.expect(200);
    let letters = acme.get("/api/dead-letters").await.expect(200).data();
    let path = format!("/api/dead-letters/{}", letters[0]["id"].as_str().expect("an id"));
    acme.post(&format!("{path}/replay"), json!({})).await.expect(409);
    acme.post(&format!("{path}/discard"), json!({})).await.expect(200);
    let event = format!("/api/events/{}", event["eventId"].as_str().expect("an id"));
    assert_eq!(acme.status_of(&event).await, "delivered");
}

#[actix_web::test]
async fn a_dead_letter_is_an_event_that_never_loops() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("told").await;
    // What listens to dead letters dies itself: the event's payload is none of that kind.
    let new = json!({ "name": "mourn", "pattern": "delivery.dead", "target": { "job": "test.act" }, "maxAttempts": 1 });
    acme.post("/api/subscriptions", new).await.expect(201);
    acme.note("bad").await;
    run_out(&app).await;
    let acme = app.later("owner@told.example", "told").await;
    let told = acme.get("/api/events?type=delivery.dead").await.expect(200).data();
    assert_eq!(told.as_array().expect("a list").len(), 1, "{told}");
    assert_eq!(told[0]["payload"]["handler"], json!("test.notes"));
    let letters = acme.get("/api/dead-letters?handler=mourn").await.expect(200).data();
    assert_eq!(letters.as_array().expect("a list").len(), 1);
}
