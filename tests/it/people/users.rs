//! A tenant's own users, and the accounts as the users of the instance.

use serde_json::json;

use super::support::{PASSWORD, id_of, make_user, member_with, sign_in, start, user_with};
use crate::support::Caller;

#[actix_web::test]
async fn a_user_is_made_shown_and_changed() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    let body = json!({ "email": "Ada@Acme.example", "name": "Ada" });
    let ada = owner.post("/api/users", body).await.expect(201).data();
    assert_eq!((&ada["role"], &ada["state"]), (&json!("user"), &json!("active")));
    assert!(ada.get("passwordHash").is_none());
    let path = format!("/api/users/{}", id_of(&ada));
    assert_eq!(owner.get(&path).await.expect(200).data(), ada);
    let login = json!({ "email": "ada@acme.example", "password": PASSWORD });
    let nobody = app.nobody().in_tenant("acme");
    nobody.post("/api/auth/login", login.clone()).await.expect(401);
    owner.patch(&path, json!({ "password": PASSWORD })).await.expect(200);
    nobody.post("/api/auth/login", login).await.expect(201);
    let change = json!({ "email": "lovelace@acme.example", "name": "Ada L.", "role": "viewer" });
    let changed = owner.patch(&path, change).await.expect(200).data();
    assert_eq!(changed["email"], "lovelace@acme.example");
    assert_eq!((&changed["name"], &changed["role"]), (&json!("Ada L."), &json!("viewer")));
    sign_in(&app, "acme", "LOVELACE@acme.example").await.get("/api/users").await.expect(200);
    for wrong in ["email", "name", "state", "role", "password"] {
        assert_eq!(owner.patch(&path, json!({ wrong: null })).await.expect(422).paths(), [wrong]);
    }
    assert_eq!(owner.patch(&path, json!({ "password": "short" })).await.expect(422).paths(), ["password"]);
}

#[actix_web::test]
async fn one_address_in_two_cases_is_one_user() {
    let app = start().await;
    let ((_, acme), (_, other)) = (app.tenant("acme").await, app.tenant("other").await);
    for (first, second) in [
        ("ada@acme.example", "ADA@ACME.EXAMPLE"),
        ("οδυσσεύς@acme.example", "ΟΔΥΣΣΕΎΣ@acme.example"),
        ("straße@acme.example", "STRASSE@acme.example"),
        ("Äsop@acme.example", "äSOP@acme.example"),
    ] {
        let made = make_user(&acme, first, "user").await;
        acme.post("/api/users", json!({ "email": second })).await.expect(409);
        let path = format!("/api/users/{}", id_of(&made));
        acme.patch(&path, json!({ "email": second })).await.expect(200);
        other.post("/api/users", json!({ "email": second })).await.expect(201);
    }
    make_user(&acme, "bob@acme.example", "user").await;
    let eve = make_user(&acme, "eve@acme.example", "user").await;
    let path = format!("/api/users/{}", id_of(&eve));
    acme.patch(&path, json!({ "email": "BOB@acme.example" })).await.expect(409);
}

#[actix_web::test]
async fn of_two_sign_ups_with_one_address_in_two_cases_one_wins() {
    let app = start().await;
    let (acme, _) = app.tenant("acme").await;
    app.run_as_engine(format!("UPDATE tenants SET signup = 'open' WHERE number = {}", acme.number.get()))
        .await;
    let app = app.restart().await;
    let nobody = app.nobody().in_tenant("acme");
    let sign_up = async |email: &str| {
        nobody.post("/api/auth/signup", json!({ "email": email, "password": PASSWORD })).await.status
    };
    let (one, other) = tokio::join!(sign_up("ΆΣΣΟΣ@acme.example"), sign_up("άσσος@ACME.example"));
    let mut statuses = [one, other];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
}

#[actix_web::test]
async fn a_disabled_user_is_out_at_once_and_comes_back_by_signing_in() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    let (id, caller) = user_with(&app, &owner, "viewer").await;
    let path = format!("/api/users/{id}");
    caller.get("/api/requests").await.expect(200);
    owner.patch(&path, json!({ "state": "disabled" })).await.expect(200);
    caller.get("/api/requests").await.expect(401);
    let login = json!({ "email": "viewer@acme.example", "password": PASSWORD });
    app.nobody().in_tenant("acme").post("/api/auth/login", login).await.expect(403);
    owner.patch(&path, json!({ "state": "active" })).await.expect(200);
    caller.get("/api/requests").await.expect(401);
    sign_in(&app, "acme", "viewer@acme.example").await.get("/api/requests").await.expect(200);
}

#[actix_web::test]
async fn who_gets_another_password_or_is_signed_out_has_to_sign_in_again() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    let (id, first) = user_with(&app, &owner, "viewer").await;
    let second = sign_in(&app, "acme", "viewer@acme.example").await;
    let ended = owner.delete(&format!("/api/users/{id}/sessions")).await.expect(200).data();
    assert_eq!(ended, json!({ "ended": 2 }));
    first.get("/api/requests").await.expect(401);
    second.get("/api/requests").await.expect(401);
    let third = sign_in(&app, "acme", "viewer@acme.example").await;
    owner
        .patch(&format!("/api/users/{id}"), json!({ "password": "another long sentence" }))
        .await
        .expect(200);
    third.get("/api/requests").await.expect(401);
}

#[actix_web::test]
async fn a_deleted_user_is_out_at_once_and_stays_named_in_what_he_made() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    let (id, caller) = user_with(&app, &owner, "user").await;
    let made = caller.post("/api/requests", json!({ "title": "a" })).await.expect(201).data();
    let path = format!("/api/requests/{}", id_of(&made));
    caller.post(&format!("{path}/comments"), json!({ "body": "mine" })).await.expect(201);
    owner.delete(&format!("/api/users/{id}")).await.expect(200);
    caller.get("/api/requests").await.expect(401);
    owner.get(&format!("/api/users/{id}")).await.expect(404);
    assert_eq!(app.ask("SELECT count(*) FROM sessions_all WHERE tenant_id > 1"), 0);
    assert_eq!(owner.get(&path).await.expect(200).data()["requester"], json!(id));
    let comments = owner.get(&format!("{path}/comments")).await.expect(200).data();
    assert_eq!(comments[0]["author"], json!(format!("user:{id}")));
    let app = app.restart().await;
    caller.at(&app.url).get("/api/requests").await.expect(401);
}

#[actix_web::test]
async fn a_tenants_user_acts_nowhere_else() {
    let app = start().await;
    let ((_, acme), _) = (app.tenant("acme").await, app.tenant("other").await);
    let (_, caller) = user_with(&app, &acme, "owner").await;
    for elsewhere in ["other", "instance"] {
        let there = caller.clone().in_tenant(elsewhere);
        for path in ["/api/requests", "/api/users", "/api/members", "/api/roles", "/api/auth/permissions"] {
            there.get(path).await.expect(403);
        }
        there.post("/api/users", json!({ "email": "mine@example.org" })).await.expect(403);
    }
    for path in ["/api/tenants", "/api/accounts"] {
        caller.get(path).await.expect(403);
    }
}

#[actix_web::test]
async fn a_user_of_another_tenant_does_not_exist() {
    let app = start().await;
    let ((_, acme), (_, other)) = (app.tenant("acme").await, app.tenant("other").await);
    let theirs = make_user(&other, "ada@other.example", "user").await;
    let (account, _) = member_with(&app, &acme, "acme", "viewer").await;
    for id in [id_of(&theirs), account, "0198c1de-7f00-7000-8000-000000000000".into()] {
        let path = format!("/api/users/{id}");
        acme.get(&path).await.expect(404);
        acme.patch(&path, json!({ "state": "disabled" })).await.expect(404);
        acme.delete(&format!("{path}/sessions")).await.expect(404);
        acme.delete(&path).await.expect(404);
    }
    sign_in(&app, "other", "ada@other.example").await.get("/api/requests").await.expect(200);
}

#[actix_web::test]
async fn a_list_finds_by_the_beginning_of_address_and_name_by_role_and_state() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    for (email, name, role) in [
        ("ada@x.example", "Lovelace", "viewer"),
        ("adam@x.example", "Ada's brother", "user"),
        ("bob@x.example", "ÄDA", "user"),
        ("eve@x.example", "Ada", "viewer"),
        ("zed@x.example", "adaptable", "user"),
        ("per_cent@x.example", "100%", "user"),
    ] {
        owner.post("/api/users", json!({ "email": email, "name": name, "role": role })).await.expect(201);
    }
    let all = ["ada", "adam", "bob", "eve", "per_cent", "zed"];
    for (query, expected) in [
        ("", &all[..]),
        ("search=ADA", &["ada", "adam", "eve", "zed"]),
        ("search=ada%40", &["ada"]),
        ("search=%C3%A4da", &["bob"]),
        ("search=%25", &[]),
        ("search=_", &[]),
        ("search=100%25", &["per_cent"]),
        ("search=love", &["ada"]),
        ("search=ada&role=viewer", &["ada", "eve"]),
        ("role=viewer", &["ada", "eve"]),
        ("role=none", &[]),
        ("state=disabled", &[]),
        ("state=active&search=a", &["ada", "adam", "eve", "zed"]),
    ] {
        for limit in [1, 2, 3, 50] {
            assert_eq!(walk(&owner, query, limit).await, expected, "{query} in pages of {limit}");
        }
    }
    let found = owner.get("/api/users?search=").await;
    assert_eq!(found.expect(422).paths(), ["search"]);
}

/// What stands before the @ in the addresses of a list, page after page.
async fn walk(caller: &Caller, query: &str, limit: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    for _ in 0..20 {
        let page = caller.get(&format!("/api/users?limit={limit}&{query}{cursor}")).await.expect(200);
        for user in page.data().as_array().expect("a list") {
            let email = user["email"].as_str().expect("an address");
            found.push(email.split('@').next().expect("a beginning").to_owned());
        }
        match page.next_cursor() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
    panic!("the list has no end: {found:?}")
}

#[actix_web::test]
async fn a_deleted_account_leaves_every_tenant_that_has_another_owner() {
    let app = start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let root = root.in_tenant("instance");
    let (_, acme) = app.tenant("acme").await;
    let owner = id_of(&acme.get("/api/members").await.expect(200).data()[0]);
    let path = format!("/api/users/{owner}");
    let made = acme.post("/api/requests", json!({ "title": "a" })).await.expect(201).data();
    let refused = root.delete(&path).await.expect(409);
    assert!(refused.message().contains("acme"), "{}", refused.text);
    acme.get("/api/requests").await.expect(200);
    let (_, second) = member_with(&app, &acme, "acme", "owner").await;
    root.delete(&path).await.expect(200);
    acme.get("/api/requests").await.expect(401);
    assert_eq!(app.ask(&format!("SELECT count(*) FROM members_all WHERE account_id = '{owner}'")), 0);
    let made = second.get(&format!("/api/requests/{}", id_of(&made))).await.expect(200).data();
    assert_eq!(made["requester"], json!(owner));
}

#[actix_web::test]
async fn the_last_owner_of_the_instance_is_neither_disabled_nor_deleted() {
    let app = start().await;
    let (account, root) = app.instance_owner("root@example.org").await;
    let root = root.in_tenant("instance");
    let path = format!("/api/users/{}", account.id);
    root.patch(&path, json!({ "state": "disabled" })).await.expect(409);
    root.delete(&path).await.expect(409);
    let (_, second) = member_with(&app, &root, "instance", "owner").await;
    second.patch(&path, json!({ "state": "disabled" })).await.expect(200);
    root.get("/api/users").await.expect(401);
}

#[actix_web::test]
async fn who_owns_a_tenant_alone_is_not_disabled() {
    let app = start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let root = root.in_tenant("instance");
    let (_, admin) = member_with(&app, &root, "instance", "admin").await;
    let (_, acme) = app.tenant("acme").await;
    let owner = id_of(&acme.get("/api/members").await.expect(200).data()[0]);
    let path = format!("/api/users/{owner}");
    let disabled = json!({ "state": "disabled" });
    for by in [&admin, &root] {
        let refused = by.patch(&path, disabled.clone()).await.expect(409);
        assert!(refused.message().contains("acme"), "{}", refused.text);
    }
    acme.get("/api/requests").await.expect(200);
    let (second, _) = member_with(&app, &acme, "acme", "owner").await;
    admin.patch(&path, disabled.clone()).await.expect(200);
    acme.get("/api/requests").await.expect(401);
    // The other one is alone now; who is disabled already is not disabled again.
    admin.patch(&format!("/api/users/{second}"), disabled.clone()).await.expect(409);
    admin.patch(&path, disabled).await.expect(200);
}

#[actix_web::test]
async fn an_account_has_no_role_of_its_own() {
    let app = start().await;
    let (account, root) = app.instance_owner("root@example.org").await;
    let root = root.in_tenant("instance");
    let shown = root.get(&format!("/api/users/{}", account.id)).await.expect(200).data();
    assert_eq!(shown["role"], json!(null));
    let body = json!({ "email": "new@example.org", "role": "owner" });
    assert_eq!(root.post("/api/users", body).await.expect(422).paths(), ["role"]);
    let made = root.post("/api/users", json!({ "email": "new@example.org" })).await.expect(201).data();
    let path = format!("/api/users/{}", id_of(&made));
    assert_eq!(root.patch(&path, json!({ "role": "owner" })).await.expect(422).paths(), ["role"]);
}
