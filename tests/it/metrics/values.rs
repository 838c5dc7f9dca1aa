//! Whether the figures say what was done.

use std::time::Duration;

use serde_json::json;
use steading::kernel::limits::weigh_once;

use super::{Figures, reader};
use crate::support::TestApp;

const LIST: &str = "method=\"GET\",route=\"/api/requests\"";

fn count_of(labels: &str, status: &str) -> String {
    format!("steading_http_request_duration_seconds_count{{{labels},status=\"{status}\"}}")
}

#[actix_web::test]
async fn requests_are_counted_by_route_and_status() {
    let app = TestApp::start().await;
    let root = reader(&app).await;
    let (_, acme) = app.tenant("acme").await;
    for _ in 0..3 {
        acme.get("/api/requests").await.expect(200);
    }
    app.nobody().get("/api/requests").await.expect(401);
    acme.get("/api/requests/no-id").await;
    acme.get("/nothing/here").await.expect(404);
    let figures = Figures::read(&root).await;
    assert_eq!(figures.of(&count_of(LIST, "2xx")), 3.0);
    assert_eq!(figures.of(&count_of(LIST, "4xx")), 1.0);
    let by_id = "method=\"GET\",route=\"/api/requests/{id}\"";
    assert_eq!(figures.of(&count_of(by_id, "4xx")), 1.0);
    assert_eq!(figures.of(&count_of("method=\"any\",route=\"none\"", "4xx")), 1.0);
    let took = figures.of(&format!("steading_http_request_duration_seconds_sum{{{LIST},status=\"2xx\"}}"));
    assert!(took > 0.0 && took < 60.0, "{took} s");
}

#[actix_web::test]
async fn jobs_are_counted_in_their_states_and_events_as_they_go() {
    let app = TestApp::start().await;
    let root = reader(&app).await;
    let (_, acme) = app.tenant("acme").await;
    let job = json!({ "jobName": "test.act", "payload": { "does": "succeed", "name": "limits" } });
    acme.post("/api/jobs/enqueue/batch", json!({ "jobs": [job, job, job] })).await.expect(202);
    app.clock.advance(Duration::from_secs(90));
    let figures = Figures::read(&root).await;
    assert_eq!(figures.of("steading_jobs{state=\"ready\"}"), 3.0);
    assert_eq!(figures.of("steading_queue_jobs{queue=\"default\",state=\"ready\"}"), 3.0);
    assert_eq!(figures.of("steading_oldest_ready_job_seconds"), 90.0);
    app.run_jobs().await;
    let figures = Figures::read(&root).await;
    assert_eq!(figures.of("steading_jobs{state=\"ready\"}"), 0.0);
    assert_eq!(figures.of("steading_jobs{state=\"done\"}"), 3.0);
    assert_eq!(figures.of("steading_oldest_ready_job_seconds"), 0.0);

    let event = json!({ "type": "note.taken", "payload": { "text": "a" } });
    acme.post("/api/events/batch", json!({ "events": [event, event] })).await.expect(202);
    app.run_jobs().await;
    let after = Figures::read(&root).await;
    let more = |name: &str| after.of(name) - figures.of(name);
    assert_eq!(more("steading_events_published_total"), 2.0);
    let delivered = more("steading_deliveries_total{outcome=\"delivered\"}");
    assert!(delivered >= 2.0, "{delivered}");
    assert_eq!(more("steading_deliveries_dead_total"), 0.0);
}

#[actix_web::test]
async fn writes_are_counted_with_their_batches_and_flushes() {
    let app = TestApp::start().await;
    let root = reader(&app).await;
    let (_, acme) = app.tenant("acme").await;
    let before = Figures::read(&root).await;
    for number in 0..5 {
        acme.post("/api/requests", json!({ "title": format!("Number {number}") })).await.expect(201);
    }
    let after = Figures::read(&root).await;
    let more = |name: &str| after.of(name) - before.of(name);
    assert!(more("steading_writes_total") >= 5.0);
    assert!(more("steading_commit_duration_seconds_count") >= 5.0);
    assert_eq!(more("steading_write_batch_size_count"), more("steading_commit_duration_seconds_count"));
    assert_eq!(more("steading_write_batch_size_sum"), more("steading_writes_total"));
    assert_eq!(after.of("steading_writer_queue_length"), 0.0);
    assert_eq!(after.of("steading_readers"), 1.0);
}

#[actix_web::test]
async fn refusals_are_counted_by_whose_limit_it_was() {
    let app = TestApp::start_with(|config| {
        config.limits.burst = "1s".parse().expect("a length of time");
        config.limits.user_writes = 1;
        config.limits.events_per_day = 1;
    })
    .await;
    let root = reader(&app).await;
    let (_, acme) = app.tenant("acme").await;
    let event = json!({ "type": "note.taken", "payload": { "text": "a" } });
    acme.post("/api/events", event.clone()).await.expect(202);
    acme.post("/api/events", event.clone()).await.expect(429);
    acme.post("/api/events", event.clone()).await.expect(429);
    app.clock.advance(Duration::from_secs(1));
    acme.post("/api/events", event).await.expect(429);
    let figures = Figures::read(&root).await;
    assert_eq!(figures.of("steading_rate_limited_total{by=\"user\",class=\"writes\"}"), 2.0);
    assert_eq!(figures.of("steading_rate_limited_total{by=\"user\",class=\"reads\"}"), 0.0);
    assert_eq!(figures.of("steading_quota_refused_total{of=\"events\"}"), 1.0);
}

#[actix_web::test]
async fn tenants_are_told_of_with_what_they_have() {
    let app = TestApp::start().await;
    let root = reader(&app).await;
    let (_, acme) = app.tenant("acme").await;
    let event = json!({ "type": "note.taken", "payload": { "text": "a" } });
    acme.post("/api/events", event).await.expect(202);
    app.clock.advance(Duration::from_hours(1));
    weigh_once(app.app.kernel()).await.expect("they are weighed");
    let figures = Figures::read(&root).await;
    assert!(figures.of("steading_tenant_storage_bytes{tenant=\"acme\"}") > 100.0);
    assert_eq!(figures.of("steading_tenant_events_today{tenant=\"acme\"}"), 1.0);
    assert_eq!(figures.of("steading_tenants"), 1.0);
}

#[actix_web::test]
async fn who_follows_a_stream_is_counted_while_he_does() {
    let app = TestApp::start().await;
    let root = reader(&app).await;
    let (_, acme) = app.tenant("acme").await;
    assert_eq!(Figures::read(&root).await.of("steading_streams"), 0.0);
    let following = acme.request(reqwest::Method::GET, "/api/jobs/stream").send().await.expect("it begins");
    assert_eq!(Figures::read(&root).await.of("steading_streams"), 1.0);
    drop(following);
}

#[actix_web::test]
async fn the_process_and_its_files_are_told_of() {
    let app = TestApp::start().await;
    let figures = Figures::read(&reader(&app).await).await;
    for name in [
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_max_fds",
        "process_start_time_seconds",
        "steading_database_bytes",
        "steading_disk_free_bytes",
    ] {
        assert!(figures.of(name) > 0.0, "{name}");
    }
    let build = figures.beginning("steading_build_info");
    assert!(build[0].0.contains(&format!("version=\"{}\"", env!("CARGO_PKG_VERSION"))), "{build:?}");
}
