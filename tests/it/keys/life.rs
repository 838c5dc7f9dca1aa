//! Made, used, expired, deleted.

use std::time::Duration;

use serde_json::json;
use steading::kernel::identity::{note_used_keys, prune_keys};

use super::{key, reading};
use crate::support::{TestApp, narrow};

#[actix_web::test]
async fn a_key_acts_as_itself_in_its_tenant_alone() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    app.tenant("other").await;
    let body = json!({ "name": "writer", "permissions": ["requests:*"] });
    let (made, writer) = key(&app, &acme, body).await;
    let me = acme.get("/api/auth/session").await.expect(200).data()["user"]["id"].clone();
    assert_eq!(made["maker"], me);
    let request = writer.post("/api/requests", json!({ "title": "a" })).await.expect(201).data();
    assert_eq!(request["requester"], me, "what a key opens is its maker's");
    let path = format!("/api/requests/{}/comments", request["id"].as_str().expect("an id"));
    let comment = writer.post(&path, json!({ "body": "b" })).await.expect(201).data();
    assert_eq!(comment["author"], json!(format!("key:{}", made["id"].as_str().expect("an id"))));
    writer.clone().in_tenant("other").get("/api/requests").await.expect(403);
}

#[actix_web::test]
async fn the_token_is_shown_once_and_written_nowhere() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let keyed = acme.clone().with_header("idempotency-key", "again");
    let refused = keyed.post("/api/keys", reading()).await.expect(400);
    assert!(refused.message().contains("its reply is not kept"), "{}", refused.text);
    let first = acme.post("/api/keys", reading()).await.expect(201).data();
    let token = first["token"].as_str().expect("a token").to_owned();
    let path = format!("/api/keys/{}", first["id"].as_str().expect("an id"));
    assert!(acme.get(&path).await.expect(200).data().get("token").is_none());
    let rest = token.split_at(40).1.to_owned();
    let dir = app.stop().await;
    for file in std::fs::read_dir(dir.path().join("data")).expect("the data") {
        let path = file.expect("an entry").path();
        if path.is_file() {
            let bytes = std::fs::read(&path).expect("a file");
            let found = bytes.windows(rest.len()).any(|window| window == rest.as_bytes());
            assert!(!found, "{} has the token", path.display());
        }
    }
}

#[actix_web::test]
async fn a_key_ends_when_it_says_and_another_lasts() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let past = json!({ "name": "a", "permissions": ["requests:read"], "expiresAt": "2025-01-01T00:00:00Z" });
    assert_eq!(acme.post("/api/keys", past).await.expect(422).paths(), ["expiresAt"]);
    let soon = json!({ "name": "a", "permissions": ["requests:read"], "expiresAt": "2026-01-02T00:00:00Z" });
    let (_, ending) = key(&app, &acme, soon).await;
    let (_, lasting) = key(&app, &acme, reading()).await;
    ending.get("/api/requests").await.expect(200);
    app.clock.advance(Duration::from_hours(24));
    ending.get("/api/requests").await.expect(401);
    app.clock.advance(Duration::from_hours(24 * 3_650));
    lasting.get("/api/requests").await.expect(200);
}

#[actix_web::test]
async fn a_deleted_key_is_refused_at_once_and_after_a_restart() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let (made, reader) = key(&app, &acme, reading()).await;
    reader.get("/api/requests").await.expect(200);
    acme.delete(&format!("/api/keys/{}", made["id"].as_str().expect("an id"))).await.expect(200);
    let refused = reader.get("/api/requests").await.expect(401);
    assert_eq!(refused.message(), "This token can't be used: the key was deleted.");
    let app = app.restart().await;
    reader.at(&app.url).get("/api/requests").await.expect(401);
}

#[actix_web::test]
async fn a_deleted_key_is_not_even_greeted() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let (made, reader) = key(&app, &acme, reading()).await;
    let id = made["id"].as_str().expect("an id");
    assert_eq!(reader.get("/api").await.expect(200).data()["actor"], json!(format!("key:{id}")));
    note_used_keys(app.app.kernel()).await.expect("it is written");
    let path = format!("/api/keys/{id}");
    assert_ne!(acme.get(&path).await.expect(200).data()["lastUsedAt"], json!(null), "noted where the key is");
    acme.delete(&path).await.expect(200);
    let refused = reader.get("/api").await.expect(401);
    assert_eq!(refused.message(), "This token can't be used: the key was deleted.");
}

#[actix_web::test]
async fn its_last_use_is_written_down_now_and_then() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let (made, reader) = key(&app, &acme, reading()).await;
    let path = format!("/api/keys/{}", made["id"].as_str().expect("an id"));
    for _ in 0..3 {
        reader.get("/api/requests").await.expect(200);
    }
    assert_eq!(acme.get(&path).await.expect(200).data()["lastUsedAt"], json!(null));
    assert_eq!(note_used_keys(app.app.kernel()).await.expect("it is written"), 1);
    let shown = acme.get(&path).await.expect(200).data();
    assert_eq!(shown["lastUsedAt"], json!("2026-01-01T00:00:00.000Z"));
    assert_eq!(shown["lastUsedFrom"], json!("127.0.0.1"));
    assert_eq!(note_used_keys(app.app.kernel()).await.expect("nothing is left"), 0);
}

#[actix_web::test]
async fn an_expired_key_is_shown_for_a_month_and_then_deleted() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let body = json!({ "name": "a", "permissions": ["requests:read"], "expiresAt": "2026-01-02T00:00:00Z" });
    acme.post("/api/keys", body).await.expect(201);
    acme.post("/api/keys", reading()).await.expect(201);
    app.clock.advance(Duration::from_hours(24 * 31));
    assert_eq!(prune_keys(app.app.kernel()).await.expect("it is written"), 0);
    app.clock.advance(Duration::from_millis(1));
    assert_eq!(prune_keys(app.app.kernel()).await.expect("it is written"), 1);
    assert_eq!(app.count("api_keys_all"), 1, "one that lasts stays");
}

#[actix_web::test]
async fn a_key_can_be_narrowed_offline_like_any_token() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let body = json!({ "name": "a", "permissions": ["requests:read", "jobs:read"] });
    let (_, caller) = key(&app, &acme, body).await;
    let narrowed = app.nobody().with_token(&narrow(caller.token(), "check if operation(\"jobs:read\")"));
    narrowed.get("/api/jobs").await.expect(200);
    narrowed.get("/api/requests").await.expect(403);
}

#[actix_web::test]
async fn making_and_deleting_are_in_the_audit() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let (made, _) = key(&app, &acme, reading()).await;
    let id = made["id"].as_str().expect("an id");
    acme.delete(&format!("/api/keys/{id}")).await.expect(200);
    let rows = acme.get(&format!("/api/audit?subject=key:{id}")).await.expect(200).data();
    let actions: Vec<_> = rows.as_array().expect("rows").iter().map(|row| row["action"].clone()).collect();
    assert_eq!(actions, [json!("key.deleted"), json!("key.created")]);
    assert!(!rows.to_string().contains(made["token"].as_str().expect("a token")));
}

#[actix_web::test]
async fn what_can_not_be_a_key_is_refused_with_its_path() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for (body, path) in [
        (json!({ "name": "", "permissions": ["requests:read"] }), "name"),
        (json!({ "name": "a", "permissions": [] }), "permissions"),
        (json!({ "name": "a", "permissions": ["requests"] }), "permissions[0]"),
        (json!({ "name": "a", "permissions": ["reqests:read"] }), "permissions"),
        (
            json!({ "name": "a", "permissions": ["requests:read"], "resources": ["/api/requests"] }),
            "resources",
        ),
        (json!({ "name": "a", "permissions": ["requests:read"], "resources": vec!["x"; 21] }), "resources"),
    ] {
        assert_eq!(acme.post("/api/keys", body).await.expect(422).paths(), [path]);
    }
    assert_eq!(acme.get("/api/keys").await.expect(200).data(), json!([]));
}
