//! The issuer's keys: where they come from, how seldom they are asked for, and what happens while it
//! does not answer.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;

use super::support::{DISCOVERY, KEYS, ROUTE, Scene, Signer, expect_reason};
use crate::support::{Elsewhere, Said, TestApp};

const HOUR: Duration = Duration::from_hours(1);

#[actix_web::test]
async fn a_new_key_is_found_when_a_token_names_it() {
    let mut scene = Scene::start().await;
    let ada = scene.person("ada", json!({}));
    ada.get(ROUTE).await.expect(200);
    let next = Signer::rs256("two");
    scene.publish(&[&scene.signer, &next]);
    let eve = scene.bearer(&next.sign(&scene.claims("eve")));
    expect_reason(eve.get(ROUTE).await, 401, "no key of this name");
    scene.later(Duration::from_secs(30)).await;
    eve.get(ROUTE).await.expect(200);
    ada.get(ROUTE).await.expect(200);
    assert_eq!(scene.idp.count(KEYS), 2);
}

#[actix_web::test]
async fn a_key_that_was_taken_away_is_believed_for_ten_minutes_at_most() {
    let mut scene = Scene::start().await;
    let ada = scene.person("ada", json!({}));
    ada.get(ROUTE).await.expect(200);
    let next = Signer::es256("two");
    scene.publish(&[&next]);
    scene.later(Duration::from_secs(30)).await;
    scene.bearer(&next.sign(&scene.claims("eve"))).get(ROUTE).await.expect(200);
    scene.later(Duration::from_secs(570)).await;
    expect_reason(ada.get(ROUTE).await, 401, "no key of this name");
}

#[actix_web::test]
async fn a_storm_of_unknown_keys_asks_once() {
    let scene = Scene::start().await;
    let ada = scene.person("ada", json!({}));
    let storm = (0..200).map(|number| {
        let stranger = Signer::es256(&format!("kid-{number}"));
        let caller = scene.bearer(&stranger.sign(&scene.claims("eve")));
        async move { caller.get(ROUTE).await.expect(401) }
    });
    futures_util::future::join_all(storm).await;
    ada.get(ROUTE).await.expect(200);
    assert_eq!((scene.idp.count(DISCOVERY), scene.idp.count(KEYS)), (1, 1));
    scene.app.clock.advance(Duration::from_secs(31));
    for number in 0..50 {
        scene
            .bearer(&Signer::es256(&number.to_string()).sign(&scene.claims("eve")))
            .get(ROUTE)
            .await
            .expect(401);
    }
    assert_eq!(scene.idp.count(KEYS), 2);
}

#[actix_web::test]
async fn keys_are_asked_for_again_when_they_said_so_within_reason() {
    for (header, fresh) in [
        ("", HOUR),
        ("max-age=1800", HOUR / 2),
        ("public, MAX-AGE=1800, must-revalidate", HOUR / 2),
        ("max-age=1", HOUR / 6),
        ("no-store, max-age=7200", HOUR / 6),
        ("max-age=99999999", HOUR * 24),
        ("max-age=rubbish", HOUR),
    ] {
        let mut scene = Scene::start().await;
        let keys = json!({ "keys": [scene.signer.jwk()] }).to_string();
        scene.idp.says(KEYS, Said::Answer(200, vec![("cache-control".into(), header.into())], keys.into()));
        scene.person("ada", json!({})).get(ROUTE).await.expect(200);
        scene.later(fresh - Duration::from_secs(1)).await;
        scene.person("ada", json!({})).get(ROUTE).await.expect(200);
        assert_eq!(scene.idp.count(KEYS), 1, "{header}");
        scene.later(Duration::from_secs(1)).await;
        scene.person("ada", json!({})).get(ROUTE).await.expect(200);
        assert_eq!(scene.idp.count(KEYS), 2, "{header}");
    }
}

#[actix_web::test]
async fn keys_outlive_a_dead_issuer_for_a_day() {
    let mut scene = Scene::start().await;
    scene.person("ada", json!({})).get(ROUTE).await.expect(200);
    scene.idp.goes_down(true);
    scene.later(HOUR * 23).await;
    scene.person("ada", json!({})).get(ROUTE).await.expect(200);
    scene.person("eve", json!({})).get(ROUTE).await.expect(200);
    scene.later(HOUR).await;
    scene.person("ada", json!({})).get(ROUTE).await.expect(503);
    scene.idp.goes_down(false);
    scene.later(Duration::from_secs(30)).await;
    scene.person("ada", json!({})).get(ROUTE).await.expect(200);
}

#[actix_web::test]
async fn a_dead_issuer_is_503_and_says_why_to_who_looks_after_it() {
    let mut scene = Scene::untrusted().await;
    let path = scene.trust(json!({})).await;
    assert_eq!(scene.owner.get(&path).await.expect(200).data()["keys"], Value::Null);
    scene.idp.goes_down(true);
    for _ in 0..5 {
        let reply = scene.person("ada", json!({})).get(ROUTE).await.expect(503);
        assert_eq!(reply.header("retry-after"), "30");
        assert!(!reply.message().contains(&scene.issuer()), "{}", reply.message());
    }
    let keys = scene.owner.get(&path).await.expect(200).data()["keys"].take();
    assert!(keys["failure"].as_str().is_some_and(|why| why.contains(DISCOVERY)), "{keys}");
    assert_eq!((&keys["count"], &keys["fetchedAt"]), (&json!(0), &Value::Null));
    scene.idp.goes_down(false);
    scene.later(Duration::from_secs(30)).await;
    scene.person("ada", json!({})).get(ROUTE).await.expect(200);
    let keys = scene.owner.get(&path).await.expect(200).data()["keys"].take();
    assert_eq!((&keys["count"], &keys["failure"]), (&json!(1), &Value::Null));
}

#[actix_web::test]
async fn who_hangs_up_stops_no_fetch() {
    let scene = Scene::start().await;
    let released = Arc::new(Notify::new());
    let keys = json!({ "keys": [scene.signer.jwk()] }).to_string();
    let said = Said::Answer(200, Vec::new(), keys.into());
    scene.idp.says(KEYS, Said::Held(Arc::clone(&released), Box::new(said)));
    let ada = scene.person("ada", json!({}));
    let caller = ada.clone();
    let call = tokio::spawn(async move { caller.get(ROUTE).await });
    while scene.idp.count(KEYS) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    call.abort();
    call.await.expect_err("he hung up");
    released.notify_one();
    ada.get(ROUTE).await.expect(200);
    assert_eq!(scene.idp.count(KEYS), 1);
}

#[actix_web::test]
async fn a_description_must_be_of_this_issuer_and_lead_to_https() {
    for (description, reason) in [
        (json!({ "issuer": "https://other.example", "jwks_uri": "KEYS" }), "another issuer"),
        (json!({ "issuer": "ISSUER/", "jwks_uri": "KEYS" }), "another issuer"),
        (json!({ "issuer": "ISSUER", "jwks_uri": "http://127.0.0.1/keys" }), "not https"),
        (json!({ "issuer": "ISSUER", "jwks_uri": "file:///etc/passwd" }), "not https"),
        (json!({ "issuer": "ISSUER", "jwks_uri": "https://10.0.0.1/keys" }), "outbound.allow"),
        (json!({ "issuer": "ISSUER", "jwks_uri": "https://localhost/keys" }), "outbound.allow"),
        (json!({ "issuer": "ISSUER" }), "as an issuer does"),
        (json!([]), "as an issuer does"),
    ] {
        let scene = Scene::untrusted().await;
        let path = scene.trust(json!({})).await;
        let text =
            description.to_string().replace("ISSUER", &scene.issuer()).replace("KEYS", &scene.idp.url(KEYS));
        scene.idp.answers(DISCOVERY, text);
        scene.person("ada", json!({})).get(ROUTE).await.expect(503);
        let failure = scene.owner.get(&path).await.expect(200).data()["keys"]["failure"].take();
        assert!(failure.as_str().is_some_and(|why| why.contains(reason)), "{reason}: {failure}");
    }
}

#[actix_web::test]
async fn key_sets_that_are_too_much_or_nothing_are_refused() {
    let many: Vec<Value> = (0..65).map(|number| Signer::es256(&number.to_string()).jwk()).collect();
    let shared = json!({ "kty": "oct", "kid": "one", "k": "c2VjcmV0", "alg": "HS256" });
    for (said, reason) in [
        (Said::Answer(200, vec![], json!({ "keys": many }).to_string().into()), "more than 64 keys"),
        (Said::Answer(200, vec![], json!({ "keys": [] }).to_string().into()), "no key for"),
        (Said::Answer(200, vec![], json!({ "keys": [shared, 1, {}] }).to_string().into()), "no key for"),
        (Said::Answer(200, vec![], b"<html>".to_vec()), "is none"),
        (Said::Answer(200, vec![], b"{\"keys\":{}}".to_vec()), "is none"),
        (Said::Answer(404, vec![], b"{}".to_vec()), "status 404"),
        (Said::Answer(302, vec![("location".into(), "/elsewhere".into())], vec![]), "status 302"),
        (Said::Endless(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), None), "more than 128 KB"),
        (Said::Raw(b"rubbish\r\n\r\n".to_vec()), "can't be read"),
    ] {
        let scene = Scene::untrusted().await;
        let path = scene.trust(json!({ "jwksUrl": scene.idp.url("/own") })).await;
        scene.idp.says("/own", said);
        scene.person("ada", json!({})).get(ROUTE).await.expect(503);
        let failure = scene.owner.get(&path).await.expect(200).data()["keys"]["failure"].take();
        assert!(failure.as_str().is_some_and(|why| why.contains(reason)), "{reason}: {failure}");
        assert_eq!(scene.idp.count(DISCOVERY), 0);
    }
}

#[actix_web::test]
async fn keys_for_something_else_verify_nothing() {
    let scene = Scene::start().await;
    let good = Signer::eddsa("good").jwk();
    for change in [
        json!({ "use": "enc" }),
        json!({ "key_ops": ["encrypt"] }),
        json!({ "alg": "ES384" }),
        json!({ "alg": "RS256" }),
        json!({ "crv": "P-384" }),
        json!({ "kty": "RSA" }),
        json!({ "x": "AAAA" }),
        json!({ "y": "not base64!" }),
    ] {
        let scene_key = super::support::with(scene.signer.jwk(), change.clone());
        scene.idp.answers(KEYS, json!({ "keys": [scene_key, good] }).to_string());
        scene.app.clock.advance(Duration::from_secs(31));
        let reply = scene.person("ada", json!({})).get(ROUTE).await;
        assert_eq!(reply.status, 401, "{change}: {}", reply.text);
    }
    scene.publish(&[&scene.signer]);
    scene.app.clock.advance(Duration::from_secs(31));
    scene.person("ada", json!({})).get(ROUTE).await.expect(200);
}

#[actix_web::test]
async fn a_token_without_a_key_name_is_of_the_only_key() {
    let scene = Scene::start().await;
    let header = json!({ "alg": "ES256" });
    let ada = scene.bearer(&scene.signer.sign_with(&header, &scene.claims("ada")));
    let (other, ed) = (Signer::es256("two"), Signer::eddsa("ed"));
    scene.publish(&[&scene.signer, &ed]);
    ada.get(ROUTE).await.expect(200);
    scene.publish(&[&scene.signer, &other, &ed]);
    scene.app.clock.advance(HOUR);
    let eve = scene.bearer(&scene.signer.sign_with(&header, &scene.claims("eve")));
    expect_reason(eve.get(ROUTE).await, 401, "no key of this name");
}

/// Without an exception in the configuration an issuer inside is not called.
#[actix_web::test]
async fn an_issuer_inside_is_called_only_when_the_configuration_says_so() {
    let inside = Elsewhere::https().await;
    let app = TestApp::start().await;
    let (_, owner) = app.tenant("acme").await;
    let issuer = json!({ "issuer": inside.url(""), "audience": ["desk"], "role": "user" });
    let path = owner.post("/api/issuers", issuer).await.expect(201).path();
    let now = app.clock.now().seconds();
    let claims = json!({ "iss": inside.url(""), "aud": "desk", "sub": "ada", "exp": now + 60 });
    let token = Signer::es256("one").sign(&claims);
    app.nobody().with_token(&token).in_tenant("acme").get(ROUTE).await.expect(503);
    let failure = owner.get(&path).await.expect(200).data()["keys"]["failure"].take();
    assert!(failure.as_str().is_some_and(|why| why.contains("outbound.allow")), "{failure}");
    assert!(inside.asked().is_empty());
}
