//! Reading the audit: filters, pages, who may, and that nothing can be done to it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::{actions, add_rows, entries};
use crate::support::{Caller, TestApp};

async fn root() -> (TestApp, Caller, String) {
    let app = TestApp::start().await;
    let (account, root) = app.instance_owner("root@example.org").await;
    (app, root.in_tenant("instance"), format!("user:{}", account.id))
}

fn numbers(entries: &[Value]) -> Vec<i64> {
    entries.iter().map(|entry| entry["number"].as_i64().expect("a number")).collect()
}

#[actix_web::test]
async fn each_filter_leaves_what_it_names() {
    let (app, root, actor) = root().await;
    for slug in ["one", "two"] {
        app.clock.advance(Duration::from_secs(60));
        root.post("/api/tenants", json!({ "slug": slug, "name": slug })).await.expect(201);
    }
    app.clock.advance(Duration::from_secs(60));
    let two = root.post("/api/tenants/two/suspend", json!({})).await.expect(200).data();
    let subject = format!("tenant:{}", two["id"].as_str().expect("an id"));
    for (query, expected) in [
        (String::new(), vec![4, 3, 2, 1]),
        (format!("&actor={actor}"), vec![4, 3, 2]),
        ("&actor=system".into(), vec![1]),
        ("&actor=user".into(), vec![]),
        ("&action=tenant.created".into(), vec![3, 2]),
        ("&action=tenant.*".into(), vec![4, 3, 2]),
        ("&action=account.*".into(), vec![1]),
        ("&action=ten.*".into(), vec![]),
        (format!("&subject={subject}"), vec![4, 3]),
        ("&since=2026-01-01T00:01:00Z".into(), vec![4, 3, 2]),
        ("&until=2026-01-01T00:02:00Z".into(), vec![2, 1]),
        ("&since=2026-01-01T00:01:00Z&until=2026-01-01T00:02:00Z".into(), vec![2]),
        (format!("&actor={actor}&action=tenant.created&subject={subject}"), vec![3]),
    ] {
        assert_eq!(numbers(&entries(&root, &query).await), expected, "{query}");
    }
    for query in ["action=tenant", "action=*", "action=tenant.cr*", "since=yesterday", "actor=", "who=me"] {
        root.get(&format!("/api/audit?{query}")).await.expect(422);
    }
}

#[actix_web::test]
async fn pages_follow_one_another_without_gap_or_repeat_while_rows_are_added() {
    let (app, root, _) = root().await;
    add_rows(&app, "instance", 6).await;
    let mut seen = Vec::new();
    let mut cursor = String::new();
    for page in 0..10 {
        let reply = root.get(&format!("/api/audit?limit=3&action=lamp.*{cursor}")).await.expect(200);
        seen.extend(numbers(reply.data().as_array().expect("a list")));
        if page == 0 {
            add_rows(&app, "instance", 2).await;
        }
        match reply.next_cursor() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, [7, 6, 5, 4, 3, 2]);
}

#[actix_web::test]
async fn a_tenant_reads_its_own_audit_alone() {
    let (app, root, _) = root().await;
    let ((_, acme), (_, other)) = (app.tenant("acme").await, app.tenant("other").await);
    add_rows(&app, "acme", 2).await;
    assert_eq!(actions(&entries(&acme, "").await), ["lamp.lit"; 2]);
    assert_eq!(entries(&other, "").await, Vec::<Value>::new());
    acme.clone().in_tenant("other").get("/api/audit").await.expect(403);
    acme.clone().in_tenant("instance").get("/api/audit").await.expect(403);
    // Who owns the instance has no place in a tenant because of that.
    root.in_tenant("acme").get("/api/audit").await.expect(403);
}

#[actix_web::test]
async fn who_holds_no_permission_for_it_reads_nothing() {
    let (app, _, _) = root().await;
    let (tenant, _) = app.tenant("acme").await;
    for (role, status) in [("developer", 403), ("user", 403), ("viewer", 200), ("admin", 200)] {
        let account = app.account(&format!("{role}@example.org"), false).await;
        app.join(&tenant, &account).await;
        app.run_as_engine(format!(
            "UPDATE members_all SET role = '{role}' WHERE account_id = '{}'",
            account.id
        ))
        .await;
        let caller = app.nobody().with_token(&app.token(&account, None)).in_tenant("acme");
        caller.get("/api/audit").await.expect(status);
    }
    app.nobody().in_tenant("acme").get("/api/audit").await.expect(401);
}

#[actix_web::test]
async fn no_route_changes_the_audit() {
    let (_app, root, _) = root().await;
    let before = entries(&root, "").await;
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        root.send(method, "/api/audit", Some("{}".into())).await.expect(405);
    }
    root.delete(&format!("/api/audit/{}", before[0]["id"].as_str().expect("an id"))).await.expect(404);
    assert_eq!(entries(&root, "").await, before);
}

#[actix_web::test]
async fn the_kernel_itself_can_not_change_a_row() {
    static EDIT: steading::base::db::Sql = steading::base::db::Sql::new(
        "edit",
        "",
        "/* system */ UPDATE audit_all SET actor = 'system' WHERE tenant_id = 1",
    );
    let (app, root, _) = root().await;
    let before = entries(&root, "").await;
    app.app.db.system().write(|tx| tx.run(&EDIT, &[])).await.expect_err("the engine refuses it");
    assert_eq!(entries(&root, "").await, before);
}
