//! Whose address counts: who writes a header himself wins nothing by it, and who comes through a trusted proxy is known
//! by his own.

use steading::base::config::{Config, Span};

use super::ask_until_refused;
use crate::support::{Caller, TestApp};

const PATH: &str = "/api";

fn few_reads(config: &mut Config) {
    config.limits.burst = "1s".parse::<Span>().expect("a length of time");
    config.limits.address_reads = 3;
}

fn behind_a_proxy(config: &mut Config) {
    few_reads(config);
    config.server.trusted_proxies = vec!["127.0.0.1".parse().expect("an address")];
}

fn from(app: &TestApp, said: &str) -> Caller {
    app.nobody().with_header("x-forwarded-for", said)
}

#[actix_web::test]
async fn without_a_trusted_proxy_a_header_makes_nobody_another() {
    let app = TestApp::start_with(few_reads).await;
    for number in 1..=3 {
        from(&app, &format!("192.0.2.{number}")).get(PATH).await.expect(200);
    }
    from(&app, "192.0.2.9").with_header("forwarded", "for=192.0.2.8").get(PATH).await.expect(429);
    app.nobody().get(PATH).await.expect(429);
}

#[actix_web::test]
async fn through_a_trusted_proxy_everybody_counts_for_himself() {
    let app = TestApp::start_with(behind_a_proxy).await;
    for number in 1..=20 {
        assert_eq!(ask_until_refused(&from(&app, &format!("192.0.2.{number}")), PATH, 5).await.0, 3);
    }
}

#[actix_web::test]
async fn what_is_written_before_the_proxys_own_word_helps_nobody() {
    let app = TestApp::start_with(behind_a_proxy).await;
    for number in 1..=3 {
        let said = format!("203.0.113.{number}, 198.51.100.{number}, 192.0.2.1");
        from(&app, &said).get(PATH).await.expect(200);
    }
    from(&app, "203.0.113.77, 192.0.2.1").get(PATH).await.expect(429);
}

#[actix_web::test]
async fn whoever_has_a_network_of_addresses_is_still_one() {
    let app = TestApp::start_with(behind_a_proxy).await;
    for number in 1..=3 {
        from(&app, &format!("2001:db8::{number}")).get(PATH).await.expect(200);
    }
    from(&app, "2001:db8::ffff:1").get(PATH).await.expect(429);
    from(&app, "2001:db8:0:1::1").get(PATH).await.expect(200);
}

#[actix_web::test]
async fn the_audit_names_the_client_and_not_the_proxy() {
    let app = TestApp::start_with(behind_a_proxy).await;
    let (_, acme) = app.tenant("acme").await;
    let through = acme.clone().with_header("x-forwarded-for", "203.0.113.7, 192.0.2.1");
    through
        .post("/api/audit/notes", serde_json::json!({ "subject": "door", "text": "Seen" }))
        .await
        .expect(201);
    let rows = acme.get("/api/audit?limit=1").await.expect(200).data();
    assert_eq!(rows[0]["address"], "192.0.2.1", "{rows}");
}
