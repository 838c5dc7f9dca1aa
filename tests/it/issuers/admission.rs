//! Whom a good token lets in, and as whom.

use std::time::Duration;

use serde_json::json;

use super::support::{KEYS, ROUTE, Scene, Signer, expect_reason, with};

#[actix_web::test]
async fn a_token_of_each_algorithm_lets_its_subject_in() {
    let scene = Scene::start().await;
    let signers = [Signer::es256("es"), Signer::eddsa("ed"), Signer::rs256("rs")];
    scene.publish(&signers.each_ref());
    for (number, signer) in (1..).zip(&signers) {
        let caller = scene.bearer(&signer.sign(&scene.claims(signer.algorithm())));
        for _ in 0..3 {
            caller.get(ROUTE).await.expect(200);
        }
        assert_eq!(scene.users().await.len(), number, "{}", signer.algorithm());
    }
    assert_eq!(scene.idp.count(KEYS), 1);
}

#[actix_web::test]
async fn a_token_works_wherever_one_of_our_own_does() {
    let scene = Scene::start().await;
    let ada = scene.person("ada", json!({ "name": "Ada" }));
    let made = ada.post(ROUTE, json!({ "title": "The printer burns" })).await.expect(201).data();
    let user = scene.user().await;
    assert_eq!(
        (&user["name"], &user["role"], &user["state"]),
        (&json!("Ada"), &json!("user"), &json!("active"))
    );
    assert_eq!(made["requester"], user["id"]);
    ada.delete(&format!("{ROUTE}/{}", made["id"].as_str().expect("an id"))).await.expect(403);
    ada.get("/api/users").await.expect(403);
    let rights = ada.get("/api/auth/permissions").await.expect(200).data();
    assert_eq!(rights["permissions"]["requests:write"], true);
    assert_eq!(ada.get("/api/auth/sessions").await.expect(200).data(), json!([]));
    let row = scene.owner.get("/api/audit?action=user.signed_up").await.expect(200).data()[0].take();
    let subject = format!("user:{}", user["id"].as_str().expect("an id"));
    assert_eq!((&row["actor"], &row["subject"]), (&json!(subject), &json!(subject)));
    assert_eq!((&row["after"]["issuer"], &row["after"]["subject"]), (&json!(scene.issuer()), &json!("ada")));
}

#[actix_web::test]
async fn many_first_requests_at_once_make_one_user_and_fetch_once() {
    let scene = Scene::start().await;
    let ada = scene.person("ada", json!({}));
    let calls = (0..20).map(|_| ada.get("/api/auth/permissions"));
    for reply in futures_util::future::join_all(calls).await {
        reply.expect(200);
    }
    scene.user().await;
    assert_eq!(scene.idp.count(KEYS), 1);
    assert_eq!(scene.app.ask("SELECT count(*) FROM audit_all WHERE action = 'user.signed_up'"), 1);
}

#[actix_web::test]
async fn a_token_ends_with_its_time_and_a_minute() {
    let mut scene = Scene::start().await;
    let ada = scene.person("ada", json!({ "exp": scene.now() + 300 }));
    ada.get(ROUTE).await.expect(200);
    scene.later(Duration::from_secs(359)).await;
    ada.get(ROUTE).await.expect(200);
    scene.later(Duration::from_secs(1)).await;
    expect_reason(ada.get(ROUTE).await, 401, "it has expired");
}

#[actix_web::test]
async fn clocks_may_differ_by_a_minute() {
    let scene = Scene::start().await;
    let now = scene.now();
    for (claims, status) in [
        (json!({ "exp": now - 59 }), 200),
        (json!({ "exp": now - 60 }), 401),
        (json!({ "nbf": now + 60 }), 200),
        (json!({ "nbf": now + 61 }), 401),
        (json!({ "iat": now + 60 }), 200),
        (json!({ "iat": now + 61 }), 401),
        (json!({ "iat": null, "exp": now as f64 + 1.5 }), 200),
        (json!({ "exp": 1e300 }), 200),
    ] {
        scene.person("ada", claims).get(ROUTE).await.expect(status);
    }
}

#[actix_web::test]
async fn an_audience_is_one_of_those_that_the_tenant_names() {
    let scene = Scene::untrusted().await;
    scene.trust(json!({ "audience": ["desk", "mobile"] })).await;
    for (audience, status) in [
        (json!("mobile"), 200),
        (json!(["other", "desk"]), 200),
        (json!([]), 401),
        (json!(["other"]), 401),
        (json!(["desk "]), 401),
        (json!("Desk"), 401),
        (json!({ "desk": true }), 401),
        (json!(null), 401),
    ] {
        scene.person("ada", json!({ "aud": audience })).get(ROUTE).await.expect(status);
    }
}

#[actix_web::test]
async fn a_token_of_another_issuer_needs_a_tenant_by_name() {
    let scene = Scene::start().await;
    let token = scene.signer.sign(&scene.claims("ada"));
    let reply = scene.app.nobody().with_token(&token).get(ROUTE).await;
    expect_reason(reply, 401, "name the tenant in X-Tenant-ID");
    let (_, root) = scene.app.instance_owner("root@example.org").await;
    root.patch("/api/tenants/acme", json!({ "hosts": ["desk.example"] })).await.expect(200);
    let by_host = scene.app.nobody().with_token(&token).with_header("host", "desk.example");
    by_host.get(ROUTE).await.expect(200);
}

#[actix_web::test]
async fn an_access_token_says_so_and_is_one() {
    let scene = Scene::start().await;
    for kind in ["at+jwt", "application/at+jwt", "jwt", "JWT"] {
        let header = with(scene.signer.header(), json!({ "typ": kind }));
        scene.bearer(&scene.signer.sign_with(&header, &scene.claims("ada"))).get(ROUTE).await.expect(200);
    }
    let header = with(scene.signer.header(), json!({ "typ": null }));
    scene.bearer(&scene.signer.sign_with(&header, &scene.claims("ada"))).get(ROUTE).await.expect(200);
}
