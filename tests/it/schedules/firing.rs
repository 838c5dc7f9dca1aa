//! Firing: once for each time that is due, whatever happens to the server in between.

use serde_json::json;

use super::{DAY, HOUR, MINUTE, after};
use crate::support::TestApp;

#[actix_web::test]
async fn a_schedule_fires_when_it_is_due_and_not_before() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let nightly = acme.schedule("30 2 * * *", json!({})).await;
    after(&app, 2 * HOUR + 29 * MINUTE).await;
    assert_eq!(acme.fired(&nightly).await, [""; 0]);
    after(&app, MINUTE).await;
    assert_eq!(acme.fired(&nightly).await, ["01-01 02:30 done"]);
    app.run_jobs().await;
    after(&app, 21 * HOUR).await;
    assert_eq!(acme.states().await, "done 1");
    let acme = app.later("owner@acme.example", "acme").await;
    after(&app, 3 * HOUR).await;
    assert_eq!(acme.fired(&nightly).await, ["01-01 02:30 done", "01-02 02:30 done"]);
}

#[actix_web::test]
async fn a_firing_says_why_its_job_is_there() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let hourly = acme.schedule("@hourly", json!({ "queue": "slow", "priority": "high" })).await;
    after(&app, HOUR).await;
    after(&app, HOUR).await;
    let jobs = acme.get("/api/jobs").await.expect(200).data();
    let id = hourly.rsplit('/').next().expect("an id");
    for job in jobs.as_array().expect("a list") {
        assert_eq!(job["envelope"]["cause"], json!(format!("schedule:{id}")));
        assert_eq!(job["envelope"]["actorId"], json!("system"));
        assert_eq!((&job["queue"], &job["priority"]), (&json!("slow"), &json!("high")));
    }
    assert_ne!(jobs[0]["envelope"]["traceId"], jobs[1]["envelope"]["traceId"]);
    let shown = acme.shown(&hourly).await;
    assert_eq!(shown["lastFiring"]["jobId"], jobs[0]["id"]);
    assert_eq!(shown["lastFiring"]["dueAt"], json!("2026-01-01T02:00:00.000Z"));
    assert_eq!(shown["nextRuns"][0], json!("2026-01-01T03:00:00.000Z"));
    assert_eq!(shown["nextAt"], shown["nextRuns"][0]);
    assert_eq!(shown["nextRuns"].as_array().expect("a list").len(), 5);
}

#[actix_web::test]
async fn a_restart_neither_loses_nor_doubles_a_run() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let hourly = acme.schedule("@hourly", json!({})).await;
    after(&app, HOUR).await;
    let app = app.restart().await;
    app.run_jobs().await;
    let acme = acme.at(&app.url);
    assert_eq!(acme.fired(&hourly).await, ["01-01 01:00 done"]);
    after(&app, HOUR).await;
    // What fired and has not run yet is a job like any other.
    app.clock.advance(HOUR);
    app.begin_jobs().await;
    let app = app.restart().await;
    app.run_jobs().await;
    let fired = acme.at(&app.url).fired(&hourly).await;
    assert_eq!(fired, ["01-01 01:00 done", "01-01 02:00 done", "01-01 03:00 done"]);
}

#[actix_web::test]
async fn what_downtime_missed_is_made_up_for_as_the_schedule_says() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let make = async |name: &str, cron: &str, catch_up| {
        acme.schedule(cron, json!({ "name": name, "catchUp": catch_up })).await
    };
    let skip = make("skip", "0 * * * *", json!("skip")).await;
    let once = make("once", "0 * * * *", json!("once")).await;
    let few = make("few", "0 * * * *", json!({ "all": 3 })).await;
    let nightly = make("nightly", "30 2 * * *", json!({ "all": 100 })).await;
    // The server is down for two days and half an hour.
    app.clock.advance(2 * DAY + 30 * MINUTE);
    let app = app.restart().await;
    app.run_jobs().await;
    let acme = app.later("owner@acme.example", "acme").await;
    assert_eq!(acme.fired(&skip).await, [""; 0]);
    assert_eq!(acme.fired(&once).await, ["01-03 00:00 done"]);
    assert_eq!(acme.fired(&few).await, ["01-02 22:00 done", "01-02 23:00 done", "01-03 00:00 done"]);
    assert_eq!(acme.fired(&nightly).await, ["01-01 02:30 done", "01-02 02:30 done"]);
    for (path, missed) in [(&skip, 48), (&once, 47), (&few, 45), (&nightly, 0)] {
        let shown = acme.shown(path).await;
        assert_eq!(shown["missed"], json!(missed), "{}", shown["name"]);
    }
    after(&app, 30 * MINUTE).await;
    assert_eq!(acme.fired(&skip).await, ["01-03 01:00 done"]);
    assert_eq!(acme.fired(&once).await.len(), 2);
}

#[actix_web::test]
async fn a_restart_that_takes_a_minute_misses_nothing() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let hourly = acme.schedule("@hourly", json!({ "catchUp": "skip" })).await;
    app.clock.advance(HOUR + MINUTE);
    let app = app.restart().await;
    app.run_jobs().await;
    assert_eq!(acme.at(&app.url).fired(&hourly).await, ["01-01 01:00 done"]);
}

#[actix_web::test]
async fn a_firing_is_skipped_while_the_last_job_is_not_over() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    acme.post("/api/queues", json!({ "name": "slow", "paused": true })).await.expect(201);
    let skips = acme.schedule("@hourly", json!({ "queue": "slow", "overlap": "skip" })).await;
    let allows = acme.schedule("@hourly", json!({ "name": "b", "queue": "slow", "overlap": "allow" })).await;
    after(&app, HOUR).await;
    after(&app, HOUR).await;
    assert_eq!(acme.fired(&skips).await, ["01-01 01:00 ready", "01-01 02:00 skipped"]);
    assert_eq!(acme.fired(&allows).await, ["01-01 01:00 ready", "01-01 02:00 ready"]);
    acme.patch("/api/queues/slow", json!({ "paused": false })).await.expect(200);
    app.run_jobs().await;
    after(&app, HOUR).await;
    assert_eq!(acme.fired(&skips).await, ["01-01 01:00 done", "01-01 02:00 skipped", "01-01 03:00 done"]);
}

#[actix_web::test]
async fn a_suspended_tenant_fires_nothing_and_makes_up_for_it_later() {
    let app = TestApp::start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let (_, acme) = app.tenant("acme").await;
    let hourly = acme.schedule("@hourly", json!({ "catchUp": { "all": 2 } })).await;
    root.post("/api/tenants/acme/suspend", json!({})).await.expect(200);
    after(&app, 5 * HOUR).await;
    assert_eq!(app.count("schedule_firings_all"), 0);
    root.post("/api/tenants/acme/resume", json!({})).await.expect(200);
    app.run_jobs().await;
    assert_eq!(acme.fired(&hourly).await, ["01-01 04:00 done", "01-01 05:00 done"]);
    assert_eq!(acme.shown(&hourly).await["missed"], json!(3));
}

#[actix_web::test]
async fn more_schedules_than_one_write_fires_all_fire() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let (_, other) = app.tenant("other").await;
    for number in 0..45 {
        acme.schedule("@hourly", json!({ "name": format!("s{number}") })).await;
    }
    other.schedule("@hourly", json!({})).await;
    after(&app, HOUR).await;
    assert_eq!((acme.states().await, other.states().await), ("done 45".into(), "done 1".into()));
}

#[actix_web::test]
async fn a_schedule_whose_job_can_no_longer_be_made_says_so_and_goes_on() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    acme.post("/api/queues", json!({ "name": "afar", "outside": true })).await.expect(201);
    let body = json!({ "queue": "afar", "jobName": "unheard.of" });
    let hourly = acme.schedule("@hourly", body).await;
    acme.delete("/api/queues/afar").await.expect(200);
    after(&app, HOUR).await;
    after(&app, HOUR).await;
    assert_eq!(acme.fired(&hourly).await, ["01-01 01:00 refused", "01-01 02:00 refused"]);
    let why = acme.shown(&hourly).await["lastFiring"]["error"].take();
    assert!(why.as_str().expect("a reason").contains("unheard.of"), "{why}");
}

#[actix_web::test]
async fn old_firings_are_forgotten_and_what_they_made_stays() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    acme.schedule("* * * * *", json!({})).await;
    for _ in 0..110 {
        after(&app, MINUTE).await;
    }
    assert_eq!(app.ask("SELECT count(*) FROM schedule_firings_all WHERE is_by_hand = 0"), 101);
    assert_eq!(acme.states().await, "done 110");
}
