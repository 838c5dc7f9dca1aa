//! What a receiver gets.

use std::time::Duration;

use steading::kernel::webhooks::Message;

use super::{NOW, hook, message, outbound, send, tell};
use crate::support::{Elsewhere, Said};
use steading::base::Clock;

#[actix_web::test]
async fn a_message_is_a_signed_post_of_what_is_stored() {
    let server = Elsewhere::http().await;
    server.answers("/hook?key=1", "thanks");
    let sent = tell(&outbound(&[&server.destination()]), &hook(server.url("/hook?key=1#part"))).await;
    assert_eq!((sent.status, sent.excerpt.as_str(), sent.is_cut), (Some(200), "thanks", false));
    let asked = server.asked().remove(0);
    assert_eq!(asked.line, "POST /hook?key=1 HTTP/1.1");
    assert_eq!(
        String::from_utf8(asked.body.clone()).expect("text"),
        r#"{"type":"order.paid","timestamp":"2020-09-13T12:26:40.000Z","eventId":"00000000-0000-0000-0000-000000000002","subject":"orders/7","data":{"total": 10.50, "for":"Zoë"}}"#
    );
    let mut names: Vec<&str> = asked.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let ours = ["traceparent", "user-agent", "webhook-id", "webhook-signature", "webhook-timestamp"];
    assert_eq!(names, [&["content-length", "content-type", "host"], &ours[..]].concat());
    assert_eq!(asked.header("content-type"), Some("application/json"));
    assert_eq!(asked.header("webhook-id"), Some("00000000-0000-0000-0000-000000000001"));
    assert_eq!(asked.header("webhook-timestamp"), Some("1700000000"));
    let trace = asked.header("traceparent").expect("a trace");
    assert!(trace.starts_with("00-00000000000000000000000000000abc-") && trace.ends_with("-01"), "{trace}");
}

#[actix_web::test]
async fn every_attempt_has_the_same_id_and_a_time_of_its_own() {
    let server = Elsewhere::http().await;
    server.says("/", Said::Answer(500, Vec::new(), Vec::new()));
    let (outbound, hook, clock) =
        (outbound(&[&server.destination()]), hook(server.url("/")), Clock::standing_at(NOW));
    let message = Message { trace: None, ..message() };
    for _ in 0..2 {
        send(&outbound, &hook, &message, &clock).await;
        clock.advance(Duration::from_secs(300));
    }
    let asked = server.asked();
    let both = |name: &str| [0, 1].map(|at| asked[at].header(name).unwrap_or_default());
    assert_eq!(both("webhook-id"), ["00000000-0000-0000-0000-000000000001"; 2]);
    assert_eq!(both("webhook-timestamp"), ["1700000000", "1700000300"]);
    assert_ne!(both("webhook-signature")[0], both("webhook-signature")[1]);
    assert_eq!(asked[0].body, asked[1].body);
    assert_eq!(asked[0].header("traceparent"), None);
}

#[actix_web::test]
async fn a_hook_is_printed_without_its_secret() {
    let hook = hook("https://example.org/");
    let secret = hook.signing.current.reveal();
    assert!(!format!("{hook:?}").contains(&secret[6..20]));
}
