//! A key may do what it allows and its maker may, and no more.

use std::time::Duration;

use serde_json::json;

use super::{key, reading};
use crate::people::support::{PASSWORD, start, user_with};
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

#[actix_web::test]
async fn a_new_password_tells_of_the_keys_that_go_on_and_deletes_them_if_asked() {
    let app = start().await;
    let (_, acme) = app.tenant("acme").await;
    let (_, other) = app.tenant("other").await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let ada = app.account("ada@example.org", false).await;
    for owner in [&acme, &other] {
        owner.post("/api/members", json!({ "accountId": ada.id, "role": "admin" })).await.expect(201);
    }
    let set = json!({ "password": PASSWORD });
    root.in_tenant("instance").patch(&format!("/api/users/{}", ada.id), set).await.expect(200);
    let caller = app.nobody().with_token(&app.token(&ada, None));
    let mut keys = Vec::new();
    for tenant in ["acme", "other"] {
        let (_, reader) = key(&app, &caller.clone().in_tenant(tenant), reading()).await;
        keys.push(reader);
    }
    let soon = json!({ "name": "a", "permissions": ["requests:read"], "expiresAt": "2026-01-01T00:00:01Z" });
    key(&app, &caller.clone().in_tenant("acme"), soon).await;
    let (_, of_another) = key(&app, &acme, reading()).await;
    app.clock.advance(Duration::from_secs(2));

    let change = |old: &str, new: &str, fields: serde_json::Value| {
        let mut body = json!({ "oldPassword": old, "newPassword": new });
        body.as_object_mut().expect("an object").extend(fields.as_object().expect("fields").clone());
        body
    };
    let next = "another long sentence";
    let reply = caller.post("/api/auth/password", change(PASSWORD, next, json!({}))).await.expect(200);
    assert_eq!(reply.data(), json!({ "ended": 0, "deletedKeys": 0, "keysLeft": 2 }));
    for reader in &keys {
        reader.get("/api/requests").await.expect(200);
    }
    let wrong = change(PASSWORD, next, json!({ "deleteKeys": true }));
    caller.post("/api/auth/password", wrong).await.expect(422);
    keys[0].get("/api/requests").await.expect(200);
    let with_keys = change(next, PASSWORD, json!({ "deleteKeys": true }));
    let reply = caller.post("/api/auth/password", with_keys).await.expect(200);
    assert_eq!(reply.data(), json!({ "ended": 0, "deletedKeys": 3, "keysLeft": 0 }), "one had expired");
    for reader in &keys {
        reader.get("/api/requests").await.expect(401);
    }
    of_another.get("/api/requests").await.expect(200);
}

#[actix_web::test]
async fn a_user_of_a_tenant_deletes_his_own_keys_there() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    let (_, maker) = user_with(&app, &owner, "admin").await;
    let (_, own) = key(&app, &maker, reading()).await;
    let change =
        json!({ "oldPassword": PASSWORD, "newPassword": "another long sentence", "deleteKeys": true });
    let reply = maker.post("/api/auth/password", change).await.expect(200);
    assert_eq!(reply.data(), json!({ "ended": 0, "deletedKeys": 1, "keysLeft": 0 }));
    own.get("/api/requests").await.expect(401);
}
