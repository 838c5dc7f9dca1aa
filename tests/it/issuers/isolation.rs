//! What one tenant believes is nothing to another.

use serde_json::json;

use super::support::{KEYS, ROUTE, Scene, Signer, expect_reason};

#[actix_web::test]
async fn an_issuer_of_one_tenant_is_nothing_to_another() {
    let scene = Scene::start().await;
    let (_, other) = scene.app.tenant("other").await;
    let token = scene.signer.sign(&scene.claims("ada"));
    let (here, there) = (scene.bearer(&token), scene.bearer(&token).in_tenant("other"));
    for _ in 0..2 {
        here.get(ROUTE).await.expect(200);
        expect_reason(there.get(ROUTE).await, 401, "trusts no issuer");
    }
    assert_eq!(other.get("/api/issuers").await.expect(200).data(), json!([]));
    assert_eq!(other.get("/api/users").await.expect(200).data(), json!([]));
    let path = format!(
        "/api/issuers/{}",
        scene.owner.get("/api/issuers").await.data()[0]["id"].as_str().expect("an id")
    );
    other.get(&path).await.expect(404);
    other.patch(&path, json!({ "state": "disabled" })).await.expect(404);
    other.delete(&path).await.expect(404);
    here.get(ROUTE).await.expect(200);
}

#[actix_web::test]
async fn the_same_person_is_another_user_in_each_tenant_that_trusts_his_issuer() {
    let scene = Scene::start().await;
    let (_, other) = scene.app.tenant("other").await;
    scene.trust_as(&other, json!({ "role": "viewer" })).await.expect(201);
    let token = scene.signer.sign(&scene.claims("ada"));
    let (here, there) = (scene.bearer(&token), scene.bearer(&token).in_tenant("other"));
    here.get(ROUTE).await.expect(200);
    there.get("/api/users").await.expect(200);
    here.get("/api/users").await.expect(403);
    let (mine, theirs) = (scene.user().await, other.get("/api/users").await.data()[0].take());
    assert_ne!(mine["id"], theirs["id"]);
    assert_eq!((&mine["role"], &theirs["role"]), (&json!("user"), &json!("viewer")));
}

#[actix_web::test]
async fn where_one_tenant_has_an_issuers_keys_from_is_nothing_to_another() {
    let scene = Scene::start().await;
    let (_, other) = scene.app.tenant("other").await;
    let forged = Signer::es256("one");
    scene.idp.answers("/forged", json!({ "keys": [forged.jwk()] }).to_string());
    scene.trust_as(&other, json!({ "jwksUrl": scene.idp.url("/forged") })).await.expect(201);
    let token = forged.sign(&scene.claims("ada"));
    scene.bearer(&token).in_tenant("other").get(ROUTE).await.expect(200);
    expect_reason(scene.bearer(&token).get(ROUTE).await, 401, "signature");
    assert_eq!((scene.idp.count(KEYS), scene.idp.count("/forged")), (1, 1));
}

#[actix_web::test]
async fn a_token_in_a_suspended_or_deleted_tenant_lets_nobody_in() {
    let scene = Scene::start().await;
    let (_, root) = scene.app.instance_owner("root@example.org").await;
    let ada = scene.person("ada", json!({}));
    ada.get(ROUTE).await.expect(200);
    root.post("/api/tenants/acme/suspend", json!({})).await.expect(200);
    expect_reason(ada.get(ROUTE).await, 403, "suspended");
    expect_reason(scene.person("eve", json!({})).get(ROUTE).await, 403, "suspended");
    root.post("/api/tenants/acme/resume", json!({})).await.expect(200);
    ada.get(ROUTE).await.expect(200);
    scene.user().await;
    root.delete("/api/tenants/acme").await.expect(202);
    ada.get(ROUTE).await.expect(401);
    steading::kernel::tenants::erase_once(scene.app.app.kernel()).await.expect("it erases");
    assert_eq!((scene.app.count("issuers_all"), scene.app.count("outside_users_all")), (0, 0));
}
