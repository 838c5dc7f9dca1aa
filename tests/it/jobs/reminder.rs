//! The service desk's reminder goes where its request goes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

async fn reminders(acme: &Caller) -> Vec<(String, String)> {
    let list = acme.get("/api/jobs?jobName=requests.reminder").await.expect(200).data();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    list.as_array().expect("a list").iter().map(|job| (text(&job["state"]), text(&job["runAt"]))).collect()
}

fn at(state: &str, minute: u32) -> (String, String) {
    (state.into(), format!("2026-01-01T00:{minute:02}:00.000Z"))
}

#[actix_web::test]
async fn a_reminder_is_made_moved_and_cancelled_with_its_request() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let body = json!({ "title": "a", "dueAt": "2026-01-01T00:10:00Z" });
    let request = acme.post("/api/requests", body).await.expect(201).data();
    let path = format!("/api/requests/{}", request["id"].as_str().expect("an id"));
    assert_eq!(reminders(&acme).await, [at("scheduled", 10)]);
    acme.patch(&path, json!({ "title": "b" })).await.expect(200);
    assert_eq!(reminders(&acme).await, [at("scheduled", 10)]);
    acme.patch(&path, json!({ "dueAt": "2026-01-01T00:20:00Z" })).await.expect(200);
    assert_eq!(reminders(&acme).await, [at("scheduled", 20), at("cancelled", 10)]);
    acme.post(&format!("{path}/transition"), json!({ "to": "rejected" })).await.expect(200);
    assert_eq!(reminders(&acme).await, [at("cancelled", 20), at("cancelled", 10)]);
    acme.post(&format!("{path}/transition"), json!({ "to": "open" })).await.expect(200);
    app.clock.advance(Duration::from_secs(20 * 60));
    app.run_jobs().await;
    assert_eq!(reminders(&acme).await[0], at("done", 20));
    let done = acme.get("/api/jobs?jobName=requests.reminder&state=done").await.expect(200).data();
    let shown = acme.job(&format!("/api/jobs/{}", done[0]["id"].as_str().expect("an id"))).await;
    assert_eq!(shown["attempts"][0]["logs"][0]["line"], json!("The request “b” is due."));
}

#[actix_web::test]
async fn a_request_that_is_refused_leaves_no_reminder() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let nobody = "0198c1de-7f00-7000-8000-000000000000";
    let body = json!({ "title": "a", "dueAt": "2026-01-01T00:10:00Z", "assignee": nobody });
    acme.post("/api/requests", body).await.expect(422);
    assert_eq!(reminders(&acme).await, []);
    let body = json!({ "title": "a", "dueAt": "2026-01-01T00:10:00Z" });
    let request = acme.post("/api/requests", body).await.expect(201).data();
    acme.delete(&format!("/api/requests/{}", request["id"].as_str().expect("an id"))).await.expect(200);
    assert_eq!(reminders(&acme).await, [at("cancelled", 10)]);
}
