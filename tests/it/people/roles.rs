//! The roles of a tenant: built in, and its own.

use serde_json::json;
use steading::kernel::identity::BUILT_IN;

use super::support::{id_of, make_role, make_user, sign_in, start, user_with};

#[actix_web::test]
async fn a_role_is_made_changed_and_deleted() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    let body = json!({ "name": "desk", "summary": "The desk", "permissions": ["requests:*", "users:read", "requests:*"] });
    let made = owner.post("/api/roles", body.clone()).await.expect(201).data();
    assert_eq!(made["permissions"], json!(["requests:*", "users:read"]));
    assert_eq!(made["builtIn"], false);
    assert_eq!(owner.get("/api/roles/desk").await.expect(200).data(), made);
    owner.post("/api/roles", body).await.expect(409);
    let changed = owner.patch("/api/roles/desk", json!({ "summary": "All of it" })).await.expect(200).data();
    assert_eq!((&changed["summary"], &changed["permissions"]), (&json!("All of it"), &made["permissions"]));
    owner.delete("/api/roles/desk").await.expect(200);
    owner.get("/api/roles/desk").await.expect(404);
    owner.delete("/api/roles/desk").await.expect(404);
}

#[actix_web::test]
async fn the_built_in_roles_stay_as_they_are() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    for role in BUILT_IN {
        let path = format!("/api/roles/{}", role.name);
        owner.post("/api/roles", json!({ "name": role.name, "permissions": [] })).await.expect(409);
        owner.patch(&path, json!({ "permissions": [] })).await.expect(409);
        owner.delete(&path).await.expect(409);
        assert_eq!(owner.get(&path).await.expect(200).data()["builtIn"], true);
    }
}

#[actix_web::test]
async fn a_list_has_the_built_in_roles_first_whatever_the_page() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    for name in ["zeta", "alpha", "beta"] {
        make_role(&owner, name, &[]).await;
    }
    let mut expected: Vec<&str> = BUILT_IN.iter().map(|role| role.name).collect();
    expected.extend(["alpha", "beta", "zeta"]);
    for limit in 1..=9 {
        let (mut found, mut path) = (Vec::new(), format!("/api/roles?limit={limit}"));
        for _ in 0..9 {
            let page = owner.get(&path).await.expect(200);
            let names = page.data();
            found.extend(names.as_array().expect("a list").iter().map(|role| role["name"].clone()));
            let Some(next) = page.next_cursor() else { break };
            path = format!("/api/roles?limit={limit}&cursor={next}");
        }
        assert_eq!(found, expected, "in pages of {limit}");
    }
}

#[actix_web::test]
async fn who_has_a_deleted_role_holds_nothing_until_given_another() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    make_role(&owner, "desk", &["requests:read"]).await;
    let (id, caller) = user_with(&app, &owner, "desk").await;
    caller.get("/api/requests").await.expect(200);
    owner.delete("/api/roles/desk").await.expect(200);
    caller.get("/api/requests").await.expect(403);
    let told = caller.get("/api/auth/permissions").await.expect(200).data();
    assert_eq!(told["patterns"], json!([]));
    // Made again under the same name, it would be given to him by nobody.
    let again = json!({ "name": "desk", "permissions": ["requests:*"] });
    owner.post("/api/roles", again.clone()).await.expect(409);
    owner.patch(&format!("/api/users/{id}"), json!({ "role": "viewer" })).await.expect(200);
    caller.get("/api/requests").await.expect(200);
    owner.post("/api/roles", again).await.expect(201);
}

#[actix_web::test]
async fn a_role_of_another_tenant_does_not_exist() {
    let app = start().await;
    let ((_, acme), (_, other)) = (app.tenant("acme").await, app.tenant("other").await);
    make_role(&other, "theirs", &["requests:*"]).await;
    for path in ["/api/roles/theirs", "/api/roles/none"] {
        acme.get(path).await.expect(404);
        acme.patch(path, json!({ "permissions": ["*:*"] })).await.expect(404);
        acme.delete(path).await.expect(404);
    }
    let user = id_of(&make_user(&acme, "ada@acme.example", "user").await);
    for reply in [
        acme.patch(&format!("/api/users/{user}"), json!({ "role": "theirs" })).await,
        acme.post("/api/users", json!({ "email": "bob@acme.example", "role": "theirs" })).await,
        acme.post("/api/members", json!({ "email": "owner@other.example", "role": "theirs" })).await,
    ] {
        assert_eq!(reply.expect(422).paths(), ["role"]);
    }
    make_role(&acme, "theirs", &["users:read"]).await;
    assert_eq!(other.get("/api/roles/theirs").await.expect(200).data()["permissions"], json!(["requests:*"]));
}

#[actix_web::test]
async fn what_is_no_permission_is_refused() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    for wrong in
        [json!(["requests"]), json!(["requests:reed"]), json!(["nothing:*"]), json!("*:*"), json!([1])]
    {
        let reply =
            owner.post("/api/roles", json!({ "name": "desk", "permissions": wrong })).await.expect(422);
        assert!(reply.paths().iter().all(|path| path.starts_with("permissions")), "{}", reply.text);
    }
    for name in ["", "A", "ä", "a b", "1st", "o".repeat(41).as_str()] {
        let reply = owner.post("/api/roles", json!({ "name": name, "permissions": [] })).await.expect(422);
        assert_eq!(reply.paths(), ["name"]);
    }
}

#[actix_web::test]
async fn everybody_learns_what_he_may_do_where_he_asks() {
    let app = start().await;
    let (acme, owner) = app.tenant("acme").await;
    let told = owner.get("/api/auth/permissions").await.expect(200).data();
    assert_eq!((&told["tenant"], &told["patterns"]), (&json!("acme"), &json!(["*:*"])));
    assert_eq!(told["permissions"]["requests:delete"], true);
    assert_eq!(told["permissions"]["tenants:write"], false, "that is of the instance");
    make_user(&owner, "ada@acme.example", "user").await;
    let ada = sign_in(&app, "acme", "ada@acme.example").await;
    let told = ada.get("/api/auth/permissions").await.expect(200).data();
    assert_eq!(told["permissions"]["requests:write"], true);
    assert_eq!(told["permissions"]["requests:delete"], false);

    let (root, at_home) = app.instance_owner("root@example.org").await;
    let told = at_home.get("/api/auth/permissions").await.expect(200).data();
    assert_eq!((&told["tenant"], &told["permissions"]["tenants:write"]), (&json!("instance"), &json!(true)));
    at_home.clone().in_tenant("acme").get("/api/auth/permissions").await.expect(403);
    at_home.clone().in_tenant("none").get("/api/auth/permissions").await.expect(403);
    app.join(&acme, &root).await;
    let told = at_home.in_tenant("acme").get("/api/auth/permissions").await.expect(200).data();
    assert_eq!(told["permissions"]["tenants:write"], false);
    let plain = app.account("plain@example.org", false).await;
    let plain = app.nobody().with_token(&app.token(&plain, None));
    let told = plain.get("/api/auth/permissions").await.expect(200).data();
    assert_eq!(told["patterns"], json!([]));
}
