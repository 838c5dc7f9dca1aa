//! Nobody gives, changes or takes away what he does not hold.

use serde_json::json;

use super::support::{id_of, make_role, make_user, member_with, sign_in, start, user_with};
use crate::support::{Reply, TestApp};

/// What somebody holds beside what he needs to change roles and people, what he tries to give, and
/// the first of it that he lacks.
const SHAPES: &[(&[&str], &[&str], Option<&str>)] = &[
    (&["requests:read"], &["requests:read"], None),
    (&["requests:read"], &["requests:write"], Some("requests:write")),
    (&["requests:read"], &["requests:*"], Some("requests:*")),
    (&["requests:read"], &["*:read"], Some("*:read")),
    (&["requests:read"], &["*:*"], Some("*:*")),
    (&["requests:*"], &["requests:read", "requests:delete"], None),
    (&["requests:*"], &["*:read"], Some("*:read")),
    (&["*:read"], &["requests:read", "users:read", "*:read"], None),
    (&["*:read"], &["requests:*"], Some("requests:*")),
    (&["requests:*", "*:read"], &["requests:read", "requests:*", "*:delete"], Some("*:delete")),
    (&["requests:read", "requests:write", "requests:delete"], &["requests:*"], Some("requests:*")),
    (&["*:*"], &["*:*", "requests:*"], None),
];

const TOOLS: &[&str] = &["roles:write", "users:write", "users:delete", "members:write"];

#[track_caller]
fn expect_grant(reply: Reply, lacking: Option<&str>, success: u16) {
    match lacking {
        None => drop(reply.expect(success)),
        Some(missing) => {
            let reply = reply.expect(403);
            assert!(reply.message().contains(&format!("permission {missing} here")), "{}", reply.text);
        }
    }
}

#[actix_web::test]
async fn nobody_gives_what_he_does_not_hold() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    make_role(&owner, "nothing", &[]).await;
    for (number, (held, given, lacking)) in SHAPES.iter().enumerate() {
        let (giver, gift) = (format!("giver{number}"), format!("gift{number}"));
        make_role(&owner, &giver, &[held, TOOLS].concat()).await;
        make_role(&owner, &gift, given).await;
        let (_, caller) = user_with(&app, &owner, &giver).await;
        let stranger = app.account(&format!("stranger{number}@example.org"), false).await;
        let plain = make_user(&owner, &format!("plain{number}@acme.example"), "nothing").await;

        let body = json!({ "name": format!("made{number}"), "permissions": given });
        let mut named = given.to_vec();
        named.sort_unstable();
        let made = caller.post("/api/roles", body).await;
        expect_grant(made, *lacking, 201);
        let body = json!({ "email": format!("made{number}@acme.example"), "role": gift });
        expect_grant(caller.post("/api/users", body).await, *lacking, 201);
        let change = json!({ "role": gift });
        expect_grant(caller.patch(&format!("/api/users/{}", id_of(&plain)), change).await, *lacking, 200);
        let body = json!({ "accountId": stranger.id, "role": gift });
        expect_grant(caller.post("/api/members", body).await, *lacking, 201);
        let path = format!("/api/roles/{gift}");
        expect_grant(caller.patch(&path, json!({ "summary": "mine" })).await, *lacking, 200);
        expect_grant(caller.delete(&path).await, *lacking, 200);
    }
}

#[actix_web::test]
async fn a_role_is_not_widened_beyond_what_its_changer_holds() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    make_role(&owner, "helper", &["roles:write", "requests:read"]).await;
    let (_, helper) = user_with(&app, &owner, "helper").await;
    for wide in [json!(["*:*"]), json!(["roles:*"]), json!(["requests:read", "requests:write"])] {
        helper.patch("/api/roles/helper", json!({ "permissions": wide })).await.expect(403);
    }
    let narrow = json!({ "permissions": ["requests:read"] });
    helper.patch("/api/roles/helper", narrow.clone()).await.expect(200);
    helper.patch("/api/roles/helper", narrow).await.expect(403);
}

#[actix_web::test]
async fn an_admin_neither_makes_nor_touches_an_owner() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    let (admin_id, admin) = member_with(&app, &owner, "acme", "admin").await;
    let (owner_id, _) = member_with(&app, &owner, "acme", "owner").await;
    let boss = id_of(&make_user(&owner, "boss@acme.example", "owner").await);
    let (member, user) = (format!("/api/members/{owner_id}"), format!("/api/users/{boss}"));
    let to_owner = json!({ "role": "owner" });
    admin.patch(&format!("/api/members/{admin_id}"), to_owner.clone()).await.expect(403);
    admin.patch(&member, json!({ "role": "viewer" })).await.expect(403);
    admin.delete(&member).await.expect(403);
    for change in [
        json!({ "role": "viewer" }),
        json!({ "state": "disabled" }),
        json!({ "password": "another long sentence" }),
        json!({ "email": "mine@acme.example" }),
        json!({ "name": "x" }),
        json!({}),
    ] {
        admin.patch(&user, change).await.expect(403);
    }
    admin.delete(&user).await.expect(403);
    admin.delete(&format!("{user}/sessions")).await.expect(403);
    let plain = id_of(&make_user(&admin, "plain@acme.example", "developer").await);
    admin.patch(&format!("/api/users/{plain}"), to_owner).await.expect(403);
    sign_in(&app, "acme", "boss@acme.example").await.get("/api/requests").await.expect(200);
}

#[actix_web::test]
async fn who_runs_the_instance_without_owning_it_takes_over_no_account() {
    let app = start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let root = root.in_tenant("instance");
    let (_, admin) = member_with(&app, &root, "instance", "admin").await;
    let (_, acme) = app.tenant("acme").await;
    let ada = app.account("ada@example.org", false).await;
    acme.post("/api/members", json!({ "accountId": ada.id, "role": "owner" })).await.expect(201);
    let path = format!("/api/users/{}", ada.id);
    admin.patch(&path, json!({ "password": "another long sentence" })).await.expect(403);
    admin.patch(&path, json!({ "email": "mine@example.org" })).await.expect(403);
    admin.patch(&path, json!({ "name": "Ada" })).await.expect(200);
    admin.post("/api/accounts", json!({ "email": "new@example.org", "owner": true })).await.expect(403);
    admin.post("/api/accounts", json!({ "email": "new@example.org" })).await.expect(201);
    root.patch(&path, json!({ "email": "lovelace@example.org" })).await.expect(200);
}

#[actix_web::test]
async fn a_change_of_rights_works_on_the_next_request() {
    let app: TestApp = start().await;
    let (_, owner) = app.tenant("acme").await;
    make_role(&owner, "desk", &["requests:read"]).await;
    let (user, caller) = user_with(&app, &owner, "desk").await;
    let (account, member) = member_with(&app, &owner, "acme", "desk").await;
    for _ in 0..3 {
        for someone in [&caller, &member] {
            someone.get("/api/requests").await.expect(200);
            someone.get("/api/users").await.expect(403);
        }
        owner.patch("/api/roles/desk", json!({ "permissions": ["users:read"] })).await.expect(200);
        for someone in [&caller, &member] {
            someone.get("/api/requests").await.expect(403);
            someone.get("/api/users").await.expect(200);
        }
        owner.patch("/api/roles/desk", json!({ "permissions": ["requests:read"] })).await.expect(200);
    }
    owner.patch(&format!("/api/users/{user}"), json!({ "role": "viewer" })).await.expect(200);
    caller.get("/api/users").await.expect(200);
    owner.patch(&format!("/api/members/{account}"), json!({ "role": "viewer" })).await.expect(200);
    member.get("/api/users").await.expect(200);
    owner.delete(&format!("/api/members/{account}")).await.expect(200);
    member.get("/api/users").await.expect(403);
}
