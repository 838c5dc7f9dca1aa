//! Publishing.

use serde_json::json;

use crate::support::{TestApp, take_seen};

#[actix_web::test]
async fn an_event_reaches_who_listens_to_its_type() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("publish-one").await;
    let body = json!({ "type": "note.taken", "subject": "n1", "payload": { "text": "hello" } });
    let reply = acme.post("/api/events", body).await.expect(202).data();
    assert_eq!((&reply["deliveries"], &reply["deduplicated"]), (&json!(1), &json!(false)));
    app.run_jobs().await;
    assert_eq!(take_seen("publish-one"), ["hello"]);
    let event = format!("/api/events/{}", reply["eventId"].as_str().expect("an id"));
    let shown = acme.get(&event).await.expect(200).data();
    assert_eq!((&shown["status"], &shown["subject"]), (&json!("delivered"), &json!("n1")));
    assert_eq!(shown["deliveries"][0]["handler"], json!("test.notes"));
    assert!(shown["envelope"]["actorId"].as_str().expect("an actor").starts_with("user:"));
}

#[actix_web::test]
async fn an_event_that_nobody_listens_to_is_kept_and_done() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let reply = acme.post("/api/events", json!({ "type": "order.paid" })).await.expect(202).data();
    assert_eq!(reply["deliveries"], json!(0));
    let listed = acme.get("/api/events?type=order.paid").await.expect(200).data();
    assert_eq!(listed[0]["status"], json!("delivered"));
}

#[actix_web::test]
async fn a_repeat_with_the_same_key_is_the_first_event() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("publish-key").await;
    let (_, other) = app.tenant("publish-key-2").await;
    let body =
        |text: &str| json!({ "type": "note.taken", "payload": { "text": text }, "idempotencyKey": "k1" });
    let first = acme.post("/api/events", body("first")).await.expect(202).data();
    let again = acme.post("/api/events", body("second")).await.expect(202).data();
    assert_eq!(again["eventId"], first["eventId"]);
    assert_eq!((&again["deduplicated"], &again["deliveries"]), (&json!(true), &json!(1)));
    let elsewhere = other.post("/api/events", body("theirs")).await.expect(202).data();
    assert_eq!(elsewhere["deduplicated"], json!(false));
    app.run_jobs().await;
    assert_eq!(take_seen("publish-key"), ["first"]);
}

#[actix_web::test]
async fn of_a_batch_all_are_published_or_none() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("publish-batch").await;
    let good = json!({ "type": "note.taken", "payload": { "text": "a" } });
    let bad = json!({ "type": "memo.written", "payload": { "text": "a" } });
    let reply = acme.post("/api/events/batch", json!({ "events": [good, bad] })).await.expect(422);
    assert!(reply.text.contains("events[1].type"), "{}", reply.text);
    assert_eq!(acme.get("/api/events").await.expect(200).data(), json!([]));
    let done = acme.post("/api/events/batch", json!({ "events": [good, good] })).await.expect(202).data();
    assert_eq!(done.as_array().expect("a list").len(), 2);
    app.run_jobs().await;
    assert_eq!(take_seen("publish-batch").len(), 2);
}

#[actix_web::test]
async fn a_handler_that_publishes_what_it_listens_to_is_cut_off() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    acme.post("/api/events", json!({ "type": "echo.heard", "payload": {} })).await.expect(202);
    super::run_out(&app).await;
    assert_eq!(app.ask("SELECT count(*) FROM events_all WHERE type = 'echo.heard'"), 16);
    let acme = app.later("owner@acme.example", "acme").await;
    let letters = acme.get("/api/dead-letters").await.expect(200).data();
    let error = letters[0]["error"].as_str().expect("an error");
    assert!(error.contains("echo.heard > echo.heard"), "{error}");
    assert_eq!(letters.as_array().expect("a list").len(), 1);
}

#[actix_web::test]
async fn the_catalogue_has_what_the_server_publishes_and_what_was_seen() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for name in ["order.paid", "order.sent", "zebra.seen"] {
        acme.post("/api/events", json!({ "type": name })).await.expect(202);
    }
    let types = acme.get("/api/event-types").await.expect(200).data();
    let types = types.as_array().expect("a list");
    let of = |name: &str| types.iter().find(|one| one["type"] == json!(name)).expect(name).clone();
    assert_eq!(of("order.sent")["declared"], json!(false));
    let noted = of("memo.written");
    assert_eq!((&noted["declared"], &noted["seen"]), (&json!(true), &json!(false)));
    assert!(noted["schema"]["properties"]["text"].is_object(), "{noted}");
    assert!(types.is_sorted_by_key(|one| one["type"].as_str().map(str::to_owned)));
}
