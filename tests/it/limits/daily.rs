//! What a tenant may make in a day.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use steading::base::config::Config;

use crate::support::{Caller, TestApp, expect_shape};

const DAY: Duration = Duration::from_hours(24);

fn few(config: &mut Config) {
    config.limits.jobs_per_day = 5;
    config.limits.events_per_day = 5;
}

async fn enqueue(caller: &Caller, key: Option<&str>) -> u16 {
    let mut body = json!({ "jobName": "test.act", "payload": { "does": "succeed", "name": "limits" } });
    if let Some(key) = key {
        body["uniqueKey"] = json!(key);
    }
    caller.post("/api/jobs/enqueue", body).await.status
}

async fn enqueue_many(caller: &Caller, count: usize) -> u16 {
    let job = json!({ "jobName": "test.act", "payload": { "does": "succeed", "name": "limits" } });
    caller.post("/api/jobs/enqueue/batch", json!({ "jobs": vec![job; count] })).await.status
}

fn event() -> Value {
    json!({ "type": "note.taken", "payload": { "text": "a" } })
}

async fn used(caller: &Caller, what: &str) -> Value {
    caller.get("/api/limits").await.expect(200).data()[what]["used"].clone()
}

#[actix_web::test]
async fn a_tenant_makes_as_many_jobs_in_a_day_as_it_may_and_no_more() {
    let app = TestApp::start_with(few).await;
    let (_, acme) = app.tenant("acme").await;
    let (_, globex) = app.tenant("globex").await;
    assert_eq!(enqueue_many(&acme, 6).await, 429);
    assert_eq!(app.count("jobs_all"), 0, "all or none");
    for _ in 0..5 {
        assert_eq!(enqueue(&acme, None).await, 202);
    }
    let body = json!({ "jobName": "test.act", "payload": { "does": "succeed", "name": "limits" } });
    let refused = acme.post("/api/jobs/enqueue", body).await.expect(429);
    expect_shape(&refused);
    assert_eq!(
        (refused.code().as_str(), refused.paths()),
        ("RATE_LIMITED", vec!["limits.jobsPerDay".to_owned()])
    );
    assert_eq!(refused.header("retry-after"), "86400");
    for word in ["5 jobs", "limits.jobs_per_day", "PATCH /api/tenants/acme"] {
        assert!(refused.message().contains(word), "{}", refused.text);
    }
    assert_eq!(used(&acme, "jobsPerDay").await, 5);
    assert_eq!(enqueue(&globex, None).await, 202, "another tenant has its own");
    app.clock.advance(DAY);
    let acme = app.later("owner@acme.example", "acme").await;
    assert_eq!(enqueue(&acme, None).await, 202, "a new day");
    assert_eq!(used(&acme, "jobsPerDay").await, 1);
}

#[actix_web::test]
async fn events_are_counted_and_what_the_server_itself_publishes_is_never_refused() {
    let app = TestApp::start_with(few).await;
    let (_, acme) = app.tenant("acme").await;
    acme.post("/api/events/batch", json!({ "events": vec![event(); 5] })).await.expect(202);
    let refused = acme.post("/api/events", event()).await.expect(429);
    assert_eq!(refused.paths(), ["limits.eventsPerDay"]);
    acme.post("/api/requests", json!({ "title": "Still opened" })).await.expect(201);
    let made = used(&acme, "eventsPerDay").await;
    assert!(made.as_u64().is_some_and(|made| made > 5), "{made}");
}

#[actix_web::test]
async fn a_repeat_that_makes_nothing_is_not_counted() {
    let app = TestApp::start_with(few).await;
    let (_, acme) = app.tenant("acme").await;
    for _ in 0..20 {
        assert_eq!(enqueue(&acme, Some("one")).await, 202);
    }
    assert_eq!(used(&acme, "jobsPerDay").await, 1);
    assert_eq!(enqueue_many(&acme, 4).await, 202);
    assert_eq!(enqueue(&acme, Some("one")).await, 202, "a repeat is answered when nothing is left, too");
    assert_eq!(enqueue(&acme, Some("two")).await, 429);
}

#[actix_web::test]
async fn what_was_undone_is_not_counted() {
    let app = TestApp::start_with(few).await;
    let (_, acme) = app.tenant("acme").await;
    let (good, wrong) = (
        json!({ "jobName": "test.act", "payload": { "does": "succeed", "name": "limits" } }),
        json!({ "jobName": "no.such", "payload": { "does": "succeed", "name": "limits" } }),
    );
    for _ in 0..10 {
        let batch = json!({ "jobs": [good, good, good, wrong] });
        acme.post("/api/jobs/enqueue/batch", batch).await.expect(422);
    }
    assert_eq!(enqueue_many(&acme, 5).await, 202);
}

#[actix_web::test]
async fn many_at_once_get_no_more_than_one_after_the_other() {
    let app = TestApp::start_with(|config| config.limits.jobs_per_day = 40).await;
    let (_, acme) = app.tenant("acme").await;
    let statuses = join_all((0..100).map(|_| enqueue(&acme, None))).await;
    assert_eq!(statuses.iter().filter(|status| **status == 202).count(), 40);
    assert_eq!(app.count("jobs_all"), 40);
}

#[actix_web::test]
async fn a_restart_forgets_nothing_and_a_crash_counts_a_little_too_much_at_most() {
    let app = TestApp::start_with(|config| config.limits.jobs_per_day = 100).await;
    let (tenant, acme) = app.tenant("acme").await;
    assert_eq!(enqueue_many(&acme, 50).await, 202);
    let written =
        format!("SELECT used FROM usage_all WHERE what = 'jobs' AND tenant_id = {}", tenant.number.get());
    assert_eq!(app.ask(&written), 60, "a crash now would count ten that were not made");
    let app = app.restart().await;
    assert_eq!(app.ask(&written), 50, "who stops in order writes the exact number");
    let acme = acme.at(&app.url);
    assert_eq!(used(&acme, "jobsPerDay").await, 50);
}

#[actix_web::test]
async fn counting_is_written_down_seldom() {
    let app = TestApp::start().await;
    let (tenant, acme) = app.tenant("acme").await;
    let written =
        format!("SELECT used FROM usage_all WHERE what = 'jobs' AND tenant_id = {}", tenant.number.get());
    assert_eq!(enqueue(&acme, None).await, 202);
    let first = app.ask(&written);
    assert_eq!(enqueue_many(&acme, 1_000).await, 202);
    assert_eq!(app.ask(&written), first, "a thousand jobs later nothing was written of it");
}

#[actix_web::test]
async fn the_instance_gives_one_tenant_other_limits_and_takes_them_back() {
    let app = TestApp::start_with(few).await;
    let (_, acme) = app.tenant("acme").await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let change = |limits: Value| root.patch("/api/tenants/acme", json!({ "limits": limits }));
    let changed = change(json!({ "jobsPerDay": 8 })).await.expect(200).data();
    assert_eq!(changed["limits"], json!({ "storageBytes": null, "eventsPerDay": null, "jobsPerDay": 8 }));
    assert_eq!(enqueue_many(&acme, 8).await, 202);
    assert_eq!(enqueue(&acme, None).await, 429);
    change(json!({ "jobsPerDay": 0 })).await.expect(200);
    assert_eq!(enqueue_many(&acme, 100).await, 202, "no limit");
    assert!(acme.get("/api/limits").await.expect(200).data()["jobsPerDay"]["limit"].is_null());
    change(json!({ "eventsPerDay": 3 })).await.expect(200);
    assert_eq!(root.get("/api/tenants/acme").await.expect(200).data()["limits"]["jobsPerDay"], 0, "it stays");
    change(json!({ "jobsPerDay": null })).await.expect(200);
    assert_eq!(enqueue(&acme, None).await, 429, "the configuration's again");
    let wrong = change(json!([1, 2, 3])).await.expect(422);
    assert_eq!(wrong.paths(), ["limits"], "a list has no names");
    let wrong = change(json!({ "jobsPerDay": "many" })).await.expect(422);
    assert_eq!(wrong.paths(), ["limits.jobsPerDay"]);
    let shown = root.get("/api/tenants/acme/limits").await.expect(200).data();
    assert_eq!((&shown["jobsPerDay"]["limit"], &shown["jobsPerDay"]["used"]), (&json!(5), &json!(108)));
    assert_eq!(shown["eventsPerDay"]["limit"], 3);
    for wrong in [
        json!({ "jobsPerDay": -1 }),
        json!({ "jobsPerDay": 1.5 }),
        json!({ "jobs": 1 }),
        json!({ "jobsPerDay": 1e300 }),
    ] {
        change(wrong).await.expect(422);
    }
}

#[actix_web::test]
async fn a_tenant_does_not_change_its_own_limits_nor_see_anothers() {
    let app = TestApp::start_with(few).await;
    let (_, acme) = app.tenant("acme").await;
    app.tenant("globex").await;
    acme.patch("/api/tenant", json!({ "limits": { "jobsPerDay": 0 } })).await.expect(422);
    acme.patch("/api/tenants/acme", json!({ "limits": { "jobsPerDay": 0 } })).await.expect(403);
    acme.get("/api/tenants/globex/limits").await.expect(403);
}
