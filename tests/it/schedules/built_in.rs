//! The schedule that the service desk makes for itself.

use std::time::Duration;

use serde_json::json;

use super::{DAY, after};
use crate::support::{Caller, TestApp};

async fn open(acme: &Caller, title: &str, due: &str) -> String {
    let body = json!({ "title": title, "dueAt": due });
    let request = acme.post("/api/requests", body).await.expect(201).data();
    format!("/api/requests/{}", request["id"].as_str().expect("an id"))
}

#[actix_web::test]
async fn open_requests_that_were_due_long_ago_are_cancelled_at_night() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let long_due = open(&acme, "long due", "2026-01-02T00:00:00Z").await;
    let begun = open(&acme, "begun", "2026-01-02T00:00:00Z").await;
    let later = open(&acme, "later", "2026-01-10T00:00:00Z").await;
    let undated = acme.post("/api/requests", json!({ "title": "undated" })).await.expect(201).data();
    acme.post(&format!("{begun}/transition"), json!({ "to": "in_progress" })).await.expect(200);
    app.clock.advance(91 * DAY);
    app.run_jobs().await;
    let acme = app.later("owner@acme.example", "acme").await;
    assert_eq!(acme.get(&long_due).await.data()["status"], json!("open"), "it was due 90 days ago");
    after(&app, DAY).await;
    let acme = app.later("owner@acme.example", "acme").await;
    let undated = format!("/api/requests/{}", undated["id"].as_str().expect("an id"));
    for (path, status) in
        [(&long_due, "cancelled"), (&begun, "in_progress"), (&later, "open"), (&undated, "open")]
    {
        assert_eq!(acme.get(path).await.expect(200).data()["status"], json!(status), "{path}");
    }
    let comments = acme.get(&format!("{long_due}/comments")).await.expect(200).data();
    let author = comments[0]["author"].as_str().expect("an author");
    assert!(author.starts_with("job:"), "{author}");
    assert!(comments[0]["body"].as_str().expect("text").contains("90 days"), "{comments}");
    let job = acme.get("/api/jobs?jobName=requests.expire&limit=1").await.expect(200).data();
    let job = acme.job(&format!("/api/jobs/{}", job[0]["id"].as_str().expect("an id"))).await;
    assert_eq!(job["result"], json!({ "expired": 1 }));
}

#[actix_web::test]
async fn more_requests_than_one_piece_expire_in_one_night() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for number in 0..120 {
        open(&acme, &format!("request {number}"), "2026-01-02T00:00:00Z").await;
    }
    after(&app, 100 * DAY).await;
    assert_eq!(app.ask("SELECT count(*) FROM requests_all WHERE status = 'cancelled'"), 120);
}

#[actix_web::test]
async fn the_desks_schedule_is_made_once_when_it_is_needed_and_can_be_paused_but_not_deleted() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    acme.post("/api/requests", json!({ "title": "undated" })).await.expect(201);
    assert_eq!(acme.get("/api/schedules").await.expect(200).data(), json!([]));
    open(&acme, "a", "2026-01-02T00:00:00Z").await;
    open(&acme, "b", "2026-01-02T00:00:00Z").await;
    let list = acme.get("/api/schedules").await.expect(200).data();
    assert_eq!(list.as_array().expect("a list").len(), 1);
    assert_eq!((&list[0]["builtIn"], &list[0]["madeBy"]), (&json!(true), &json!("system")));
    let path = format!("/api/schedules/{}", list[0]["id"].as_str().expect("an id"));
    acme.delete(&path).await.expect(409);
    acme.patch(&path, json!({ "state": "paused" })).await.expect(200);
    open(&acme, "c", "2026-01-02T00:00:00Z").await;
    assert_eq!(acme.shown(&path).await["state"], json!("paused"));
    app.clock.advance(Duration::from_hours(24 * 200));
    app.run_jobs().await;
    assert_eq!(app.ask("SELECT count(*) FROM requests_all WHERE status = 'cancelled'"), 0);
}
