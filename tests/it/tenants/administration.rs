//! Making, naming, listing and suspending tenants.

use serde_json::{Value, json};
use steading::base::Id;
use steading::kernel::identity::User;

use crate::support::{Caller, TestApp};

const PATH: &str = "/api/tenants";

async fn root() -> (TestApp, Caller) {
    let app = TestApp::start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    (app, root)
}

async fn create(root: &Caller, slug: &str) -> Value {
    root.post(PATH, json!({ "slug": slug, "name": slug })).await.expect(201).data()
}

#[actix_web::test]
async fn a_tenant_is_made_and_its_maker_owns_it() {
    let (app, root) = root().await;
    let made = root
        .post(PATH, json!({ "slug": "acme", "name": "Acme", "hosts": ["acme.example"] }))
        .await
        .expect(201)
        .data();
    assert_eq!((&made["slug"], &made["state"]), (&json!("acme"), &json!("active")));
    assert!(made.get("number").is_none(), "the number stays inside");
    for name in ["acme", made["id"].as_str().expect("an id")] {
        assert_eq!(root.get(&format!("{PATH}/{name}")).await.expect(200).data(), made);
    }
    root.clone().in_tenant("acme").get("/api/requests").await.expect(200);
    let app = app.restart().await;
    assert_eq!(root.at(&app.url).get(&format!("{PATH}/acme")).await.expect(200).data(), made);
}

#[actix_web::test]
async fn a_tenant_is_made_for_another_account() {
    let (app, root) = root().await;
    let ada = app.account("ada@example.org", false).await;
    let body = |slug: &str, owner: Id<User>| json!({ "slug": slug, "name": slug, "owner": owner });
    root.post(PATH, body("acme", ada.id)).await.expect(201);
    let caller = app.nobody().with_token(&app.token(&ada, None)).in_tenant("acme");
    caller.get("/api/requests").await.expect(200);
    root.clone().in_tenant("acme").get("/api/requests").await.expect(403);
    let reply = root.post(PATH, body("other", Id::fresh())).await.expect(422);
    assert_eq!(reply.paths(), ["owner"]);
    root.get(&format!("{PATH}/other")).await.expect(404);
    assert_eq!(app.count("tenants"), 2, "the reserved one and acme");
}

#[actix_web::test]
async fn what_is_taken_is_a_conflict_and_leaves_nothing() {
    let (app, root) = root().await;
    create(&root, "beta").await;
    root.post(PATH, json!({ "slug": "acme", "name": "Acme", "hosts": ["acme.example"] })).await.expect(201);
    for body in [
        json!({ "slug": "acme", "name": "Again" }),
        json!({ "slug": "other", "name": "Other", "hosts": ["acme.example"] }),
    ] {
        root.post(PATH, body).await.expect(409);
    }
    let host = json!({ "slug": "other", "name": "Other", "hosts": ["acme.example"] });
    let said = root.post(PATH, host).await.expect(409).message();
    assert!(said.contains("acme.example belongs to another tenant"), "{said}");
    root.patch(&format!("{PATH}/beta"), json!({ "slug": "acme" })).await.expect(409);
    root.patch(&format!("{PATH}/beta"), json!({ "name": "New", "hosts": ["acme.example"] }))
        .await
        .expect(409);
    assert_eq!(root.get(&format!("{PATH}/beta")).await.expect(200).data()["name"], "beta");
    assert_eq!((app.count("tenants"), app.count("tenant_hosts")), (3, 1));
}

#[actix_web::test]
async fn names_have_their_form() {
    let (app, root) = root().await;
    for slug in [
        "", "a", "A", "Acme", "1acme", "-acme", "acme-", "ac me", "ac_me", "äcme", "instance", "../x",
        "a\u{0}",
    ] {
        let reply = root.post(PATH, json!({ "slug": slug, "name": "x" })).await.expect(422);
        assert_eq!(reply.paths(), ["slug"], "{slug}");
    }
    root.post(PATH, json!({ "slug": "a".repeat(41), "name": "x" })).await.expect(422);
    for host in [
        "",
        "Acme.example",
        "acme.example:80",
        "acme..example",
        "-a.example",
        "http://a",
        "a b",
        &"a".repeat(64),
    ] {
        let reply =
            root.post(PATH, json!({ "slug": "acme", "name": "x", "hosts": [host] })).await.expect(422);
        assert_eq!(reply.paths(), ["hosts[0]"], "{host}");
    }
    for name in ["", " ", &"n".repeat(101)] {
        assert_eq!(
            root.post(PATH, json!({ "slug": "acme", "name": name })).await.expect(422).paths(),
            ["name"]
        );
    }
    let many: Vec<String> = (0..21).map(|index| format!("h{index}.example")).collect();
    let reply = root.post(PATH, json!({ "slug": "acme", "name": "x", "hosts": many })).await.expect(422);
    assert_eq!(reply.paths(), ["hosts"]);
    assert_eq!(app.count("tenants"), 1);
    for slug in ["ab", "a1", "a--b", &"a".repeat(40)] {
        create(&root, slug).await;
    }
}

#[actix_web::test]
async fn a_list_goes_through_every_tenant_once_by_slug() {
    let (_app, root) = root().await;
    let slugs = ["acme", "beta", "delta", "gamma", "zeta"];
    for slug in slugs.iter().rev() {
        create(&root, slug).await;
    }
    for limit in [1, 2, 5, 6] {
        let (mut found, mut next) = (Vec::new(), String::new());
        loop {
            let page = root.get(&format!("{PATH}?limit={limit}{next}")).await.expect(200);
            let rows = page.data();
            found.extend(rows.as_array().expect("a list").iter().map(|row| row["slug"].to_string()));
            assert!(found.len() <= slugs.len(), "the pages come to an end");
            let Some(cursor) = page.next_cursor() else { break };
            next = format!("&cursor={cursor}");
        }
        assert_eq!(found, slugs.map(|slug| format!("\"{slug}\"")), "{limit}");
    }
}

#[actix_web::test]
async fn a_renamed_tenant_is_found_under_its_new_names_only() {
    let (app, root) = root().await;
    let made = create(&root, "acme").await;
    let path = format!("{PATH}/{}", made["id"].as_str().expect("an id"));
    let change = json!({ "slug": "apex", "name": "Apex", "hosts": ["apex.example", "www.apex.example"] });
    let changed = root.patch(&path, change).await.expect(200).data();
    assert_eq!(root.get(&format!("{PATH}/apex")).await.expect(200).data(), changed);
    root.get(&format!("{PATH}/acme")).await.expect(404);
    root.clone().in_tenant("acme").get("/api/requests").await.expect(403);
    let at = |host: &str| root.clone().with_header("host", host);
    at("www.apex.example").get("/api/requests").await.expect(200);
    root.patch(&path, json!({ "hosts": ["apex.example"] })).await.expect(200);
    at("apex.example").get("/api/requests").await.expect(200);
    at("www.apex.example").get("/api/requests").await.expect(400);
    root.patch(&path, json!({ "slug": "apex" })).await.expect(200);
    create(&root, "acme").await;
    root.patch(&format!("{PATH}/acme"), json!({ "hosts": ["www.apex.example"] })).await.expect(200);
    let app = app.restart().await;
    let at = |host: &str| root.clone().at(&app.url).with_header("host", host);
    at("www.apex.example").get("/api/requests").await.expect(200);
}

#[actix_web::test]
async fn suspending_and_resuming_can_be_said_twice() {
    let (_app, root) = root().await;
    create(&root, "acme").await;
    for (act, state) in
        [("suspend", "suspended"), ("suspend", "suspended"), ("resume", "active"), ("resume", "active")]
    {
        let reply = root.post(&format!("{PATH}/acme/{act}"), Value::Null).await.expect(200);
        assert_eq!(reply.data()["state"], state);
    }
}

#[actix_web::test]
async fn the_reserved_tenant_is_nobodys_to_change() {
    let (_app, root) = root().await;
    for name in ["instance", "00000000-0000-7000-8000-000000000001"] {
        let path = format!("{PATH}/{name}");
        root.get(&path).await.expect(404);
        root.patch(&path, json!({ "name": "Mine" })).await.expect(404);
        root.post(&format!("{path}/suspend"), Value::Null).await.expect(404);
        root.delete(&path).await.expect(404);
    }
    root.get(PATH).await.expect(200);
}

#[actix_web::test]
async fn an_account_is_made_once_for_an_address() {
    let (_app, root) = root().await;
    let body = json!({ "email": "Ada@Example.org", "name": "Ada" });
    let made = root.post("/api/accounts", body.clone()).await.expect(201).data();
    assert_eq!(made["email"], "Ada@Example.org");
    root.post("/api/accounts", body).await.expect(409);
    root.post("/api/accounts", json!({ "email": "ada@example.ORG" })).await.expect(409);
    let found = root.get("/api/accounts?email=ADA@example.org").await.expect(200).data();
    assert_eq!(found, json!([made]));
    for email in ["", "ada", "@example.org", "ada@", "a b@example.org", "ada@.org", "<ada@example.org>"] {
        assert_eq!(
            root.post("/api/accounts", json!({ "email": email })).await.expect(422).paths(),
            ["email"]
        );
    }
    let first = root.get("/api/accounts?limit=1").await.expect(200);
    let next = first.next_cursor().expect("a second page");
    let second = root.get(&format!("/api/accounts?cursor={next}")).await.expect(200).data();
    assert_eq!(second[0]["email"], "root@example.org");
}

#[actix_web::test]
async fn a_tenant_changes_its_own_name_and_no_more_than_it_may() {
    let app = TestApp::start().await;
    let (tenant, owner) = app.tenant("acme").await;
    let (_, other) = app.tenant("other").await;
    let change = json!({ "name": "Acme & Sons", "signup": "open" });
    let changed = owner.patch("/api/tenant", change).await.expect(200).data();
    assert_eq!((&changed["name"], &changed["signup"]), (&json!("Acme & Sons"), &json!("open")));
    assert_eq!(changed["id"], json!(tenant.id));
    assert_eq!(owner.get("/api/tenant").await.expect(200).data(), changed);
    assert_eq!(other.get("/api/tenant").await.expect(200).data()["name"], json!("other"));
    for (name, value) in [("slug", json!("theirs")), ("hosts", json!(["other.example"]))] {
        owner.patch("/api/tenant", json!({ name: value })).await.expect(422);
    }
    let audit = owner.get("/api/audit?action=tenant.changed").await.expect(200).data();
    assert_eq!(audit[0]["after"]["name"], json!("Acme & Sons"), "the tenant's own audit has it");
}
