//! What a tenant may store.

use serde_json::json;
use std::time::Duration;

use steading::kernel::limits::weigh_once;

use crate::support::{Caller, TestApp, expect_shape};

const A_WHILE: Duration = Duration::from_hours(1);

/// Opens requests of about 4 KiB each, and says how it went.
async fn fill(caller: &Caller, count: usize) -> u16 {
    let body = json!({ "title": "Large", "description": "x".repeat(4_000) });
    for _ in 0..count {
        let reply = caller.post("/api/requests", body.clone()).await;
        if reply.status != 201 {
            return reply.status;
        }
    }
    201
}

async fn weigh(app: &TestApp) -> usize {
    app.clock.advance(A_WHILE);
    weigh_once(app.app.kernel()).await.expect("they are weighed")
}

async fn used(caller: &Caller) -> u64 {
    let shown = caller.get("/api/limits").await.expect(200).data();
    shown["storageBytes"]["used"].as_u64().expect("it was weighed")
}

#[actix_web::test]
async fn a_tenant_is_weighed_by_what_it_has() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let (_, globex) = app.tenant("globex").await;
    weigh(&app).await;
    let (light, other) = (used(&acme).await, used(&globex).await);
    assert_eq!(fill(&acme, 100).await, 201);
    weigh(&app).await;
    let heavier = used(&acme).await - light;
    assert!((400_000..800_000).contains(&heavier), "{heavier}");
    assert_eq!(used(&globex).await, other);
}

#[actix_web::test]
async fn all_tenants_together_weigh_about_as_much_as_the_file() {
    let app = TestApp::start().await;
    for name in ["acme", "globex"] {
        let (_, caller) = app.tenant(name).await;
        assert_eq!(fill(&caller, 50).await, 201);
        let job = json!({ "jobName": "test.act", "payload": { "does": "succeed", "name": "n".repeat(200) } });
        for _ in 0..4 {
            let jobs = vec![job.clone(); 1_000];
            caller.post("/api/jobs/enqueue/batch", json!({ "jobs": jobs })).await.expect(202);
        }
    }
    weigh(&app).await;
    let weighed: u64 = app
        .app
        .tenants
        .all()
        .iter()
        .filter_map(|tenant| app.app.limits.stored(tenant.number))
        .map(|stored| stored.bytes)
        .sum();
    let pages = app.ask("SELECT page_count - freelist_count FROM pragma_page_count, pragma_freelist_count");
    let file = u64::try_from(pages * app.ask("PRAGMA page_size")).expect("a size");
    let share = weighed as f64 / file as f64;
    assert!((0.7..1.15).contains(&share), "{weighed} of {file}");
}

#[actix_web::test]
async fn a_full_tenant_makes_nothing_new_and_still_moves_and_deletes() {
    let app = TestApp::start_with(|config| config.limits.storage = "200 KiB".parse().expect("a size")).await;
    let (_, acme) = app.tenant("acme").await;
    let (_, globex) = app.tenant("globex").await;
    weigh(&app).await;
    assert_eq!(fill(&acme, 60).await, 507, "what was sent counts before it is weighed");
    weigh(&app).await;
    let opened = acme.get("/api/requests?limit=200").await.expect(200).data();
    let opened = opened.as_array().expect("a list").clone();
    assert!((10..60).contains(&opened.len()), "{}", opened.len());
    assert_eq!(fill(&acme, 60).await, 507);

    let refused = acme
        .post("/api/events", json!({ "type": "note.taken", "payload": { "text": "a" } }))
        .await
        .expect(507);
    expect_shape(&refused);
    assert_eq!(
        (refused.code().as_str(), refused.paths()),
        ("STORAGE_FULL", vec!["limits.storageBytes".to_owned()])
    );
    assert!(refused.message().contains("limits.storage"), "{}", refused.text);

    let path = |nth: usize| format!("/api/requests/{}", opened[nth]["id"].as_str().expect("an id"));
    acme.patch(&path(0), json!({ "title": "Changed" })).await.expect(200);
    for nth in 0..opened.len() {
        assert!(acme.delete(&path(nth)).await.status < 300);
    }
    globex.post("/api/requests", json!({ "title": "Another's" })).await.expect(201);
    assert!(weigh(&app).await > 0);
    acme.post("/api/requests", json!({ "title": "There is room again" })).await.expect(201);
}
