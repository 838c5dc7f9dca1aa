//! Who asks and who is asked: people of this tenant, and nobody else.

use serde_json::json;
use steading::base::Id;
use steading::kernel::identity::User;

use crate::keys::key;
use crate::people::support::{member_with, start, user_with};
use crate::support::TestApp;

#[actix_web::test]
async fn only_people_of_this_tenant_ask_or_are_asked() {
    let app = TestApp::start().await;
    let ((acme_itself, acme), (other, _)) = (app.tenant("acme").await, app.tenant("other").await);
    let here = app.account("here@example.org", false).await;
    let elsewhere = app.account("elsewhere@example.org", false).await;
    let nowhere = app.account("nowhere@example.org", true).await;
    app.join(&acme_itself, &here).await;
    app.join(&other, &elsewhere).await;
    let opened =
        acme.post("/api/requests", json!({ "title": "a", "assignee": here.id })).await.expect(201).data();
    let path = format!("/api/requests/{}", opened["id"].as_str().expect("an id"));
    for stranger in [elsewhere.id, nowhere.id, Id::<User>::fresh()] {
        for field in ["requester", "assignee"] {
            let reply =
                acme.post("/api/requests", json!({ "title": "a", field: stranger })).await.expect(422);
            let details = reply.json()["error"]["details"].take();
            assert_eq!(details, json!([{ "path": field, "message": "is nobody in this tenant" }]));
        }
        let reply = acme.patch(&path, json!({ "assignee": stranger })).await.expect(422);
        assert_eq!(reply.paths(), ["assignee"]);
    }
    assert_eq!(app.count("requests_all"), 1);
    assert_eq!(acme.get(&path).await.expect(200).data(), opened);
}

#[actix_web::test]
async fn who_opens_a_request_asks_unless_he_names_another() {
    let app = TestApp::start().await;
    let (acme_itself, acme) = app.tenant("acme").await;
    let ada = app.account("ada@example.org", false).await;
    app.join(&acme_itself, &ada).await;
    let caller = app.nobody().with_token(&app.token(&ada, None)).in_tenant("acme");
    let own = caller.post("/api/requests", json!({ "title": "a" })).await.expect(201).data();
    assert_eq!(own["requester"], json!(ada.id));
    let for_ada =
        acme.post("/api/requests", json!({ "title": "a", "requester": ada.id })).await.expect(201).data();
    assert_eq!(for_ada["requester"], json!(ada.id));
}

#[actix_web::test]
async fn nobody_asks_in_anothers_name_who_may_only_ask() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    let (victim, _) = member_with(&app, &owner, "acme", "viewer").await;
    let mine = json!({ "title": "Mine" });
    let forged = json!({ "title": "Pay Mallory", "requester": victim });
    let (own_id, user) = user_with(&app, &owner, "user").await;
    let reply = user.post("/api/requests", forged.clone()).await.expect(403);
    assert!(reply.message().contains("requests:write-for"), "{}", reply.text);
    let (_, robot) = key(&app, &owner, json!({ "name": "a", "permissions": ["requests:write"] })).await;
    robot.post("/api/requests", forged.clone()).await.expect(403);
    assert_eq!(app.count("requests_all"), 0);

    for body in [mine.clone(), json!({ "title": "Mine", "requester": own_id })] {
        let opened = user.post("/api/requests", body).await.expect(201).data();
        assert_eq!(opened["requester"], json!(own_id));
    }
    robot.post("/api/requests", mine).await.expect(201);
    let (_, developer) = user_with(&app, &owner, "developer").await;
    let wide = json!({ "name": "desk", "permissions": ["requests:write", "requests:write-for"] });
    let (_, desk) = key(&app, &owner, wide).await;
    for caller in [&developer, &desk] {
        let opened = caller.post("/api/requests", forged.clone()).await.expect(201).data();
        assert_eq!(opened["requester"], json!(victim));
    }
}
