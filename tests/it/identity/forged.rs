//! Tokens that somebody else made, or that came apart on the way.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE;
use biscuit_auth::{Biscuit, KeyPair, UnverifiedBiscuit};
use steading::kernel::identity::Subject;

use crate::support::{TestApp, append, narrow};

const DAMAGED: &str = "This token can't be used: it is damaged, or another server signed it.";

/// The bytes at the end of a token that hold the secret to append with.
const PROOF: usize = 34;

#[track_caller]
fn expect_refused(app: &TestApp, token: &str, reason: &str) {
    match app.app.identity.verify(token, app.clock.now()) {
        Ok(_) => panic!("it was let in"),
        Err(error) => assert!(error.message().contains(reason), "{error} is not about {reason}"),
    }
}

#[actix_web::test]
async fn what_this_instance_did_not_sign_is_refused() {
    let (app, other) = (TestApp::start().await, TestApp::start().await);
    let (account, _) = app.instance_owner("root@example.org").await;
    let (elsewhere, _) = other.instance_owner("root@example.org").await;
    let token = app.token(&account, None);
    let source = UnverifiedBiscuit::from_base64(&token).expect("a token").print_block_source(0).expect("it");
    let sign = |id: Option<u32>| {
        let builder = Biscuit::builder().code(&source).expect("the same words");
        let builder = id.into_iter().fold(builder, |builder, id| builder.root_key_id(id));
        builder.build(&KeyPair::new()).expect("a token").to_base64().expect("base64")
    };
    for forged in
        [sign(Some(1)), sign(Some(2)), sign(Some(u32::MAX)), sign(None), other.token(&elsewhere, None)]
    {
        expect_refused(&app, &forged, DAMAGED);
        app.nobody().with_token(&forged).get("/api/tenants").await.expect(401);
    }
}

#[actix_web::test]
async fn a_damaged_token_is_refused_wherever_it_is_damaged() {
    let app = TestApp::start().await;
    let (account, _) = app.instance_owner("root@example.org").await;
    let token = narrow(&app.token(&account, None), "check if operation(\"tenants:read\")");
    let bytes = BASE64_URL_SAFE.decode(&token).expect("a token is base64");
    for length in 0..bytes.len() {
        expect_refused(&app, &BASE64_URL_SAFE.encode(&bytes[..length]), DAMAGED);
    }
    expect_refused(&app, &token[1..], DAMAGED);
    expect_refused(&app, &format!("{token}{token}"), DAMAGED);
    assert!(app.app.identity.verify(&token, app.clock.now()).is_ok(), "the whole one is good");
}

#[actix_web::test]
async fn a_block_can_not_be_taken_off_again() {
    let app = TestApp::start().await;
    let (account, _) = app.instance_owner("root@example.org").await;
    let whole = app.token(&account, None);
    let narrowed = narrow(&whole, "check if operation(\"nothing\")");
    let bytes = |token: &str| BASE64_URL_SAFE.decode(token).expect("a token is base64");
    let (whole, narrowed) = (bytes(&whole), bytes(&narrowed));
    // The first block as it was signed, with the proof that ends the narrowed token.
    let spliced = [&whole[..whole.len() - PROOF], &narrowed[narrowed.len() - PROOF..]].concat();
    expect_refused(&app, &BASE64_URL_SAFE.encode(spliced), DAMAGED);
}

#[actix_web::test]
async fn a_large_token_is_refused_before_it_is_read() {
    let app = TestApp::start().await;
    let (account, _) = app.instance_owner("root@example.org").await;
    let token = app.token(&account, None);
    expect_refused(&app, &"A".repeat(4_097), "larger than 4 KB");
    let long = narrow(&token, &format!("check if operation(\"{}\")", "x".repeat(3_000)));
    expect_refused(&app, &long, "larger than 4 KB");
    app.nobody().with_token(&long).get("/api/tenants").await.expect(401);
}

#[actix_web::test]
async fn a_sealed_token_is_as_good_and_can_not_be_narrowed() {
    let app = TestApp::start().await;
    let (account, _) = app.instance_owner("root@example.org").await;
    let token = app.token(&account, None);
    let sealed = UnverifiedBiscuit::from_base64(&token).expect("a token").seal().expect("sealed");
    let sealed = sealed.to_base64().expect("base64");
    app.nobody().with_token(&sealed).get("/api/tenants").await.expect(200);
    let held = UnverifiedBiscuit::from_base64(&sealed).expect("a token");
    assert!(held.append(biscuit_auth::BlockBuilder::new()).is_err());
}

#[actix_web::test]
async fn what_a_holder_appends_does_not_change_what_the_token_says() {
    let app = TestApp::start().await;
    let (account, _) = app.instance_owner("root@example.org").await;
    let token = app.mint(Subject::User(account.id), None, Duration::from_hours(1));
    let block = biscuit_auth::BlockBuilder::new().context("subject(\"operator\")".into());
    let verified = app.app.identity.verify(&append(&token, block), app.clock.now()).expect("it is harmless");
    assert_eq!(verified.claims.subject, Subject::User(account.id));
    for claim in [
        "subject(\"operator\")".to_owned(),
        format!("subject(\"{}\")", account.id),
        "expires(2099-01-01T00:00:00Z)".into(),
    ] {
        expect_refused(&app, &narrow(&token, &claim), "checks only");
    }
}
