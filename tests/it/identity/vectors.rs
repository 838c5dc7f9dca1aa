//! Tokens that the format's official tools narrowed: each is honoured or refused as written beside it.
//! `tests/vectors/tokens/README.md` says how they were made.

use std::fs;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use steading::base::Id;
use steading::kernel::identity::{User, inspect};

use crate::support::{Caller, Reply, TestApp, expect_shape};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vectors {
    root_key: RootKey,
    account: Id<User>,
    request: String,
    narrowed: Vec<Narrowed>,
    refused: Vec<Refused>,
}

#[derive(Deserialize)]
struct RootKey {
    private: String,
    public: String,
}

#[derive(Deserialize)]
struct Narrowed {
    name: String,
    by: String,
    blocks: Vec<String>,
    allows: Vec<String>,
    token: String,
}

#[derive(Deserialize)]
struct Refused {
    name: String,
    by: String,
    reason: String,
    token: String,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../vectors/tokens/vectors.json")).expect("the vectors can be read")
}

/// An instance that signs with the vectors' key and knows their account, which owns the tenants
/// `acme`, where the vectors' request is, and `other`.
async fn instance_of(vectors: &Vectors) -> TestApp {
    let app = TestApp::start().await;
    let key = app.dir.path().join("data/keys/1.ed25519");
    fs::write(key, &vectors.root_key.private).expect("the key is written");
    let app = app.restart().await;
    let mut account = app.account("ada@example.org", false).await;
    app.run_as_engine(format!("UPDATE users_all SET id = '{}' WHERE id = '{}'", vectors.account, account.id))
        .await;
    account.id = vectors.account;
    for slug in ["acme", "other"] {
        let (tenant, _) = app.tenant(slug).await;
        app.join(&tenant, &account).await;
    }
    let acme = app.nobody().with_token(&app.token(&account, None)).in_tenant("acme");
    let opened = acme.post("/api/requests", json!({ "title": "One" })).await.expect(201).data();
    let opened = opened["id"].as_str().expect("an id");
    app.run_as_engine(format!("UPDATE requests_all SET id = '{}' WHERE id = '{opened}'", vectors.request))
        .await;
    app
}

/// What each act of the vectors asks of the server.
async fn act(caller: Caller, act: &str, request: &str) -> Reply {
    let acme = caller.clone().in_tenant("acme");
    match act {
        "list" | "later" => acme.get("/api/requests").await,
        "show" => acme.get(&format!("/api/requests/{request}")).await,
        "open" => acme.post("/api/requests", json!({ "title": "Another" })).await,
        "elsewhere" => caller.in_tenant("other").get("/api/requests").await,
        unknown => panic!("no act is called {unknown}"),
    }
}

#[actix_web::test]
async fn what_the_official_tools_narrow_allows_what_they_say_and_nothing_else() {
    let vectors = vectors();
    let app = instance_of(&vectors).await;
    let keys = app.nobody().get("/.well-known/steading-keys.json").await.expect(200).data();
    assert_eq!(keys[0]["publicKey"], vectors.root_key.public);
    for (hours, acts) in [(0, &["list", "show", "open", "elsewhere"][..]), (2, &["later"])] {
        app.clock.advance(Duration::from_hours(hours));
        for Narrowed { name, by, blocks, allows, token } in &vectors.narrowed {
            for asked in acts {
                let said = format!("{name}, by {by}: {asked}, {blocks:?}");
                let reply = act(app.nobody().with_token(token), asked, &vectors.request).await;
                expect_shape(&reply);
                let works = matches!(reply.status, 200 | 201);
                assert_eq!(works, allows.iter().any(|allowed| allowed == asked), "{said}: {}", reply.text);
                assert!(works || reply.message().contains("was narrowed"), "{said}: {}", reply.text);
            }
        }
    }
}

#[actix_web::test]
async fn what_hurts_or_is_forged_is_refused_with_the_reason_whoever_made_it() {
    let vectors = vectors();
    let app = instance_of(&vectors).await;
    for Refused { name, by, reason, token } in &vectors.refused {
        for asked in ["list", "open"] {
            let reply = act(app.nobody().with_token(token), asked, &vectors.request).await;
            expect_shape(&reply);
            let (status, said) = (reply.status, reply.message());
            let is_reason = said.starts_with("This token can't be used: ") && said.contains(reason);
            assert!(status == 401 && is_reason, "{name}, by {by}: {status} {said} is not about {reason}");
        }
    }
}

/// Our own reader shows what the other tools wrote.
#[actix_web::test]
async fn the_checks_that_other_tools_append_are_read_back() {
    for Narrowed { name, blocks, token, .. } in vectors().narrowed {
        let wording = inspect(&token).expect("it can be read");
        assert!(wording.claims.is_some(), "{name}");
        let held = wording.checks.len();
        let written = blocks.iter().flat_map(|block| block.split(';')).filter(|check| !check.is_empty());
        assert_eq!(held, written.count(), "{name}: {:?}", wording.checks);
    }
}
