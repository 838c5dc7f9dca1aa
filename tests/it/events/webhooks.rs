//! Webhooks: delivered signed, and what their answers mean for the subscription.

use std::time::Duration;

use serde_json::{Value, json};
use steading::kernel::events;

use crate::support::{Asked, Caller, Elsewhere, Said, TestApp};

/// A tenant with one webhook, who answers it, and its secret.
async fn hooked(server: &Elsewhere, slug: &str) -> (TestApp, Caller, String) {
    let destination = server.destination().parse().expect("a destination");
    let app = TestApp::start_with(|config| config.outbound.allow = vec![destination]).await;
    let (_, acme) = app.tenant(slug).await;
    let new = json!({ "name": "hook", "pattern": "order.*", "target": { "webhook": server.url("/hook") } });
    let made = acme.post("/api/subscriptions", new).await.expect(201).data();
    (app, acme, made["secret"].as_str().expect("a secret").to_owned())
}

fn status(code: u16, headers: &[(&str, &str)]) -> Said {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Said::Answer(code, headers, b"words".to_vec())
}

async fn publish(caller: &Caller) -> String {
    let body = json!({ "type": "order.paid", "subject": "o7", "payload": { "amount": 7 } });
    let data = caller.post("/api/events", body).await.expect(202).data();
    format!("/api/events/{}", data["eventId"].as_str().expect("an id"))
}

fn body_of(asked: &Asked) -> Value {
    serde_json::from_slice(&asked.body).expect("JSON")
}

#[actix_web::test]
async fn a_webhook_gets_the_event_and_its_answer_is_kept() {
    let server = Elsewhere::http().await;
    server.says("/hook", status(200, &[]));
    let (app, acme, secret) = hooked(&server, "acme").await;
    assert!(secret.starts_with("whsec_"), "{secret}");
    let event = publish(&acme).await;
    app.run_jobs().await;
    let asked = server.asked();
    let body = body_of(&asked[0]);
    assert_eq!(
        (&body["type"], &body["subject"], &body["data"]),
        (&json!("order.paid"), &json!("o7"), &json!({ "amount": 7 }))
    );
    let shown = acme.get(&event).await.expect(200).data();
    assert_eq!(body["eventId"], shown["id"]);
    let delivery = &shown["deliveries"][0];
    assert_eq!(
        (&delivery["state"], asked[0].header("webhook-id")),
        (&json!("delivered"), delivery["id"].as_str())
    );
    let detail = &delivery["attempts"][0]["detail"];
    assert_eq!((&detail["status"], &detail["excerpt"]), (&json!(200), &json!("words")));
    let trace = asked[0].header("traceparent").expect("a trace");
    assert!(trace.contains(shown["envelope"]["traceId"].as_str().expect("a trace")), "{trace}");
    let listed = acme.get("/api/subscriptions").await.expect(200).text;
    assert!(!listed.contains("whsec_"), "the secret is shown once");
}

#[actix_web::test]
async fn a_failure_is_tried_again_as_standard_webhooks_says() {
    let server = Elsewhere::http().await;
    server.says("/hook", status(500, &[]));
    let (app, acme, _) = hooked(&server, "acme").await;
    let event = publish(&acme).await;
    app.run_jobs().await;
    assert_eq!(acme.deliveries(&event).await, ["failing"]);
    for (seconds, calls) in [(4, 1), (2, 2), (240, 2), (120, 3)] {
        app.clock.advance(Duration::from_secs(seconds));
        app.run_jobs().await;
        assert_eq!(server.asked().len(), calls, "after {seconds} more seconds");
    }
    server.says("/hook", status(204, &[]));
    app.clock.advance(Duration::from_mins(40));
    app.run_jobs().await;
    assert_eq!(acme.deliveries(&event).await, ["delivered"]);
}

#[actix_web::test]
async fn who_asks_for_time_gets_it() {
    let server = Elsewhere::http().await;
    server.says("/hook", status(503, &[("retry-after", "600")]));
    let (app, acme, _) = hooked(&server, "acme").await;
    publish(&acme).await;
    app.run_jobs().await;
    app.clock.advance(Duration::from_secs(590));
    app.run_jobs().await;
    assert_eq!(server.asked().len(), 1);
    app.clock.advance(Duration::from_secs(11));
    app.run_jobs().await;
    assert_eq!(server.asked().len(), 2);
}

#[actix_web::test]
async fn one_that_is_gone_is_disabled_for_good_and_loses_nothing() {
    let server = Elsewhere::http().await;
    server.says("/hook", status(410, &[]));
    let (app, acme, _) = hooked(&server, "acme").await;
    let event = publish(&acme).await;
    app.run_jobs().await;
    let shown = acme.subscription("hook").await;
    assert_eq!(
        (&shown["state"], &shown["disabledFor"], &shown["probeAt"]),
        (&json!("disabled"), &json!("gone"), &json!(null))
    );
    let told = acme.get("/api/events?type=handler.disabled").await.expect(200).data();
    assert_eq!(told[0]["payload"]["reason"], json!("gone"));
    app.clock.advance(Duration::from_hours(20));
    events::probe_once(app.app.kernel()).await.expect("it looks");
    app.run_jobs().await;
    assert_eq!((server.asked().len(), acme.deliveries(&event).await), (1, vec!["pending".into()]));
    server.says("/hook", status(200, &[]));
    let path = acme.subscription_path("hook").await;
    acme.post(&format!("{path}/enable"), json!({})).await.expect(200);
    app.run_jobs().await;
    assert_eq!(acme.deliveries(&event).await, ["delivered"]);
}

#[actix_web::test]
async fn a_dead_receiver_is_probed_and_comes_back_by_itself() {
    let server = Elsewhere::http().await;
    server.says("/hook", status(500, &[]));
    let (app, acme, _) = hooked(&server, "acme").await;
    let mut all = Vec::new();
    for _ in 0..8 {
        all.push(publish(&acme).await);
    }
    for _ in 0..4 {
        app.run_jobs().await;
    }
    assert_eq!(acme.subscription("hook").await["disabledFor"], json!("failures"));
    let calls = server.asked().len();
    server.says("/hook", status(200, &[]));
    app.clock.advance(Duration::from_secs(59));
    events::probe_once(app.app.kernel()).await.expect("it looks");
    app.run_jobs().await;
    assert_eq!(server.asked().len(), calls, "not before a minute is over");
    app.clock.advance(Duration::from_secs(1));
    events::probe_once(app.app.kernel()).await.expect("it looks");
    for _ in 0..60 {
        app.run_jobs().await;
        app.clock.advance(Duration::from_secs(10));
    }
    for event in &all {
        assert_eq!(acme.deliveries(event).await, ["delivered"]);
    }
    assert_eq!(acme.subscription("hook").await["state"], json!("enabled"));
}

#[actix_web::test]
async fn a_rotated_secret_signs_beside_the_old_one_for_a_day() {
    let server = Elsewhere::http().await;
    server.says("/hook", status(200, &[]));
    let (app, acme, first) = hooked(&server, "rotate").await;
    let path = acme.subscription_path("hook").await;
    let rotated = acme.post(&format!("{path}/rotate-secret"), json!({})).await.expect(200).data();
    assert_ne!(rotated["secret"], json!(first));
    let signatures = async |caller: &Caller| {
        publish(caller).await;
        app.run_jobs().await;
        let asked = server.asked();
        asked.last().expect("it was called").header("webhook-signature").expect("signed").split(' ').count()
    };
    assert_eq!(signatures(&acme).await, 2);
    app.clock.advance(Duration::from_hours(25));
    assert_eq!(signatures(&app.later("owner@rotate.example", "rotate").await).await, 1);
}

#[actix_web::test]
async fn a_test_shows_the_answer_and_counts_nothing() {
    let server = Elsewhere::http().await;
    server.says("/hook", status(500, &[]));
    let (_app, acme, _) = hooked(&server, "acme").await;
    let path = acme.subscription_path("hook").await;
    let sent = acme.post(&format!("{path}/test"), json!({})).await.expect(200).data();
    assert_eq!(
        (&sent["delivered"], &sent["status"], &sent["excerpt"]),
        (&json!(false), &json!(500), &json!("words"))
    );
    assert_eq!(body_of(&server.asked()[0])["type"], json!("webhook.test"));
    assert_eq!(acme.subscription("hook").await["health"]["failures"], json!(0));
    let notes = acme.subscription_path("test.notes").await;
    acme.post(&format!("{notes}/test"), json!({})).await.expect(409);
}

#[actix_web::test]
async fn what_lies_inside_is_refused_when_it_is_written() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for url in [
        "http://127.0.0.1:1/",
        "http://[::ffff:10.0.0.1]/",
        "http://2130706433/",
        "http://169.254.169.254/latest",
        "http://localhost:9/",
        "ftp://example.com/",
        "nonsense",
    ] {
        let new = json!({ "name": "hook", "pattern": "*", "target": { "webhook": url } });
        let reply = acme.post("/api/subscriptions", new).await.expect(422);
        assert!(reply.text.contains("target.webhook"), "{url}: {}", reply.text);
    }
}
