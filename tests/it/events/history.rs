//! The history: found by type, prefix, subject, status and time, in pages.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

async fn types(caller: &Caller, query: &str) -> Vec<String> {
    let listed = caller.get(&format!("/api/events?{query}")).await.expect(200).data();
    let all = listed.as_array().expect("a list").iter();
    all.map(|event| {
        format!("{}{}", event["type"].as_str().expect("a type"), event["subject"].as_str().unwrap_or(""))
    })
    .collect()
}

#[actix_web::test]
async fn every_filter_finds_what_it_says() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("history").await;
    let (_, other) = app.tenant("history-2").await;
    other.post("/api/events", json!({ "type": "order.paid", "subject": "1" })).await.expect(202);
    for (event_type, subject) in
        [("order.paid", "1"), ("order.sent", "1"), ("order.paid", "2"), ("orders.x", "1")]
    {
        acme.post("/api/events", json!({ "type": event_type, "subject": subject })).await.expect(202);
        app.clock.advance(Duration::from_secs(1));
    }
    let body = json!({ "type": "note.taken", "payload": { "text": "bad" } });
    acme.post("/api/events", body).await.expect(202);
    assert_eq!(types(&acme, "status=pending").await, ["note.taken"]);
    app.run_jobs().await;
    for (query, found) in [
        ("type=order.paid", vec!["order.paid2", "order.paid1"]),
        ("type=order.*", vec!["order.paid2", "order.sent1", "order.paid1"]),
        ("subject=1", vec!["orders.x1", "order.sent1", "order.paid1"]),
        ("subject=1&type=order.*", vec!["order.sent1", "order.paid1"]),
        ("status=failing", vec!["note.taken"]),
        ("status=failing&type=order.*", vec![]),
        ("status=delivered&type=order.paid", vec!["order.paid2", "order.paid1"]),
        ("since=2026-01-01T00:00:01Z&until=2026-01-01T00:00:03Z", vec!["order.paid2", "order.sent1"]),
        ("until=2026-01-01T00:00:01Z", vec!["order.paid1"]),
        ("type=*", vec!["note.taken", "orders.x1", "order.paid2", "order.sent1", "order.paid1"]),
    ] {
        assert_eq!(types(&acme, query).await, found, "{query}");
    }
}

#[actix_web::test]
async fn pages_of_a_prefix_leave_nothing_out_and_repeat_nothing() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("pages").await;
    for n in 0..25 {
        let kind = ["order.paid", "order.sent", "order.back"][n % 3];
        acme.post("/api/events", json!({ "type": kind, "subject": n.to_string() })).await.expect(202);
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let reply = acme.get(&format!("/api/events?type=order.*&limit=10{cursor}")).await.expect(200);
        let subjects = reply
            .data()
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| one["subject"].clone())
            .collect::<Vec<_>>();
        seen.extend(subjects);
        match &reply.json()["meta"]["nextCursor"] {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => break,
        }
    }
    let expected: Vec<Value> = (0..25).rev().map(|n| json!(n.to_string())).collect();
    assert_eq!(seen, expected);
}

#[actix_web::test]
async fn where_events_are_large_a_page_has_fewer_and_the_next_goes_on() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("large").await;
    for n in 0..48 {
        let (kind, payload) = (["order.paid", "order.sent"][n % 2], json!({ "text": "x".repeat(250_000) }));
        let event = json!({ "type": kind, "subject": n.to_string(), "payload": payload });
        acme.post("/api/events", event).await.expect(202);
    }
    for query in ["", "&type=order.*", "&type=order.sent"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let reply = acme.get(&format!("/api/events?limit=200{query}{cursor}")).await.expect(200);
            assert!(reply.text.len() < 4_500_000, "{} bytes", reply.text.len());
            let page = reply.data();
            let subjects = page.as_array().expect("a list").iter().map(|event| event["subject"].clone());
            seen.extend(subjects.map(|subject| subject.as_str().expect("text").to_owned()));
            match reply.json()["meta"]["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let of_one_type = query.ends_with("sent");
        let all = (0..48).rev().filter(|n| !of_one_type || n % 2 == 1).map(|n| n.to_string());
        assert_eq!(seen, all.collect::<Vec<_>>(), "{query}");
    }
}
