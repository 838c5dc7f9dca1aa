//! A key may do what it allows and its maker may, and no more.

use serde_json::json;

use super::{key, reading};
use crate::people::support::{start, user_with};
use crate::support::narrow;

#[actix_web::test]
async fn nobody_makes_a_key_of_what_he_does_not_hold() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    let role = json!({ "name": "keymaker", "permissions": ["keys:write", "keys:read", "requests:read"] });
    owner.post("/api/roles", role).await.expect(201);
    let (_, maker) = user_with(&app, &owner, "keymaker").await;
    key(&app, &maker, reading()).await;
    for wanted in ["requests:write", "requests:*", "*:read", "*:*"] {
        let body = json!({ "name": "a", "permissions": ["requests:read", wanted] });
        maker.post("/api/keys", body).await.expect(403);
    }
}

#[actix_web::test]
async fn a_key_makes_no_keys_and_has_no_session() {
    let app = start().await;
    let (_, acme) = app.tenant("acme").await;
    let (_, all) = key(&app, &acme, json!({ "name": "all", "permissions": ["*:*"] })).await;
    all.post("/api/keys", reading()).await.expect(409);
    for path in ["/api/auth/session", "/api/auth/sessions"] {
        all.get(path).await.expect(403);
    }
    all.post("/api/auth/logout", json!({})).await.expect(403);
    let may = all.get("/api/auth/permissions").await.expect(200).data();
    assert_eq!(may["permissions"]["requests:write"], json!(true));
}

#[actix_web::test]
async fn a_key_loses_what_its_maker_loses_on_the_next_request() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    let (user, maker) = user_with(&app, &owner, "owner").await;
    let body = json!({ "name": "a", "permissions": ["requests:*", "roles:read"] });
    let (_, caller) = key(&app, &maker, body).await;
    caller.get("/api/roles").await.expect(200);
    let path = format!("/api/users/{user}");
    owner.patch(&path, json!({ "role": "user" })).await.expect(200);
    caller.get("/api/roles").await.expect(403);
    caller.get("/api/requests").await.expect(200);
    owner.patch(&path, json!({ "state": "disabled" })).await.expect(200);
    caller.get("/api/requests").await.expect(401);
    owner.patch(&path, json!({ "state": "active" })).await.expect(200);
    caller.get("/api/requests").await.expect(200);
    owner.delete(&path).await.expect(200);
    caller.get("/api/requests").await.expect(401);
}

#[actix_web::test]
async fn a_key_of_a_member_dies_with_the_membership() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    let ada = app.account("ada@example.org", false).await;
    owner.post("/api/members", json!({ "accountId": ada.id, "role": "developer" })).await.expect(201);
    let maker = app.nobody().with_token(&app.token(&ada, None)).in_tenant("acme");
    maker.post("/api/keys", reading()).await.expect(403);
    owner.patch(&format!("/api/members/{}", ada.id), json!({ "role": "admin" })).await.expect(200);
    let (_, reader) = key(&app, &maker, reading()).await;
    reader.get("/api/requests").await.expect(200);
    owner.delete(&format!("/api/members/{}", ada.id)).await.expect(200);
    reader.get("/api/requests").await.expect(403);
    owner.post("/api/members", json!({ "accountId": ada.id, "role": "owner" })).await.expect(201);
    reader.get("/api/requests").await.expect(401);
    assert_eq!(owner.get("/api/keys").await.expect(200).data(), json!([]));
}

#[actix_web::test]
async fn a_key_reaches_its_paths_and_no_other() {
    let app = start().await;
    let (_, acme) = app.tenant("acme").await;
    let request = acme.post("/api/requests", json!({ "title": "a" })).await.expect(201).data();
    let id = request["id"].as_str().expect("an id");
    let body = json!({
        "name": "a", "permissions": ["requests:read"],
        "resources": [format!("requests/{id}"), format!("requests/{id}/*")],
    });
    let (_, caller) = key(&app, &acme, body).await;
    caller.get(&format!("/api/requests/{id}")).await.expect(200);
    caller.get(&format!("/api/requests/{id}/comments")).await.expect(200);
    caller.get("/api/requests").await.expect(403);
    caller.get(&format!("/api/requests/{id}0")).await.expect(403);
}

/// With either one could have made somebody who may more.
#[actix_web::test]
async fn a_narrowed_token_and_a_key_for_some_paths_give_no_rights() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    let narrowed = narrow(owner.token(), "check if operation(\"users:write\")");
    let body = json!({ "name": "people", "permissions": ["*:*"], "resources": ["users", "users/*"] });
    let (_, limited) = key(&app, &owner, body).await;
    let (_, whole) = key(&app, &owner, json!({ "name": "all", "permissions": ["*:*"] })).await;
    for caller in [app.nobody().with_token(&narrowed).in_tenant("acme"), limited] {
        for role in ["owner", "user"] {
            let body =
                json!({ "email": "eve@example.org", "role": role, "password": "a rather long sentence" });
            let refused = caller.post("/api/users", body).await.expect(403);
            assert!(refused.message().contains("gives and takes no rights"), "{}", refused.message());
        }
    }
    whole.post("/api/users", json!({ "email": "eve@example.org", "role": "owner" })).await.expect(201);
}

#[actix_web::test]
async fn whoever_holds_less_than_a_key_does_not_delete_it_unless_he_made_it() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    let (_, other) = app.tenant("other").await;
    let role = json!({ "name": "keymaker", "permissions": ["keys:write", "requests:read"] });
    owner.post("/api/roles", role).await.expect(201);
    let (_, maker) = user_with(&app, &owner, "keymaker").await;
    let (wide, _) = key(&app, &owner, json!({ "name": "wide", "permissions": ["requests:*"] })).await;
    let (own, _) = key(&app, &maker, reading()).await;
    let path = |made: &serde_json::Value| format!("/api/keys/{}", made["id"].as_str().expect("an id"));
    other.get(&path(&wide)).await.expect(404);
    other.delete(&path(&wide)).await.expect(404);
    maker.delete(&path(&wide)).await.expect(403);
    maker.delete(&path(&own)).await.expect(200);
    owner.delete(&path(&wide)).await.expect(200);
}
