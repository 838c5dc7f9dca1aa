//! Roles by claims: what they give, what a change of them does, and who may change them.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{ROUTE, Scene, Signer, expect_reason};
use crate::people::support::member_with;
use crate::support::Caller;

fn mapping() -> Value {
    json!({ "roleClaim": "groups", "roles": { "ops": "developer", "bosses": "admin", "desk": "agent", "look": "viewer" } })
}

async fn scene() -> (Scene, String) {
    let scene = Scene::untrusted().await;
    let agent = json!({ "name": "agent", "permissions": ["requests:read"] });
    scene.owner.post("/api/roles", agent).await.expect(201);
    let path = scene.trust(mapping()).await;
    (scene, path)
}

async fn role_of(scene: &Scene, claims: Value) -> String {
    let caller = scene.person("ada", claims);
    assert!(matches!(caller.get("/api/auth/permissions").await.status, 200));
    scene.user().await["role"].as_str().expect("a role").to_owned()
}

#[actix_web::test]
async fn a_claim_gives_the_role_that_its_value_is_mapped_to() {
    let (scene, _) = scene().await;
    for (groups, role) in [
        (json!("ops"), "developer"),
        (json!(["look", "bosses", "ops"]), "admin"),
        (json!(["desk", "look"]), "viewer"),
        (json!(["unknown", "desk", 7, null]), "agent"),
        (json!(["Bosses"]), "user"),
        (json!([]), "user"),
        (json!({ "bosses": true }), "user"),
        (Value::Null, "user"),
    ] {
        assert_eq!(role_of(&scene, json!({ "groups": groups })).await, role, "{groups}");
    }
}

#[actix_web::test]
async fn a_claim_inside_another_is_named_with_dots_and_one_with_dots_by_its_name() {
    let scene = Scene::untrusted().await;
    let path = scene.trust(json!({ "roleClaim": "realm_access.roles", "roles": { "look": "viewer" } })).await;
    let nested = json!({ "realm_access": { "roles": ["look"] } });
    assert_eq!(role_of(&scene, nested.clone()).await, "viewer");
    assert_eq!(role_of(&scene, json!({ "realm_access": "look" })).await, "user");
    scene.owner.patch(&path, json!({ "roleClaim": "https://acme.example/roles" })).await.expect(200);
    assert_eq!(role_of(&scene, json!({ "https://acme.example/roles": "look" })).await, "viewer");
    assert_eq!(role_of(&scene, nested).await, "user");
}

#[actix_web::test]
async fn a_change_of_the_mapping_works_on_the_next_request() {
    let (scene, path) = scene().await;
    let ada = scene.person("ada", json!({ "groups": ["ops"] }));
    ada.get("/api/roles").await.expect(200);
    scene.owner.patch(&path, json!({ "roles": { "ops": "user" } })).await.expect(200);
    ada.get("/api/roles").await.expect(403);
    scene.owner.patch(&path, json!({ "roles": { "ops": "admin" } })).await.expect(200);
    ada.get("/api/users").await.expect(200);
    scene.owner.patch(&path, json!({ "roles": {}, "roleClaim": null, "role": "viewer" })).await.expect(200);
    ada.post(ROUTE, json!({ "title": "Not by a viewer" })).await.expect(403);
    let rows = scene.owner.get("/api/audit?action=user.changed").await.expect(200).data();
    let given: Vec<&Value> = rows.as_array().expect("rows").iter().map(|row| &row["after"]["role"]).collect();
    assert_eq!(given, ["viewer", "admin", "user"]);
}

#[actix_web::test]
async fn an_older_token_does_not_bring_a_lost_role_back() {
    let (mut scene, _) = scene().await;
    let before = scene.person("ada", json!({ "groups": ["bosses"] }));
    before.get("/api/users").await.expect(200);
    scene.later(Duration::from_secs(10)).await;
    let after = scene.person("ada", json!({ "groups": [] }));
    after.get(ROUTE).await.expect(200);
    // It is still known, and its subject may do what he may do now.
    before.get("/api/users").await.expect(403);
    let again = json!({ "groups": ["bosses"], "iat": scene.now() - 5, "jti": "again" });
    expect_reason(scene.person("ada", again).get(ROUTE).await, 401, "another role");
    assert_eq!(scene.user().await["role"], "user");
}

#[actix_web::test]
async fn a_role_from_an_issuer_is_not_changed_by_hand() {
    let (scene, path) = scene().await;
    assert_eq!(role_of(&scene, json!({})).await, "user");
    let user = format!("/api/users/{}", scene.user().await["id"].as_str().expect("an id"));
    expect_reason(scene.owner.patch(&user, json!({ "role": "viewer" })).await, 409, &scene.issuer());
    scene.owner.patch(&user, json!({ "role": "user", "name": "Ada" })).await.expect(200);
    scene.owner.delete(&path).await.expect(200);
    scene.owner.patch(&user, json!({ "role": "viewer" })).await.expect(200);
}

#[actix_web::test]
async fn a_deleted_role_gives_nothing_and_its_name_stays_free() {
    let (scene, path) = scene().await;
    let ada = scene.person("ada", json!({ "groups": ["desk"] }));
    scene.owner.delete("/api/roles/agent").await.expect(200);
    ada.get(ROUTE).await.expect(403);
    let user = format!("/api/users/{}", scene.user().await["id"].as_str().expect("an id"));
    scene.owner.delete(&user).await.expect(200);
    let wide = json!({ "name": "agent", "permissions": ["*:*"] });
    expect_reason(scene.owner.post("/api/roles", wide.clone()).await, 409, "An issuer still gives");
    scene.owner.patch(&path, json!({ "state": "disabled" })).await.expect(200);
    expect_reason(scene.owner.patch(&path, json!({ "role": "viewer" })).await, 422, "not valid");
    scene.owner.patch(&path, json!({ "roles": { "ops": "developer" } })).await.expect(200);
    scene.owner.post("/api/roles", wide).await.expect(201);
}

/// A member who may trust issuers and see requests, and nothing else.
async fn helper(scene: &Scene) -> Caller {
    let role = json!({ "name": "helper", "permissions": ["issuers:read", "issuers:write", "requests:read"] });
    scene.owner.post("/api/roles", role).await.expect(201);
    let account = scene.app.account("helper@example.org", false).await;
    let member = json!({ "accountId": account.id, "role": "helper" });
    scene.owner.post("/api/members", member).await.expect(201);
    scene.app.nobody().with_token(&scene.app.token(&account, None)).in_tenant("acme")
}

#[actix_web::test]
async fn nobody_trusts_an_issuer_with_more_than_he_holds() {
    let (scene, path) = scene().await;
    let helper = helper(&scene).await;
    let other = |role: &str, roles: Value| {
        let claim = if roles == json!({}) { Value::Null } else { json!("groups") };
        json!({ "issuer": "https://other.example", "audience": ["a"], "role": role, "roles": roles, "roleClaim": claim })
    };
    for role in ["owner", "admin", "developer", "viewer", "user"] {
        helper.post("/api/issuers", other(role, json!({}))).await.expect(403);
        helper.post("/api/issuers", other("agent", json!({ "x": role }))).await.expect(403);
    }
    // One that gives what he does not hold is not his to change, not even to make it give less.
    for change in [
        json!({ "jwksUrl": "https://evil.example/keys" }),
        json!({ "audience": ["evil"] }),
        json!({ "state": "disabled" }),
        json!({ "role": "agent", "roles": { "x": "agent" } }),
        json!({}),
    ] {
        helper.patch(&path, change).await.expect(403);
    }
    helper.delete(&path).await.expect(403);
    let own = helper.post("/api/issuers", other("agent", json!({}))).await.expect(201).path();
    helper.patch(&own, json!({ "role": "viewer" })).await.expect(403);
    helper.patch(&own, json!({ "roles": { "x": "admin" }, "roleClaim": "groups" })).await.expect(403);
    helper.patch(&own, json!({ "audience": ["b"] })).await.expect(200);
    helper.delete(&own).await.expect(200);
}

/// Whoever makes an issuer give less must not leave those behind who came when it gave more.
#[actix_web::test]
async fn an_issuer_in_other_hands_keeps_nobodys_old_role() {
    let (mut scene, path) = scene().await;
    let helper = helper(&scene).await;
    scene.person("boss", json!({ "groups": ["bosses"] })).get("/api/users").await.expect(200);
    let less = json!({ "role": "agent", "roles": { "x": "agent" } });
    scene.owner.patch(&path, less.clone()).await.expect(200);
    let forged = Signer::eddsa("forged");
    scene.idp.answers("/forged", json!({ "keys": [forged.jwk()] }).to_string());
    let own_keys = json!({ "jwksUrl": scene.idp.url("/forged") });
    // The boss has his role until he comes again, and whoever has the keys could come as him.
    expect_reason(helper.patch(&path, own_keys.clone()).await, 403, "do not hold it");
    scene.person("boss", json!({})).get(ROUTE).await.expect(200);
    assert_eq!(scene.user().await["role"], "agent");
    helper.patch(&path, own_keys).await.expect(200);
    scene.later(Duration::from_secs(5)).await;
    for age in [5, 100, 0] {
        let claims = super::support::with(scene.claims("boss"), json!({ "iat": scene.now() - age }));
        let reply = scene.bearer(&forged.sign(&claims)).get("/api/users").await;
        assert!(matches!(reply.status, 401 | 403), "{}", reply.text);
    }
    assert_eq!(scene.user().await["role"], "agent");
}

/// People from an issuer are known by its URL, so who trusts that URL anew, with keys of his own, speaks for all of them.
#[actix_web::test]
async fn who_may_not_touch_an_owner_trusts_no_issuer_that_one_came_from() {
    let scene = Scene::untrusted().await;
    let (_, admin) = member_with(&scene.app, &scene.owner, "acme", "admin").await;
    let path = scene.trust(json!({ "roleClaim": "groups", "roles": { "top": "owner" } })).await;
    scene.person("ceo", json!({ "groups": ["top"] })).get("/api/users").await.expect(200);
    let forged = Signer::eddsa("forged");
    scene.idp.answers("/forged", json!({ "keys": [forged.jwk()] }).to_string());
    let take_over = json!({ "role": "admin", "jwksUrl": scene.idp.url("/forged") });
    let as_the_ceo = scene.bearer(&forged.sign(&scene.claims("ceo")));

    // He is an owner until he comes again with less.
    let less = json!({ "role": "user", "roleClaim": null, "roles": {} });
    scene.owner.patch(&path, less).await.expect(200);
    for change in [
        take_over.clone(),
        json!({ "audience": ["other"] }),
        json!({ "role": "viewer" }),
        json!({ "state": "disabled" }),
    ] {
        expect_reason(admin.patch(&path, change).await, 403, "permission *:* here");
    }
    admin.delete(&path).await.expect(403);

    scene.owner.delete(&path).await.expect(200);
    expect_reason(scene.trust_as(&admin, take_over.clone()).await, 403, "permission *:* here");
    as_the_ceo.get(ROUTE).await.expect(401);
    assert_eq!(scene.user().await["role"], "owner");

    // Another URL is another issuer, and who may make owners may trust this one again.
    let other = json!({ "issuer": "https://other.example", "role": "admin" });
    scene.trust_as(&admin, other).await.expect(201);
    scene.trust_as(&scene.owner, take_over).await.expect(201);
}
