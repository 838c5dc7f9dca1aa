//! Keeping house: by jobs of the instance that one can see, and only there.

use std::time::Duration;

use serde_json::{Value, json};
use steading::kernel::jobs::prune_once;

use crate::support::TestApp;

const KINDS: [&str; 6] = [
    "maintenance.audit",
    "maintenance.events",
    "maintenance.jobs",
    "maintenance.keys",
    "maintenance.replies",
    "maintenance.sessions",
];

fn names(listed: &Value, field: &str) -> Vec<String> {
    let all = listed.as_array().expect("a list").iter();
    let names = all.map(|one| one[field].as_str().expect("a name").to_owned());
    names.filter(|name| name.starts_with("maintenance.")).collect()
}

#[actix_web::test]
async fn what_is_over_is_deleted_by_a_job_of_the_instance() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    acme.enqueue(json!({ "does": "succeed", "name": "old" })).await;
    app.run_jobs().await;
    assert_eq!(acme.states().await, "done 1");
    app.clock.advance(Duration::from_hours(24 * 8));
    let (_, owner) = app.instance_owner("owner@example.com").await;
    let instance = owner.in_tenant("instance");
    let order = json!({ "jobName": "maintenance.jobs" });
    let made = instance.post("/api/jobs/enqueue", order).await.expect(202).data();
    app.run_jobs().await;
    let shown = instance.job(&format!("/api/jobs/{}", made["jobId"].as_str().expect("an id"))).await;
    assert_eq!((&shown["queue"], &shown["result"]), (&json!("system"), &json!({ "deleted": 1 })));
    assert_eq!(app.ask("SELECT count(*) FROM jobs_all WHERE kind = 'test.act'"), 0);
}

#[actix_web::test]
async fn jobs_that_are_not_old_hide_none_that_are_and_stay() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let later = json!({ "jobName": "test.act", "payload": { "does": "succeed", "name": "later" }, "delaySeconds": 8 * 86_400 });
    acme.post("/api/jobs/enqueue/batch", json!({ "jobs": vec![later; 250] })).await.expect(202);
    for name in ["a", "b", "c"] {
        acme.enqueue(json!({ "does": "succeed", "name": name })).await;
    }
    app.run_jobs().await;
    app.clock.advance(Duration::from_hours(24 * 8));
    app.run_jobs().await;
    let acme = app.later("owner@acme.example", "acme").await;
    assert_eq!(acme.states().await, "done 253");
    assert_eq!(prune_once(app.app.kernel()).await.expect("it prunes"), 3);
    assert_eq!(acme.states().await, "done 250");
    assert_eq!(prune_once(app.app.kernel()).await.expect("it prunes"), 0);
    app.clock.advance(Duration::from_hours(24 * 8));
    assert_eq!(prune_once(app.app.kernel()).await.expect("it prunes"), 250);
}

#[actix_web::test]
async fn a_tenant_has_no_such_kinds() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let (_, owner) = app.instance_owner("owner@example.com").await;
    let instance = owner.in_tenant("instance");
    let kinds = async |caller: &crate::support::Caller| {
        names(&caller.get("/api/job-kinds").await.expect(200).data(), "name")
    };
    assert_eq!(kinds(&instance).await, KINDS);
    assert_eq!(kinds(&acme).await, Vec::<String>::new());
    for kind in KINDS {
        let reply = acme.post("/api/jobs/enqueue", json!({ "jobName": kind })).await.expect(422);
        assert!(reply.text.contains("jobName"), "{}", reply.text);
        let schedule = json!({ "name": "mine", "cron": "* * * * *", "jobName": kind });
        acme.post("/api/schedules", schedule).await.expect(422);
    }
}

#[actix_web::test]
async fn the_instance_has_its_schedules_once_it_runs_jobs() {
    let app = TestApp::start().await;
    assert_eq!(app.count("schedules_all"), 0, "without workers the upkeep does it itself");
    let app = TestApp::start_live_in(app.stop().await, |_| {}).await;
    let app = TestApp::start_live_in(app.stop().await, |_| {}).await;
    let (_, owner) = app.instance_owner("owner@example.com").await;
    let listed = owner.in_tenant("instance").get("/api/schedules").await.expect(200).data();
    assert_eq!(names(&listed, "name"), KINDS);
}
