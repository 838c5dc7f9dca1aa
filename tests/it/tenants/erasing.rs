//! Deleting a tenant: gone at once for everybody, and from the file a little at a time.

use rusqlite::Connection;
use serde_json::json;
use steading::base::db::Sql;
use steading::kernel::tenants::{Tenant, delete_tenant, erase_once};

use crate::support::{Caller, TestApp};

const ROWS: i64 = 3_000;

/// Gives the tenant rows in every table that it can have some in, more than a few pieces of them.
async fn fill(app: &TestApp, tenant: &Tenant, caller: &Caller) {
    let opened = caller.post("/api/requests", json!({ "title": "a" })).await.expect(201).data();
    let keyed = caller.clone().with_header("idempotency-key", "once");
    keyed.post("/api/requests", json!({ "title": "b" })).await.expect(201);
    let comment = format!(
        "INSERT INTO request_comments (id, request_id, author, body, created_at)
         WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {ROWS})
         SELECT printf('comment-%d', n), '{}', 'system', 'text', 0 FROM counted",
        opened["id"].as_str().expect("an id")
    );
    let text: &'static str = Box::leak(comment.into_boxed_str());
    let sql: &'static Sql = Box::leak(Box::new(Sql::new("many_comments", text, text)));
    app.app.db.write(tenant, move |tx| tx.run(sql, &[])).await.expect("the rows are written");
}

/// How many rows of this tenant are left, whatever the table.
fn rows_of(app: &TestApp, tenant: &Tenant) -> i64 {
    let number = tenant.number.get();
    let tables = app.tenant_tables();
    tables
        .iter()
        .map(|table| app.ask(&format!("SELECT count(*) FROM {table} WHERE tenant_id = {number}")))
        .sum()
}

/// Deletes the tenant without telling the upkeep of it.
async fn delete_quietly(app: &TestApp, tenant: &Tenant) {
    let (kernel, id, now) = (app.app.kernel().clone(), tenant.id, app.clock.now());
    let (who, by) = (app.operator(), app.operator());
    app.app.db.write(&who, move |tx| delete_tenant(tx, &kernel, &by, id, now)).await.expect("it is deleted");
}

#[actix_web::test]
async fn a_deleted_tenant_leaves_nothing_and_touches_nobody_else() {
    let app = TestApp::start().await;
    let ((acme, acme_owner), (other, other_owner)) = (app.tenant("acme").await, app.tenant("other").await);
    fill(&app, &acme, &acme_owner).await;
    fill(&app, &other, &other_owner).await;
    let (mine, theirs) = (rows_of(&app, &acme), rows_of(&app, &other));
    assert!(mine > ROWS);
    delete_quietly(&app, &acme).await;
    assert_eq!(rows_of(&app, &acme), mine, "nothing waits for the erasing");
    let report = erase_once(app.app.kernel()).await.expect("it erases");
    assert_eq!((report.tenants, report.rows), (1, mine.unsigned_abs()));
    assert_eq!((rows_of(&app, &acme), rows_of(&app, &other)), (0, theirs));
    assert_eq!(app.ask("SELECT count(*) FROM tenants WHERE slug = 'acme'"), 0);
    assert_eq!(app.ask("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    let report = erase_once(app.app.kernel()).await.expect("it erases");
    assert_eq!((report.tenants, report.rows), (0, 0));

    let tables = app.tenant_tables();
    let dir = app.stop().await;
    let file = Connection::open(dir.path().join("data/steading.db")).expect("the file opens");
    let ask = |text: &str| file.query_row(text, [], |row| row.get::<_, String>(0)).expect("an answer");
    assert_eq!(ask("PRAGMA integrity_check"), "ok");
    for table in tables {
        let left =
            format!("SELECT format('%d', count(*)) FROM {table} WHERE tenant_id = {}", acme.number.get());
        assert_eq!(ask(&left), "0", "{table}");
    }
}

#[actix_web::test]
async fn nobody_finds_a_deleted_tenant_and_its_slug_and_host_are_free_once_it_is_erased() {
    let app = TestApp::start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let (acme, owner) = app.tenant("acme").await;
    root.patch("/api/tenants/acme", json!({ "hosts": ["acme.example"] })).await.expect(200);
    delete_quietly(&app, &acme).await;
    for path in ["/api/tenants/acme", &format!("/api/tenants/{}", acme.id)] {
        root.get(path).await.expect(404);
        root.patch(path, json!({ "name": "Acme" })).await.expect(404);
        root.post(&format!("{path}/resume"), json!({})).await.expect(404);
        root.delete(path).await.expect(404);
    }
    owner.get("/api/requests").await.expect(403);
    root.clone().with_header("host", "acme.example").get("/api/requests").await.expect(400);
    let body = json!({ "slug": "acme", "name": "Acme", "hosts": ["acme.example"] });
    root.post("/api/tenants", body.clone()).await.expect(409);
    erase_once(app.app.kernel()).await.expect("it erases");
    let again = root.post("/api/tenants", body).await.expect(201).data();
    assert_ne!(again["id"], json!(acme.id));
    let number = app.ask("SELECT number FROM tenants WHERE slug = 'acme'");
    assert!(number > acme.number.get(), "a number is never used again");
    owner.get("/api/requests").await.expect(403);
}

async fn slugs(caller: &Caller, query: &str) -> Vec<String> {
    let list = caller.get(&format!("/api/tenants{query}")).await.expect(200).data();
    let slug = |tenant: &serde_json::Value| tenant["slug"].as_str().expect("a slug").to_owned();
    list.as_array().expect("a list").iter().map(slug).collect()
}

#[actix_web::test]
async fn what_is_being_erased_is_listed_for_who_asks_for_it_until_it_is_gone() {
    let app = TestApp::start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let (beta, _) = app.tenant("beta").await;
    let (acme, _) = app.tenant("acme").await;
    app.tenant("calm").await;
    root.post("/api/tenants/calm/suspend", json!({})).await.expect(200);
    assert_eq!(slugs(&root, "?state=deleting").await, Vec::<String>::new());
    delete_quietly(&app, &beta).await;
    delete_quietly(&app, &acme).await;
    assert_eq!(slugs(&root, "").await, ["calm"]);
    assert_eq!(slugs(&root, "?state=active").await, Vec::<String>::new());
    assert_eq!(slugs(&root, "?state=suspended").await, ["calm"]);
    assert_eq!(slugs(&root, "?state=deleting").await, ["acme", "beta"]);
    let page = root.get("/api/tenants?state=deleting&limit=1").await.expect(200);
    let next = page.next_cursor().expect("another page");
    assert_eq!(slugs(&root, &format!("?state=deleting&limit=1&cursor={next}")).await, ["beta"]);
    root.get("/api/tenants?state=gone").await.expect(422);
    let taken = root.post("/api/tenants", json!({ "slug": "acme", "name": "Acme" })).await.expect(409);
    assert!(taken.message().contains("still being erased"), "{}", taken.text);
    erase_once(app.app.kernel()).await.expect("it erases");
    assert_eq!(slugs(&root, "?state=deleting").await, Vec::<String>::new());
}

#[actix_web::test]
async fn erasing_goes_on_after_a_restart() {
    let app = TestApp::start().await;
    let (acme, owner) = app.tenant("acme").await;
    fill(&app, &acme, &owner).await;
    delete_quietly(&app, &acme).await;
    for _ in 0..4 {
        let number = acme.number;
        let erased = app.app.db.system().write(move |tx| tx.erase_some(number, 500)).await.expect("a piece");
        assert!((1..=500).contains(&erased), "a piece is no more than that");
    }
    assert!(rows_of(&app, &acme) > 0);
    let app = app.restart().await;
    owner.at(&app.url).get("/api/requests").await.expect(403);
    // The upkeep began with it at the start; whoever comes second finds nothing left to do.
    erase_once(app.app.kernel()).await.expect("it erases");
    assert_eq!(rows_of(&app, &acme), 0);
    assert_eq!(app.ask("SELECT count(*) FROM tenants WHERE slug = 'acme'"), 0);
}

#[actix_web::test]
async fn a_delete_over_the_api_is_erased_without_being_asked_again() {
    let app = TestApp::start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let (acme, owner) = app.tenant("acme").await;
    fill(&app, &acme, &owner).await;
    let reply = root.delete("/api/tenants/acme").await.expect(202).data();
    assert_eq!((&reply["id"], &reply["state"]), (&json!(acme.id), &json!("deleting")));
    while app.count("tenants") > 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(rows_of(&app, &acme), 0);
}
