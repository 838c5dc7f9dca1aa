//! Where somebody has a place, what there is to be allowed, and what people are called.

use serde_json::{Value, json};
use steading::base::Id;
use steading::kernel::identity::User;

use super::support::{id_of, member_with, start};
use crate::support::Caller;

fn slugs(places: &Value) -> Vec<&str> {
    places.as_array().expect("a list").iter().map(|place| place["slug"].as_str().expect("a slug")).collect()
}

#[actix_web::test]
async fn an_account_sees_the_tenants_in_which_it_has_a_place_and_no_other() {
    let app = start().await;
    let (ada, owner) = app.instance_owner("ada@example.org").await;
    let (zoo, _) = app.tenant("zoo").await;
    let (acme, _) = app.tenant("acme").await;
    app.tenant("other").await;
    app.join(&zoo, &ada).await;
    app.join(&acme, &ada).await;
    let places = owner.get("/api/auth/tenants").await.expect(200).data();
    assert_eq!(slugs(&places), ["acme", "zoo"]);
    assert_eq!(places[0]["name"], json!(acme.name));
    assert_eq!((&places[0]["id"], &places[0]["state"]), (&json!(acme.id), &json!("active")));
    owner.delete(&format!("/api/tenants/{}", zoo.id)).await.expect(202);
    assert_eq!(slugs(&owner.get("/api/auth/tenants").await.expect(200).data()), ["acme"]);
}

#[actix_web::test]
async fn a_tenants_user_sees_his_tenant_alone() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    app.tenant("zoo").await;
    let body = json!({ "email": "kim@acme.example", "password": "a very long word", "role": "viewer" });
    owner.post("/api/users", body.clone()).await.expect(201);
    let login = json!({ "email": "kim@acme.example", "password": "a very long word" });
    let began = app.nobody().in_tenant("acme").post("/api/auth/login", login).await.expect(201).data();
    let kim = app.nobody().with_token(began["token"].as_str().expect("a token"));
    let places = kim.get("/api/auth/tenants").await.expect(200).data();
    assert_eq!(slugs(&places), ["acme"]);
    assert_eq!(places[0]["role"], json!("viewer"));
}

#[actix_web::test]
async fn who_has_a_place_is_told_what_to_see_to_there_as_far_as_he_may_see_it() {
    let app = start().await;
    let (ada, owner) = app.instance_owner("ada@example.org").await;
    let (acme, acme_owner) = app.tenant("acme").await;
    let (_, other_owner) = app.tenant("other").await;
    let (zoo, _) = app.tenant("zoo").await;
    app.join(&acme, &ada).await;
    for (caller, name) in [(&acme_owner, "backup"), (&other_owner, "secret")] {
        let key = json!({ "name": name, "permissions": ["requests:read"] });
        caller.post("/api/keys", key).await.expect(201);
    }
    let ends = json!({ "name": "ends", "permissions": ["requests:read"], "resources": ["requests/*"] });
    acme_owner.post("/api/keys", ends).await.expect(201);
    let concerns = async |caller: &Caller| caller.get("/api/auth/concerns").await.expect(200).data();
    let expected = json!([{ "slug": "acme", "name": acme.name, "handlers": [], "endlessKeys": ["backup"] }]);
    assert_eq!(concerns(&owner).await, expected, "and nothing of where she has no place");

    let elsewhere = app.nobody().with_token(&app.token(&ada, Some(zoo.id)));
    assert_eq!(concerns(&elsewhere).await, json!([]), "a token for one tenant tells of no other");

    let (_, agent) = member_with(&app, &acme_owner, "acme", "user").await;
    assert_eq!(concerns(&agent).await, json!([]), "who may not see keys is not told of them");
}

#[actix_web::test]
async fn every_permission_is_listed_with_what_it_is_for_and_whether_it_is_held() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    let (_, viewer) = member_with(&app, &owner, "acme", "viewer").await;
    let listed = viewer.get("/api/permissions").await.expect(200).data();
    let find = |name: &str| {
        let all = listed.as_array().expect("a list");
        all.iter().find(|one| one["name"] == name).cloned().expect("it is known")
    };
    let held = |name: &str| (find(name)["grantable"] == json!(true), find(name)["held"] == json!(true));
    assert_eq!(held("jobs:read"), (true, true));
    assert_eq!(held("jobs:write"), (true, false));
    assert_eq!(held("tenants:write"), (false, false), "it is of the instance");
    assert_eq!(held("self:manage"), (false, true), "it is everybody's");
    assert!(find("jobs:write")["summary"].as_str().expect("words").contains("jobs"));
}

#[actix_web::test]
async fn people_of_the_tenant_are_named_and_nobody_else() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    let (_, elsewhere) = app.tenant("zoo").await;
    let kim =
        owner.post("/api/users", json!({ "email": "kim@acme.example", "name": "Kim" })).await.expect(201);
    let foreign = elsewhere.post("/api/users", json!({ "email": "x@zoo.example" })).await.expect(201);
    let member = owner.get("/api/members").await.expect(200).data()[0]["accountId"].clone();
    let member = member.as_str().expect("an id").to_owned();
    let (kim, foreign) = (id_of(&kim.data()), id_of(&foreign.data()));
    let path = format!("/api/people?ids={member},{kim},{foreign},{}", Id::<User>::fresh());
    let named = owner.get(&path).await.expect(200).data();
    let ids: Vec<_> = named.as_array().expect("a list").iter().map(|one| one["id"].clone()).collect();
    assert_eq!(ids, [json!(member), json!(kim)]);
    assert_eq!(named[1]["name"], json!("Kim"));
}

#[actix_web::test]
async fn only_so_many_people_are_named_at_once_and_only_by_ids() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    let (_, developer) = member_with(&app, &owner, "acme", "developer").await;
    let many = vec![Id::<User>::fresh().to_string(); 51].join(",");
    for ids in ["", "x", "1,2", many.as_str()] {
        let paths = owner.get(&format!("/api/people?ids={ids}")).await.expect(422).paths();
        assert_eq!(paths, ["ids"], "{ids}");
    }
    owner.get("/api/people").await.expect(422);
    developer.get(&format!("/api/people?ids={}", Id::<User>::fresh())).await.expect(403);
}
