//! Large replies that nobody takes: what they hold has a bound, and who takes his is served.

use serde_json::json;

use crate::support::{TestApp, Wire};

const PAGE: &str = "/api/requests?limit=200";
const HOSTILE: usize = 20;
const SHARE: f64 = 2.0 * 1_048_576.0;

async fn figure(app: &TestApp, name: &str) -> f64 {
    let text = app.app.figures().await.expect("the figures").into_text();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
    line.unwrap_or_else(|| panic!("there is no {name}"))
}

#[actix_web::test]
async fn who_takes_nothing_of_large_replies_gets_his_part_of_the_memory_and_others_are_served() {
    let app = TestApp::start_with(|config| {
        config.server.max_bodies = "8 MiB".parse().expect("a size");
        config.server.write_timeout = "1h".parse().expect("a length of time");
        config.limits.rates = false;
    })
    .await;
    let (_, acme) = app.tenant("acme").await;
    for number in 0..60 {
        let request = json!({ "title": format!("Number {number}"), "description": "x".repeat(20_000) });
        acme.post("/api/requests", request).await.expect(201);
    }
    let ask = format!(
        "GET {PAGE} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nx-tenant-id: acme\r\n\r\n",
        acme.token()
    );
    let (mut hostile, mut refused) = (Vec::new(), 0.0);
    for _ in 0..HOSTILE {
        let mut wire = Wire::open_from(&app, [127, 0, 0, 2]).await;
        wire.send(&ask).await;
        match wire.next_line().await.as_deref() {
            Some("HTTP/1.1 503 Service Unavailable") => refused += 1.0,
            Some("HTTP/1.1 200 OK") | None => hostile.push(wire),
            Some(other) => panic!("{other}"),
        }
        let held = figure(&app, "steading_http_unread_bytes").await;
        assert!(held <= SHARE, "{held} bytes");
    }
    // One of them fits into the part of an address.
    let enough = HOSTILE as f64 - 1.0;
    while refused + figure(&app, "steading_http_unread_cut_off_total").await < enough {}
    let page = acme.get(PAGE).await.expect(200);
    assert!(page.text.len() > 1_200_000, "all of it");
    let mut slow = Wire::open(&app).await;
    let before = figure(&app, "steading_http_unread_bytes").await;
    slow.send(&ask).await;
    while figure(&app, "steading_http_unread_bytes").await <= before {}
    let late = slow.reply().await.expect("who takes it late gets it");
    assert_eq!((late.status, late.body.len()), (200, page.text.len()));
    drop(hostile);
    while figure(&app, "steading_http_unread_bytes").await > 0.0 {}
}
