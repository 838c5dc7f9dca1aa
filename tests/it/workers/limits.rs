//! A queue's limits hold for workers outside as for the server's own.

use std::time::Duration;

use serde_json::{Value, json};

use super::{path_of, start};
use crate::support::{Caller, TestApp};

async fn fill(acme: &Caller, jobs: usize) {
    let order = json!({ "jobName": "video.render", "queue": "render" });
    acme.post("/api/jobs/enqueue/batch", json!({ "jobs": vec![order; jobs] })).await.expect(202);
}

async fn take_all(acme: &Caller) -> Vec<Value> {
    acme.claim(json!({ "limit": 100 })).await
}

#[actix_web::test]
async fn a_paused_queue_gives_nothing() {
    let (_app, acme) = start().await;
    fill(&acme, 1).await;
    acme.patch("/api/queues/render", json!({ "paused": true })).await.expect(200);
    assert_eq!(take_all(&acme).await.len(), 0);
    acme.patch("/api/queues/render", json!({ "paused": false })).await.expect(200);
    assert_eq!(take_all(&acme).await.len(), 1);
}

#[actix_web::test]
async fn no_more_are_given_than_may_run_at_once() {
    let (_app, acme) = start().await;
    acme.patch("/api/queues/render", json!({ "concurrency": 2 })).await.expect(200);
    fill(&acme, 5).await;
    let held = take_all(&acme).await;
    assert_eq!((held.len(), take_all(&acme).await.len()), (2, 0));
    let done = json!({ "lease": held[0]["lease"] });
    acme.post(&format!("{}/complete", path_of(&held[0])), done).await.expect(200);
    assert_eq!(take_all(&acme).await.len(), 1);
}

#[actix_web::test]
async fn no_more_are_given_than_the_tenant_may_run_at_once() {
    let app = TestApp::start_with(|config| config.jobs.tenant_concurrency = 3).await;
    for slug in ["acme", "other"] {
        let (_, tenant) = app.tenant(slug).await;
        tenant.post("/api/queues", json!({ "name": "render", "outside": true })).await.expect(201);
        fill(&tenant, 5).await;
        assert_eq!(take_all(&tenant).await.len(), 3, "{slug}");
    }
}

#[actix_web::test]
async fn a_rate_spaces_what_is_given() {
    let (app, acme) = start().await;
    acme.patch("/api/queues/render", json!({ "ratePerMinute": 6 })).await.expect(200);
    fill(&acme, 3).await;
    for _ in 0..3 {
        assert_eq!((take_all(&acme).await.len(), take_all(&acme).await.len()), (1, 0));
        app.clock.advance(Duration::from_secs(10));
    }
}

#[actix_web::test]
async fn an_outside_queue_with_jobs_stays() {
    let (_app, acme) = start().await;
    fill(&acme, 1).await;
    acme.delete("/api/queues/render").await.expect(409);
}
