//! Members: the accounts that work in a tenant.

use serde_json::json;
use steading::base::Id;
use steading::kernel::identity::User;

use super::support::{id_of, member_with, start};

#[actix_web::test]
async fn an_account_is_made_a_member_by_its_address_in_any_case_or_its_id() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    let ada = app.account("Ada@Example.org", false).await;
    let bob = app.account("bob@example.org", false).await;
    let body = json!({ "email": "aDA@example.ORG", "role": "viewer" });
    let member = owner.post("/api/members", body.clone()).await.expect(201).data();
    assert_eq!(member["accountId"], json!(ada.id));
    assert_eq!((&member["email"], &member["role"]), (&json!("Ada@Example.org"), &json!("viewer")));
    owner.post("/api/members", body).await.expect(409);
    owner.post("/api/members", json!({ "accountId": bob.id, "role": "admin" })).await.expect(201);
    let caller = app.nobody().with_token(&app.token(&ada, None)).in_tenant("acme");
    caller.get("/api/requests").await.expect(200);
    let list = owner.get("/api/members").await.expect(200).data();
    let roles: Vec<_> =
        list.as_array().expect("a list").iter().map(|member| member["role"].clone()).collect();
    assert_eq!(roles, ["owner", "viewer", "admin"], "who came first as an account comes first");
    let first = owner.get("/api/members?limit=2").await.expect(200);
    let next = first.next_cursor().expect("another page");
    let second = owner.get(&format!("/api/members?limit=2&cursor={next}")).await.expect(200);
    assert_eq!(second.data()[0]["accountId"], json!(bob.id));
    assert_eq!(second.next_cursor(), None);
}

#[actix_web::test]
async fn who_has_no_account_is_named_at_the_field() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    for (body, path) in [
        (json!({ "email": "none@example.org", "role": "viewer" }), "email"),
        (json!({ "accountId": Id::<User>::fresh(), "role": "viewer" }), "accountId"),
        (json!({ "role": "viewer" }), "email"),
        (
            json!({ "email": "owner@acme.example", "accountId": Id::<User>::fresh(), "role": "viewer" }),
            "email",
        ),
        (json!({ "email": "owner@acme.example", "role": "none" }), "role"),
    ] {
        assert_eq!(owner.post("/api/members", body).await.expect(422).paths(), [path]);
    }
    // A tenant's own user is no account.
    let user = owner.post("/api/users", json!({ "email": "ada@acme.example" })).await.expect(201).data();
    let body = json!({ "accountId": user["id"], "role": "viewer" });
    assert_eq!(owner.post("/api/members", body).await.expect(422).paths(), ["accountId"]);
}

#[actix_web::test]
async fn who_may_not_give_the_role_does_not_learn_whether_the_account_exists() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    let (_, admin) = member_with(&app, &owner, "acme", "admin").await;
    let try_it = async |email: &str| {
        admin.post("/api/members", json!({ "email": email, "role": "owner" })).await.expect(403).message()
    };
    app.account("ada@example.org", false).await;
    assert_eq!(try_it("ada@example.org").await, try_it("none@example.org").await);
}

#[actix_web::test]
async fn the_last_owner_is_neither_removed_nor_demoted() {
    let app = start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    for (tenant, owner) in [("acme", app.tenant("acme").await.1), ("instance", root.in_tenant("instance"))] {
        let list = owner.get("/api/members").await.expect(200).data();
        let path = format!("/api/members/{}", id_of(&list[0]));
        let to_viewer = json!({ "role": "viewer" });
        owner.delete(&path).await.expect(409);
        owner.patch(&path, to_viewer.clone()).await.expect(409);
        owner.patch(&path, json!({ "role": "owner" })).await.expect(200);
        let (second, _) = member_with(&app, &owner, tenant, "owner").await;
        owner.patch(&format!("/api/members/{second}"), to_viewer.clone()).await.expect(200);
        owner.delete(&path).await.expect(409);
        owner.patch(&format!("/api/members/{second}"), json!({ "role": "owner" })).await.expect(200);
        owner.patch(&path, to_viewer.clone()).await.expect(200);
        owner.patch(&path, json!({ "role": "owner" })).await.expect(403);
    }
}

#[actix_web::test]
async fn an_owner_who_is_disabled_is_none_to_rely_on() {
    let app = start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let (_, owner) = app.tenant("acme").await;
    let (second, _) = member_with(&app, &owner, "acme", "owner").await;
    let root = root.in_tenant("instance");
    root.patch(&format!("/api/users/{second}"), json!({ "state": "disabled" })).await.expect(200);
    let list = owner.get("/api/members").await.expect(200).data();
    assert_eq!(list[1]["state"], "disabled");
    owner.delete(&format!("/api/members/{}", id_of(&list[0]))).await.expect(409);
}

#[actix_web::test]
async fn two_owners_who_remove_each_other_leave_one() {
    let app = start().await;
    let (_, first) = app.tenant("acme").await;
    let (second_id, second) = member_with(&app, &first, "acme", "owner").await;
    let first_id = id_of(&first.get("/api/members").await.expect(200).data()[0]);
    let (one, other) = (format!("/api/members/{second_id}"), format!("/api/members/{first_id}"));
    let (one, other) = tokio::join!(first.delete(&one), second.delete(&other));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert!(matches!(statuses, [200, 403 | 409]), "{statuses:?}");
    assert_eq!(app.ask("SELECT count(*) FROM members_all WHERE tenant_id > 1 AND role = 'owner'"), 1);
}

#[actix_web::test]
async fn a_member_of_another_tenant_does_not_exist() {
    let app = start().await;
    let ((_, acme), (_, other)) = (app.tenant("acme").await, app.tenant("other").await);
    let (theirs, _) = member_with(&app, &other, "other", "viewer").await;
    for id in [theirs.as_str(), "0198c1de-7f00-7000-8000-000000000000"] {
        let path = format!("/api/members/{id}");
        acme.get(&path).await.expect(404);
        acme.patch(&path, json!({ "role": "viewer" })).await.expect(404);
        acme.delete(&path).await.expect(404);
    }
    other.get(&format!("/api/members/{theirs}")).await.expect(200);
}

#[actix_web::test]
async fn who_is_removed_stays_named_in_what_he_made() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    let (id, member) = member_with(&app, &owner, "acme", "admin").await;
    let made = member.post("/api/requests", json!({ "title": "a" })).await.expect(201).data();
    owner.delete(&format!("/api/members/{id}")).await.expect(200);
    member.get("/api/requests").await.expect(403);
    let path = format!("/api/requests/{}", id_of(&made));
    assert_eq!(owner.get(&path).await.expect(200).data()["requester"], json!(id));
}
