//! Trusting issuers over the API.

use serde_json::{Value, json};

use super::support::{ROUTE, Scene, expect_reason, with};

#[actix_web::test]
async fn an_issuer_is_trusted_changed_disabled_and_deleted() {
    let scene = Scene::untrusted().await;
    let ada = scene.person("ada", json!({}));
    expect_reason(ada.get(ROUTE).await, 401, "trusts no issuer");
    let path = scene.trust(json!({})).await;
    ada.get(ROUTE).await.expect(200);
    for _ in 0..2 {
        scene.owner.patch(&path, json!({ "state": "disabled" })).await.expect(200);
        expect_reason(ada.get(ROUTE).await, 401, "trusts no issuer");
        scene.owner.patch(&path, json!({ "state": "enabled" })).await.expect(200);
        ada.get(ROUTE).await.expect(200);
    }
    scene.owner.patch(&path, json!({ "audience": ["other"] })).await.expect(200);
    expect_reason(ada.get(ROUTE).await, 401, "(aud)");
    scene.owner.patch(&path, json!({ "audience": ["other", "desk"] })).await.expect(200);
    ada.get(ROUTE).await.expect(200);
    let first = scene.user().await;
    scene.owner.delete(&path).await.expect(200);
    expect_reason(ada.get(ROUTE).await, 401, "trusts no issuer");
    scene.owner.get(&path).await.expect(404);
    // Trusted again, the same people come.
    scene.trust(json!({})).await;
    ada.get(ROUTE).await.expect(200);
    assert_eq!(scene.user().await["id"], first["id"]);
}

#[actix_web::test]
async fn every_change_is_written_down() {
    let scene = Scene::untrusted().await;
    let path = scene.trust(json!({})).await;
    let shown = scene.owner.get(&path).await.expect(200).data();
    scene.owner.patch(&path, json!({ "state": "disabled" })).await.expect(200);
    scene.owner.delete(&path).await.expect(200);
    let rows = scene.owner.get("/api/audit?action=issuer.*").await.expect(200).data();
    let actions: Vec<&Value> = rows.as_array().expect("rows").iter().map(|row| &row["action"]).collect();
    assert_eq!(actions, ["issuer.deleted", "issuer.changed", "issuer.created"]);
    assert_eq!(
        (&rows[1]["before"]["state"], &rows[1]["after"]["state"]),
        (&json!("enabled"), &json!("disabled"))
    );
    assert_eq!(rows[2]["subject"], format!("issuer:{}", shown["id"].as_str().expect("an id")));
    assert_eq!(with(shown, json!({ "keys": null })), rows[2]["after"]);
}

#[actix_web::test]
async fn what_is_wrong_is_refused_with_its_place() {
    let scene = Scene::untrusted().await;
    let many: Vec<String> = (0..11).map(|number| number.to_string()).collect();
    let wide: Value =
        (0..51).map(|number| (number.to_string(), json!("user"))).collect::<serde_json::Map<_, _>>().into();
    for (change, place) in [
        (json!({ "issuer": null }), "issuer"),
        (json!({ "issuer": "http://login.example.org" }), "issuer"),
        (json!({ "issuer": "https:login.example.org" }), "issuer"),
        (json!({ "issuer": "https://" }), "issuer"),
        (json!({ "issuer": "https://ada@login.example.org" }), "issuer"),
        (json!({ "issuer": "https://login.example.org#part" }), "issuer"),
        (json!({ "issuer": "https://login.example.org?x=1" }), "issuer"),
        (json!({ "issuer": "https://login.example.org/ x" }), "issuer"),
        (json!({ "issuer": "https://login.example.org\\x" }), "issuer"),
        (json!({ "issuer": format!("https://login.example.org/{}", "x".repeat(500)) }), "issuer"),
        (json!({ "issuer": 7 }), "issuer"),
        (json!({ "audience": null }), "audience"),
        (json!({ "audience": [] }), "audience"),
        (json!({ "audience": "desk" }), "audience"),
        (json!({ "audience": [""] }), "audience[0]"),
        (json!({ "audience": many }), "audience"),
        (json!({ "role": null }), "role"),
        (json!({ "role": "nobody" }), "role"),
        (json!({ "role": "No Role" }), "role"),
        (json!({ "roles": { "x": "user" } }), "roleClaim"),
        (json!({ "roleClaim": "groups" }), "roles"),
        (json!({ "roleClaim": "groups", "roles": {} }), "roles"),
        (json!({ "roleClaim": "groups", "roles": { "x": "nobody" } }), "role"),
        (json!({ "roleClaim": "groups", "roles": { "": "user" } }), "roles"),
        (json!({ "roleClaim": "groups", "roles": wide }), "roles"),
        (json!({ "roleClaim": "", "roles": { "x": "user" } }), "roleClaim"),
        (json!({ "jwksUrl": "http://login.example.org/keys" }), "jwksUrl"),
        (json!({ "jwksUrl": "file:///etc/passwd" }), "jwksUrl"),
        (json!({ "state": "enabled" }), "state"),
        (json!({ "secret": "x" }), "secret"),
    ] {
        let reply = scene.trust_as(&scene.owner, change.clone()).await.expect(422);
        assert_eq!(reply.paths(), [place], "{change}: {}", reply.text);
    }
    assert_eq!(scene.app.count("issuers_all"), 0);
}

#[actix_web::test]
async fn an_issuer_is_trusted_once_and_twenty_are_enough() {
    let scene = Scene::start().await;
    scene.trust_as(&scene.owner, json!({})).await.expect(409);
    for number in 2..=20 {
        scene
            .trust_as(&scene.owner, json!({ "issuer": format!("https://{number}.example") }))
            .await
            .expect(201);
    }
    scene.trust_as(&scene.owner, json!({ "issuer": "https://21.example" })).await.expect(409);
    let first = scene.owner.get("/api/issuers?limit=15").await.expect(200);
    let next = first.next_cursor().expect("there are more");
    let rest = scene.owner.get(&format!("/api/issuers?limit=15&cursor={next}")).await.expect(200);
    assert_eq!(
        (first.data().as_array().map(Vec::len), rest.data().as_array().map(Vec::len)),
        (Some(15), Some(5))
    );
}

#[actix_web::test]
async fn a_change_leaves_out_what_it_does_not_name() {
    let scene = Scene::untrusted().await;
    let keys = scene.idp.url("/own");
    let path =
        scene.trust(json!({ "jwksUrl": keys, "roleClaim": "groups", "roles": { "a": "viewer" } })).await;
    let before = scene.owner.get(&path).await.data();
    let same = scene.owner.patch(&path, json!({})).await.expect(200).data();
    assert_eq!(with(before, json!({ "keys": null })), same);
    let changed = scene.owner.patch(&path, json!({ "jwksUrl": null })).await.expect(200).data();
    assert_eq!((&changed["jwksUrl"], &changed["roles"]), (&Value::Null, &json!({ "a": "viewer" })));
    for (change, place) in [
        (json!({ "issuer": "https://other.example" }), "issuer"),
        (json!({ "role": null }), "role"),
        (json!({ "audience": null }), "audience"),
        (json!({ "roles": null }), "roles"),
        (json!({ "roleClaim": null }), "roleClaim"),
        (json!({ "roles": {} }), "roles"),
    ] {
        let reply = scene.owner.patch(&path, change.clone()).await.expect(422);
        assert_eq!(reply.paths(), [place], "{change}: {}", reply.text);
    }
}
