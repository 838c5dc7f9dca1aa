//! What people do to schedules: show, pause, change, fire by hand, delete, try out.

use serde_json::{Value, json};

use super::{DAY, HOUR, MINUTE, after};
use crate::support::TestApp;

#[actix_web::test]
async fn a_schedule_is_shown_as_it_was_made() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let more = json!({ "timezone": "europe/berlin", "catchUp": { "all": 7 }, "overlap": "skip" });
    let path = acme.schedule("30 2 * * 1-5", more).await;
    let shown = acme.shown(&path).await;
    for (name, value) in [
        ("name", json!("nightly")),
        ("cron", json!("30 2 * * 1-5")),
        ("timezone", json!("Europe/Berlin")),
        ("jobName", json!("test.act")),
        ("queue", json!(null)),
        ("priority", json!("normal")),
        ("catchUp", json!({ "all": 7 })),
        ("overlap", json!("skip")),
        ("state", json!("enabled")),
        ("builtIn", json!(false)),
        ("missed", json!(0)),
        ("lastFiring", json!(null)),
        // A Thursday, a Friday, and the next Monday to Wednesday.
        (
            "nextRuns",
            json!([
                "2026-01-01T01:30:00.000Z",
                "2026-01-02T01:30:00.000Z",
                "2026-01-05T01:30:00.000Z",
                "2026-01-06T01:30:00.000Z",
                "2026-01-07T01:30:00.000Z"
            ]),
        ),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
}

#[actix_web::test]
async fn a_list_of_schedules_is_by_name_and_in_pages() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for name in ["c", "a", "b"] {
        acme.schedule("@daily", json!({ "name": name })).await;
    }
    let names = |page: &Value| -> Vec<String> {
        let list = page.as_array().expect("a list").iter();
        list.map(|schedule| schedule["name"].as_str().expect("a name").to_owned()).collect()
    };
    let first = acme.get("/api/schedules?limit=2").await.expect(200);
    assert_eq!(names(&first.data()), ["a", "b"]);
    let cursor = first.next_cursor().expect("there is more");
    let second = acme.get(&format!("/api/schedules?limit=2&cursor={cursor}")).await.expect(200);
    assert_eq!((names(&second.data()), second.next_cursor()), (vec!["c".to_owned()], None));
}

#[actix_web::test]
async fn a_pause_fires_nothing_and_is_not_made_up_for() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let hourly = acme.schedule("@hourly", json!({ "catchUp": { "all": 100 } })).await;
    let paused = acme.patch(&hourly, json!({ "state": "paused" })).await.expect(200).data();
    assert_eq!((&paused["nextRuns"], &paused["nextAt"]), (&json!([]), &json!(null)));
    after(&app, 5 * HOUR + 30 * MINUTE).await;
    let app = app.restart().await;
    let acme = acme.at(&app.url);
    app.run_jobs().await;
    let resumed = acme.patch(&hourly, json!({ "state": "enabled" })).await.expect(200).data();
    assert_eq!(resumed["nextAt"], json!("2026-01-01T06:00:00.000Z"));
    after(&app, 30 * MINUTE).await;
    assert_eq!(acme.fired(&hourly).await, ["01-01 06:00 done"]);
    assert_eq!(acme.shown(&hourly).await["missed"], json!(0));
}

#[actix_web::test]
async fn a_change_of_the_line_counts_from_now_and_one_of_the_job_does_not_move_it() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let path = acme.schedule("0 6 * * *", json!({})).await;
    let payload = json!({ "does": "die" });
    let body = json!({ "payload": payload, "name": "other", "priority": "low", "queue": "slow" });
    let changed = acme.patch(&path, body).await.expect(200).data();
    assert_eq!((&changed["nextAt"], &changed["payload"]), (&json!("2026-01-01T06:00:00.000Z"), &payload));
    let changed = acme.patch(&path, json!({ "timezone": "Asia/Tokyo" })).await.expect(200).data();
    assert_eq!(changed["nextAt"], json!("2026-01-01T21:00:00.000Z"));
    let changed = acme.patch(&path, json!({ "cron": "0 12 * * *", "queue": null })).await.expect(200).data();
    assert_eq!(changed["nextAt"], json!("2026-01-01T03:00:00.000Z"));
    assert_eq!(changed["queue"], json!(null));
    after(&app, 3 * HOUR).await;
    assert_eq!(acme.fired(&path).await, ["01-01 03:00 dead"]);
}

#[actix_web::test]
async fn a_schedule_can_be_fired_by_hand() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let path = acme.schedule("0 6 * * *", json!({ "state": "paused", "overlap": "skip" })).await;
    let first = acme.post(&format!("{path}/run-now"), json!({})).await.expect(202).data();
    let second = acme.post(&format!("{path}/run-now"), json!({})).await.expect(202).data();
    assert_ne!(first["jobId"], second["jobId"]);
    app.run_jobs().await;
    assert_eq!(acme.fired(&path).await, ["01-01 00:00 done by hand", "01-01 00:00 done by hand"]);
    let job = acme.job(&format!("/api/jobs/{}", first["jobId"].as_str().expect("an id"))).await;
    let id = path.rsplit('/').next().expect("an id");
    assert_eq!(job["envelope"]["cause"], json!(format!("schedule:{id}")));
    assert!(job["envelope"]["actorId"].as_str().expect("an actor").starts_with("user:"));
}

#[actix_web::test]
async fn a_run_by_hand_when_it_is_due_does_not_take_the_firings_place() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let path = acme.schedule("@hourly", json!({})).await;
    app.clock.advance(HOUR);
    acme.post(&format!("{path}/run-now"), json!({})).await.expect(202);
    app.run_jobs().await;
    assert_eq!(acme.fired(&path).await, ["01-01 01:00 done", "01-01 01:00 done by hand"]);
}

#[actix_web::test]
async fn a_deleted_schedule_fires_no_more_and_its_jobs_stay() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let path = acme.schedule("@hourly", json!({})).await;
    after(&app, HOUR).await;
    acme.delete(&path).await.expect(200);
    after(&app, DAY / 2).await;
    assert_eq!(acme.states().await, "done 1");
    acme.get(&path).await.expect(404);
    acme.delete(&path).await.expect(404);
    assert_eq!((app.count("schedules_all"), app.count("schedule_firings_all")), (0, 0));
    acme.schedule("@hourly", json!({})).await;
}

#[actix_web::test]
async fn a_firing_outlives_its_job() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let path = acme.schedule("@hourly", json!({})).await;
    after(&app, HOUR).await;
    let job = acme.shown(&path).await["lastFiring"]["jobId"].take();
    acme.delete(&format!("/api/jobs/{}", job.as_str().expect("an id"))).await.expect(200);
    assert_eq!(acme.fired(&path).await, ["01-01 01:00 enqueued"]);
}

#[actix_web::test]
async fn a_line_can_be_tried_out() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let body = json!({ "cron": "30 2 * * *", "timezone": "Europe/Berlin" });
    let preview = acme.post("/api/schedules/preview", body).await.expect(200).data();
    assert_eq!(preview["nextRuns"][0], json!("2026-01-01T01:30:00.000Z"));
    assert_eq!(preview["nextRuns"].as_array().expect("a list").len(), 5);
    assert!(preview["description"].as_str().expect("words").contains("02:30"), "{preview}");
    assert_eq!(app.count("schedules_all"), 0);
}

#[actix_web::test]
async fn what_people_do_to_schedules_is_in_the_audit() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let path = acme.schedule("@hourly", json!({})).await;
    acme.patch(&path, json!({ "state": "paused" })).await.expect(200);
    acme.delete(&path).await.expect(200);
    let rows = acme.get("/api/audit?action=schedule.*").await.expect(200).data();
    let actions: Vec<&str> =
        rows.as_array().expect("a list").iter().map(|row| row["action"].as_str().expect("text")).collect();
    assert_eq!(actions, ["schedule.deleted", "schedule.changed", "schedule.created"]);
    let id = path.rsplit('/').next().expect("an id");
    assert_eq!(rows[1]["subject"], json!(format!("schedule:{id}")));
    assert_eq!(
        (&rows[1]["before"]["state"], &rows[1]["after"]["state"]),
        (&json!("enabled"), &json!("paused"))
    );
}
