//! In which tenant a request acts, and that nobody learns of a tenant in which he has no place.

use serde_json::{Value, json};
use steading::addons::ADDONS;
use steading::base::Id;
use steading::http::Access;
use steading::kernel::identity::Scope;
use steading::kernel::tenants::Tenant;

use crate::people::every_route::try_route;
use crate::support::{Caller, Reply, TestApp, expect_shape};

const LIST: &str = "/api/requests";

/// A failure without what differs from reply to reply.
fn failure(reply: &Reply) -> Value {
    expect_shape(reply);
    reply.json()["error"].take()
}

#[actix_web::test]
async fn an_unknown_tenant_and_a_foreign_one_get_the_same_answer() {
    let app = TestApp::start().await;
    let ((_, acme), (other, _)) = (app.tenant("acme").await, app.tenant("other").await);
    let known = failure(&acme.clone().in_tenant("other").get(LIST).await.expect(403));
    let (id, unknown) = (other.id.to_string(), Id::<Tenant>::fresh().to_string());
    for name in [id.as_str(), &unknown, "nowhere", "instance", "", "ACME", "acme,other", "../acme", "ac\tme"]
    {
        let reply = acme.clone().in_tenant(name).get(LIST).await.expect(403);
        assert_eq!(failure(&reply), known, "{name:?}");
    }
    let suspended = format!("UPDATE tenants SET state = 'suspended' WHERE id = '{id}'");
    app.run_as_engine(suspended).await;
    let app = app.restart().await;
    let acme = acme.at(&app.url);
    assert_eq!(failure(&acme.in_tenant("other").get(LIST).await.expect(403)), known, "suspended");
}

#[actix_web::test]
async fn a_tenant_is_named_by_slug_id_host_or_token() {
    let app = TestApp::start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let (acme, _) = app.tenant("acme").await;
    let account = app.account("ada@example.org", false).await;
    app.join(&acme, &account).await;
    root.patch("/api/tenants/acme", json!({ "hosts": ["desk.acme.example"] })).await.expect(200);
    let (any, only) = (app.token(&account, None), app.token(&account, Some(acme.id)));
    let caller = |token: &str| app.nobody().with_token(token);

    let reply = caller(&any).get(LIST).await.expect(400);
    assert!(failure(&reply)["message"].as_str().expect("a sentence").contains("X-Tenant-ID"));
    caller(&any).in_tenant("acme").get(LIST).await.expect(200);
    caller(&any).in_tenant(" acme ").get(LIST).await.expect(200);
    caller(&any).in_tenant(&acme.id.to_string()).get(LIST).await.expect(200);
    for host in ["desk.acme.example", "desk.acme.example:8080", "DESK.acme.Example"] {
        caller(&any).with_header("host", host).get(LIST).await.expect(200);
    }
    caller(&any).with_header("host", "elsewhere.example").get(LIST).await.expect(400);
    caller(&only).get(LIST).await.expect(200);
    // The header goes before the host, whatever it says.
    caller(&any).in_tenant("nowhere").with_header("host", "desk.acme.example").get(LIST).await.expect(403);
}

#[actix_web::test]
async fn a_token_for_one_tenant_works_in_no_other() {
    let app = TestApp::start().await;
    let ((acme, _), (other, _)) = (app.tenant("acme").await, app.tenant("other").await);
    let account = app.account("ada@example.org", true).await;
    app.join(&acme, &account).await;
    app.join(&other, &account).await;
    let only = app.nobody().with_token(&app.token(&account, Some(acme.id)));
    only.clone().in_tenant("acme").get(LIST).await.expect(200);
    only.clone().in_tenant("other").get(LIST).await.expect(403);
    only.clone().get("/api/tenants").await.expect(403);
    let gone = app.nobody().with_token(&app.token(&account, Some(Id::fresh())));
    gone.get(LIST).await.expect(403);
}

#[actix_web::test]
async fn a_token_for_one_tenant_says_whose_it_is_and_does_nothing_to_the_account() {
    let app = TestApp::start().await;
    let ((acme, _), (other, _)) = (app.tenant("acme").await, app.tenant("other").await);
    let account = app.account("ada@example.org", true).await;
    app.join(&acme, &account).await;
    app.join(&other, &account).await;
    let whole = app.nobody().with_token(&app.token(&account, None));
    let only = app.nobody().with_token(&app.token(&account, Some(acme.id)));

    let slugs = async |caller: &Caller| {
        let places = caller.get("/api/auth/tenants").await.expect(200).data();
        places.as_array().expect("a list").iter().map(|place| place["slug"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(slugs(&whole).await, ["acme", "other"]);
    assert_eq!(slugs(&only).await, ["acme"]);
    let session = only.get("/api/auth/session").await.expect(200).data();
    assert_eq!(session["user"]["id"], json!(account.id));
    assert_eq!(only.get("/api/auth/permissions").await.expect(200).data()["tenant"], "acme");
    only.get("/api/auth/concerns").await.expect(200);

    let mut refused = 0;
    for route in ADDONS.iter().flat_map(|addon| addon.routes) {
        if !matches!(route.access, Access::Required(asked) if asked.scope == Scope::Home) {
            continue;
        }
        for caller in [only.clone(), only.clone().in_tenant("acme"), only.clone().in_tenant("instance")] {
            let reply = try_route(&caller, route).await.expect(403);
            assert!(reply.message().contains("about the whole account"), "{}: {}", route.path, reply.text);
        }
        assert_ne!(try_route(&whole, route).await.status, 403, "{} {}", route.method, route.path);
        refused += 1;
    }
    assert!(refused >= 5, "the routes over one's own things lie elsewhere");
}

#[actix_web::test]
async fn nobody_acts_in_a_suspended_tenant_until_it_is_resumed() {
    let app = TestApp::start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let (_, acme) = app.tenant("acme").await;
    let opened = acme.post(LIST, json!({ "title": "Kept" })).await.expect(201).data();
    root.post("/api/tenants/acme/suspend", Value::Null).await.expect(200);
    let reply = acme.get(LIST).await.expect(403);
    assert!(failure(&reply)["message"].as_str().expect("a sentence").contains("suspended"));
    acme.post(LIST, json!({ "title": "More" })).await.expect(403);
    root.post("/api/tenants/acme/resume", Value::Null).await.expect(200);
    assert_eq!(acme.get(LIST).await.expect(200).data(), json!([opened]));
}

#[actix_web::test]
async fn a_change_of_members_works_at_once() {
    let app = TestApp::start().await;
    let (acme, _) = app.tenant("acme").await;
    let account = app.account("ada@example.org", false).await;
    let caller: Caller = app.nobody().with_token(&app.token(&account, None)).in_tenant("acme");
    for _ in 0..2 {
        caller.get(LIST).await.expect(403);
        app.join(&acme, &account).await;
        caller.get(LIST).await.expect(200);
        app.run_as_engine(format!("DELETE FROM members_all WHERE account_id = '{}'", account.id)).await;
    }
    caller.get(LIST).await.expect(403);
}

#[actix_web::test]
async fn the_owner_of_the_instance_has_no_place_in_a_tenant_of_others() {
    let app = TestApp::start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let (_, acme) = app.tenant("acme").await;
    root.in_tenant("acme").get(LIST).await.expect(403);
    acme.get("/api/tenants").await.expect(403);
}
