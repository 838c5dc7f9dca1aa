//! Guessing: what a wrong answer tells of who there is.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::TestApp;

const PASSWORD: &str = "a rather long sentence";

#[actix_web::test]
async fn a_sign_in_costs_the_same_hash_whether_there_is_such_a_user_or_not() {
    let app = TestApp::start_with(|config| {
        config.identity.argon2_memory = bytesize::ByteSize::kib(64);
        config.identity.argon2_passes = 1;
    })
    .await;
    let (_, owner) = app.tenant("acme").await;
    for (name, state) in [("ada", "active"), ("gone", "disabled")] {
        let email = format!("{name}@acme.example");
        let new = json!({ "email": email, "role": "user", "password": PASSWORD });
        let made = owner.post("/api/users", new).await.expect(201).data();
        let path = format!("/api/users/{}", made["id"].as_str().expect("an id"));
        owner.patch(&path, json!({ "state": state })).await.expect(200);
    }
    let nobody = app.nobody().in_tenant("acme");
    let mut said = Vec::new();
    // The owner is an account, and has no password at all.
    for name in ["ada", "gone", "nobody", "owner"] {
        let hashed = app.app.identity.hashed_passwords();
        let rows = app.count("audit_all");
        let login = json!({ "email": format!("{name}@acme.example"), "password": "another long sentence" });
        let reply = nobody.post("/api/auth/login", login).await.expect(401);
        assert_eq!(app.app.identity.hashed_passwords() - hashed, 1, "{name}");
        assert_eq!(app.count("audit_all") - rows, 1, "{name}");
        said.push((reply.code(), reply.message()));
    }
    said.dedup();
    assert_eq!(said.len(), 1, "{said:?}");
}

/// Weak hashes, so that the test is about who is let in, on so many threads.
async fn with_threads(threads: usize) -> TestApp {
    TestApp::start_with(|config| {
        config.identity.argon2_memory = bytesize::ByteSize::kib(64);
        config.identity.argon2_passes = 1;
        config.identity.hashing_threads = threads;
        config.limits.rates = false;
    })
    .await
}

#[actix_web::test]
async fn fifty_guesses_at_once_try_no_more_than_five_passwords() {
    let app = with_threads(4).await;
    let (_, owner) = app.tenant("acme").await;
    let new = json!({ "email": "ada@acme.example", "role": "user", "password": PASSWORD });
    owner.post("/api/users", new).await.expect(201);
    let nobody = app.nobody().in_tenant("acme");
    for (name, seconds, tried) in [("ada", 0, 5), ("ada", 2, 1), ("nobody", 0, 5)] {
        app.clock.advance(Duration::from_secs(seconds));
        let hashed = app.app.identity.hashed_passwords();
        let guesses = (0..50).map(|number| {
            let guess = format!("another long sentence, {number}");
            nobody.post(
                "/api/auth/login",
                json!({ "email": format!("{name}@acme.example"), "password": guess }),
            )
        });
        let statuses: Vec<u16> = join_all(guesses).await.into_iter().map(|reply| reply.status).collect();
        assert_eq!(app.app.identity.hashed_passwords() - hashed, tried, "{name}: {statuses:?}");
        let of = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count() as u64;
        assert_eq!((of(401), of(429)), (tried, 50 - tried), "{name}: {statuses:?}");
    }
}

#[actix_web::test]
async fn fifty_people_of_one_address_sign_in_at_once() {
    let app = with_threads(4).await;
    let (_, owner) = app.tenant("acme").await;
    for number in 0..50 {
        let new = json!({ "email": format!("u{number}@acme.example"), "role": "user", "password": PASSWORD });
        owner.post("/api/users", new).await.expect(201);
    }
    let nobody = app.nobody().in_tenant("acme");
    let all = (0..50).map(|number| {
        nobody.post(
            "/api/auth/login",
            json!({ "email": format!("u{number}@acme.example"), "password": PASSWORD }),
        )
    });
    for reply in join_all(all).await {
        reply.expect(201);
    }
}

/// Whoever took a session tries the password with it, and signs in, by the same count, however the address is written.
#[actix_web::test]
async fn a_password_that_is_proven_again_counts_as_one_to_sign_in_with() {
    let app = with_threads(1).await;
    let (_, owner) = app.tenant("acme").await;
    let nobody = app.nobody().in_tenant("acme");
    for email in ["ada@acme.example", "ΟΔΥΣΣΕΎΣ@acme.example", "straße@acme.example"] {
        let new = json!({ "email": email, "role": "user", "password": PASSWORD });
        owner.post("/api/users", new).await.expect(201);
        let login = json!({ "email": email, "password": PASSWORD });
        let began = nobody.post("/api/auth/login", login.clone()).await.expect(201).data();
        let thief = nobody.clone().with_token(began["token"].as_str().expect("a token"));
        for _ in 0..5 {
            thief.post("/api/auth/password", guess()).await.expect(422);
        }
        thief.post("/api/auth/password", guess()).await.expect(429);
        nobody.post("/api/auth/login", login).await.expect(429);
    }
}

#[actix_web::test]
async fn a_taken_session_guesses_no_faster_from_many_addresses() {
    let app = TestApp::start_with(|config| {
        config.identity.argon2_memory = bytesize::ByteSize::kib(64);
        config.identity.argon2_passes = 1;
        config.limits.rates = false;
        config.server.trusted_proxies = vec!["127.0.0.1".parse().expect("an address")];
    })
    .await;
    let (_, owner) = app.tenant("acme").await;
    let new = json!({ "email": "ada@acme.example", "role": "user", "password": PASSWORD });
    owner.post("/api/users", new).await.expect(201);
    let from = |address: &str| app.nobody().in_tenant("acme").with_header("x-forwarded-for", address);
    let login = json!({ "email": "ada@acme.example", "password": PASSWORD });
    let began = from("192.0.2.1").post("/api/auth/login", login).await.expect(201).data();
    let token = began["token"].as_str().expect("a token");
    let mut tried = 0;
    for number in 0..40 {
        let thief = from(&format!("198.51.100.{number}")).with_token(token);
        tried += u16::from(thief.post("/api/auth/password", guess()).await.status == 422);
    }
    assert_eq!(tried, 30);
    // Her own address is known, so others' guesses don't hold her up.
    let change = json!({ "oldPassword": PASSWORD, "newPassword": "a third long sentence" });
    from("192.0.2.1").with_token(token).post("/api/auth/password", change).await.expect(200);
}

fn guess() -> serde_json::Value {
    json!({ "oldPassword": "another long sentence", "newPassword": "a third long sentence" })
}
