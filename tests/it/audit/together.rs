//! The deed and its row are one transaction: neither is there without the other.

use serde_json::json;
use steading::base::Error;
use steading::base::db::{Write, check_file};
use steading::kernel::audit::{Act, record};

use super::entries;
use crate::support::TestApp;

#[actix_web::test]
async fn an_act_that_fails_leaves_no_row() {
    let app = TestApp::start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let root = root.in_tenant("instance");
    let host = json!({ "slug": "acme", "name": "Acme", "hosts": ["acme.example"] });
    root.post("/api/tenants", host).await.expect(201);
    let before = entries(&root, "").await;
    // The second fails after it has written the tenant itself.
    for body in [
        json!({ "slug": "acme", "name": "Again" }),
        json!({ "slug": "other", "name": "Other", "hosts": ["acme.example"] }),
    ] {
        root.post("/api/tenants", body).await.expect(409);
    }
    root.patch("/api/tenants/nowhere", json!({ "name": "x" })).await.expect(404);
    root.post("/api/accounts", json!({ "email": "root@example.org" })).await.expect(409);
    root.post("/api/auth/logout", json!({})).await.expect(404);
    assert_eq!(entries(&root, "").await, before);
}

#[actix_web::test]
async fn a_row_goes_with_the_write_that_it_was_part_of() {
    let app = TestApp::start().await;
    let before = app.count("audit_all");
    let (who, now) = (app.operator(), app.clock.now());
    let by = who.clone();
    let write = move |tx: &Write<'_>| {
        record(tx, &by, &Act::new("lamp.lit", "lamp:1"), now)?;
        Err::<(), _>(Error::conflict("It went out."))
    };
    app.app.db.write(&who, write).await.expect_err("it fails");
    assert_eq!(app.count("audit_all"), before);
}

#[actix_web::test]
async fn what_can_not_be_written_down_is_not_done() {
    let app = TestApp::start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    // A row stands where the next would have to be.
    app.run_as_engine(
        "INSERT INTO audit_all (tenant_id, number, id, at, actor, action, subject, address, trace_id,
                                previous_hash, hash)
         SELECT tenant_id, number + 1, 'in the way', at, actor, action, subject, address, trace_id,
                previous_hash, hash
         FROM audit_all ORDER BY number DESC LIMIT 1"
            .into(),
    )
    .await;
    let reply = root.post("/api/tenants", json!({ "slug": "acme", "name": "Acme" })).await;
    assert!(reply.status >= 400, "{}", reply.text);
    assert_eq!(app.ask("SELECT count(*) FROM tenants WHERE slug = 'acme'"), 0);
    root.get("/api/tenants/acme").await.expect(404);
}

#[actix_web::test]
async fn a_repeated_request_is_written_down_once() {
    let app = TestApp::start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let keyed = root.clone().with_header("idempotency-key", "once");
    for _ in 0..3 {
        keyed.post("/api/tenants", json!({ "slug": "acme", "name": "Acme" })).await.expect(201);
    }
    assert_eq!(entries(&root.in_tenant("instance"), "&action=tenant.created").await.len(), 1);
}

#[actix_web::test]
async fn writes_of_one_batch_of_which_some_fail_leave_a_chain_without_gaps() {
    let app = TestApp::start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let attempts = (0..40).map(|nth| {
        let root = root.clone();
        // Every slug is asked for twice.
        async move {
            root.post("/api/tenants", json!({ "slug": format!("t{}", nth / 2), "name": "t" })).await.status
        }
    });
    let statuses = futures_util::future::join_all(attempts).await;
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 20);
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 20);
    assert_eq!(app.ask("SELECT count(*) FROM audit_all WHERE action = 'tenant.created'"), 20);
    let dir = app.stop().await;
    let findings = check_file(&dir.path().join("data/steading.db")).expect("it can be looked at");
    assert_eq!(findings.problems, Vec::<String>::new());
}
