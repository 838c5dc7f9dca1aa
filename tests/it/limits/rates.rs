//! How often one may ask: by whom, of what sort, and what is said to who asks too often.

use std::time::Duration;

use serde_json::json;
use steading::base::config::{Config, Span};

use super::ask_until_refused;
use crate::support::{Caller, TestApp, expect_shape};

const LIST: &str = "/api/requests";

fn second() -> Span {
    "1s".parse().expect("a length of time")
}

/// At most five reads at once by anybody.
fn few_reads(config: &mut Config) {
    config.limits.burst = second();
    config.limits.user_reads = 5;
    config.limits.address_reads = 5;
}

#[actix_web::test]
async fn who_reads_too_much_is_told_which_limit_it_was_whose_and_when_to_come_back() {
    let app = TestApp::start_with(few_reads).await;
    let (_, acme) = app.tenant("acme").await;
    let first = acme.get(LIST).await.expect(200);
    assert_eq!(first.header("ratelimit-policy"), r#""user";q=5;w=1, "tenant";q=2000;w=1"#);
    assert!(first.header("ratelimit").starts_with(r#""user";r=4;t=1, "tenant";r=1999;t="#), "{first:?}");

    let (granted, refused) = ask_until_refused(&acme, LIST, 10).await;
    assert_eq!(granted, 4);
    expect_shape(&refused);
    assert_eq!(refused.code(), "RATE_LIMITED");
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.header("ratelimit"), r#""user";r=0;t=1"#);
    assert!(refused.message().contains("reads of one user or API key"), "{}", refused.text);
    assert!(refused.message().contains("limits.user_reads"), "{}", refused.text);
    assert_eq!(refused.paths(), ["limits.user_reads"]);

    app.clock.advance(Duration::from_secs(1));
    assert_eq!(ask_until_refused(&acme, LIST, 10).await.0, 5);
}

#[actix_web::test]
async fn what_one_sort_of_requests_used_up_another_still_has() {
    let app = TestApp::start_with(few_reads).await;
    let (_, acme) = app.tenant("acme").await;
    ask_until_refused(&acme, LIST, 10).await;
    acme.post(LIST, json!({ "title": "Still written" })).await.expect(201);
}

#[actix_web::test]
async fn one_user_takes_nothing_from_another_and_a_key_counts_for_itself() {
    let app = TestApp::start_with(few_reads).await;
    let (tenant, acme) = app.tenant("acme").await;
    let other = app.account("bob@acme.example", false).await;
    app.join(&tenant, &other).await;
    let other = app.nobody().with_token(&app.token(&other, None)).in_tenant("acme");
    let made = acme
        .post("/api/keys", json!({ "name": "robot", "permissions": ["requests:read"] }))
        .await
        .expect(201);
    let key = app.nobody().with_token(made.data()["token"].as_str().expect("a token")).in_tenant("acme");
    ask_until_refused(&acme, LIST, 10).await;
    assert_eq!(ask_until_refused(&other, LIST, 10).await.0, 5);
    assert_eq!(ask_until_refused(&key, LIST, 10).await.0, 5);
}

#[actix_web::test]
async fn many_users_of_a_tenant_share_its_limit_and_another_tenant_has_its_own() {
    let app = TestApp::start_with(|config| {
        config.limits.burst = second();
        config.limits.tenant_reads = 6;
    })
    .await;
    let (tenant, acme) = app.tenant("acme").await;
    let (_, globex) = app.tenant("globex").await;
    let other = app.account("bob@acme.example", false).await;
    app.join(&tenant, &other).await;
    let other = app.nobody().with_token(&app.token(&other, None)).in_tenant("acme");
    for _ in 0..3 {
        acme.get(LIST).await.expect(200);
        other.get(LIST).await.expect(200);
    }
    for caller in [&acme, &other] {
        let refused = caller.get(LIST).await.expect(429);
        assert_eq!(refused.paths(), ["limits.tenant_reads"]);
        assert!(refused.message().contains("reads of one tenant"), "{}", refused.text);
    }
    globex.get(LIST).await.expect(200);
}

#[actix_web::test]
async fn who_guesses_tokens_is_slowed_down_and_who_has_one_is_not() {
    let app = TestApp::start_with(few_reads).await;
    let (_, acme) = app.tenant("acme").await;
    let guess = |text: &str| app.nobody().with_token(text).in_tenant("acme");
    for number in 0..5 {
        guess(&format!("guess-{number}")).get(LIST).await.expect(401);
    }
    let refused = guess("guess-6").get(LIST).await.expect(429);
    assert_eq!(refused.paths(), ["limits.address_reads"]);
    app.nobody().get(LIST).await.expect(429);
    acme.get(LIST).await.expect(200);
}

#[actix_web::test]
async fn signing_in_has_a_limit_of_its_own() {
    let app = TestApp::start_with(|config| {
        config.limits.burst = second();
        config.limits.address_costly = 3;
    })
    .await;
    let body = json!({ "email": "nobody@example.org", "password": "correct horse battery staple" });
    for _ in 0..3 {
        app.nobody().post("/api/auth/login", body.clone()).await.expect(401);
    }
    let refused = app.nobody().post("/api/auth/login", body).await.expect(429);
    assert_eq!(refused.paths(), ["limits.address_costly"]);
    app.nobody().get("/api").await.expect(200);
}

#[actix_web::test]
async fn probes_are_never_refused() {
    let app = TestApp::start_with(few_reads).await;
    for _ in 0..20 {
        for path in ["/healthz", "/readyz"] {
            assert_eq!(app.nobody().get(path).await.expect(200).header("ratelimit"), "");
        }
    }
}

#[actix_web::test]
async fn without_rates_nobody_is_refused_and_nothing_is_said_of_them() {
    let app = TestApp::start_with(|config| {
        few_reads(config);
        config.limits.rates = false;
    })
    .await;
    let (_, acme) = app.tenant("acme").await;
    for _ in 0..10 {
        assert_eq!(acme.get(LIST).await.expect(200).header("ratelimit-policy"), "");
    }
}

#[actix_web::test]
async fn a_clock_that_is_turned_back_locks_nobody_out() {
    let app = TestApp::start_with(few_reads).await;
    let (_, acme) = app.tenant("acme").await;
    ask_until_refused(&acme, LIST, 10).await;
    app.clock.turn_back(Duration::from_hours(3));
    assert_eq!(ask_until_refused(&acme, LIST, 10).await.0, 5);
}

#[actix_web::test]
async fn everybody_sees_the_rates_that_hold_for_him() {
    let app = TestApp::start_with(few_reads).await;
    let (_, acme): (_, Caller) = app.tenant("acme").await;
    let shown = acme.get("/api/limits").await.expect(200).data();
    let rates = shown["rates"].as_array().expect("a list");
    let reads = rates.iter().find(|rate| rate["name"] == "limits.user_reads").expect("it is there");
    assert_eq!((&reads["perSecond"], &reads["atOnce"]), (&json!(5), &json!(5)));
}
