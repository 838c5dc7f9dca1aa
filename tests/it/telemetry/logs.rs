//! Lines of the log: found again, followed, and without what a tenant should not read.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::{act, everything, listen};
use crate::support::{Caller, TestApp};

/// Ends a test that would wait for ever.
const PATIENCE: Duration = Duration::from_secs(20);

async fn chat(app: &TestApp, caller: &Caller, lines: u32) {
    caller.post("/api/jobs/enqueue", act(json!({ "does": "chat", "lines": lines }))).await.expect(202);
    app.run_jobs().await;
}

#[actix_web::test]
async fn lines_are_listed_the_newest_first_and_page_by_page() {
    listen();
    let app = TestApp::start_with(everything).await;
    let (_, acme) = app.tenant("acme").await;
    chat(&app, &acme, 5).await;
    app.written().await;
    let mut ids: Vec<i64> = Vec::new();
    let mut path = "/api/logs?limit=2".to_owned();
    loop {
        let page = acme.get(&path).await.expect(200);
        let listed = page.data();
        ids.extend(listed.as_array().expect("a list").iter().map(|line| line["id"].as_i64().expect("an id")));
        match page.next_cursor() {
            Some(next) => path = format!("/api/logs?limit=2&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(ids.len(), 5);
    assert!(ids.is_sorted_by(|one, next| one > next), "{ids:?}");
    assert_eq!(acme.telemetry("/api/logs?level=warn").await.len(), 0);
}

#[actix_web::test]
async fn a_line_is_told_to_those_who_follow_and_may_read_it() {
    listen();
    let app = TestApp::start_with(everything).await;
    let ((_, acme), (_, umbra)) = (app.tenant("acme").await, app.tenant("umbra").await);
    let mut following =
        acme.request(Method::GET, "/api/logs/stream?level=info").send().await.expect("the server answers");
    assert_eq!(following.status(), 200);
    chat(&app, &umbra, 1).await;
    chat(&app, &acme, 1).await;
    let mut text = String::new();
    while !text.contains("event: log") || !text.ends_with("\n\n") {
        let chunk = tokio::time::timeout(PATIENCE, following.chunk()).await.expect("something is told");
        text += std::str::from_utf8(&chunk.expect("it goes on").expect("it goes on")).expect("text");
    }
    let data = text.lines().find_map(|line| line.strip_prefix("data: ")).expect("a line");
    let line: Value = serde_json::from_str(data).expect("JSON");
    assert_eq!(line["tenant"], "acme", "the first that is told is his own");
    assert!(line["id"].is_i64() && line["traceId"].is_string(), "{line:#}");
}

#[actix_web::test]
async fn the_cause_of_our_own_failure_is_for_those_who_run_the_instance() {
    listen();
    let app = TestApp::start_with(everything).await;
    let (tenant, acme) = app.tenant("acme").await;
    // A row that no statement would write, so that reading it fails.
    app.run_as_engine(format!(
        "INSERT INTO jobs_all (tenant_id, id, kind, queue, state, class, run_at, attempt, max_attempts, lease, \
         time_limit, tags, actor, trace_id, request_id, created_at, payload) VALUES ({}, \
         '0198c1de-7f00-7000-8000-000000000000', 'a', 'default', 'done', 2, 0, 1, 1, 1, 1, 'no JSON', 'system', '0', \
         '0', 0, '{{}}')",
        tenant.number.get()
    ))
    .await;
    let failed = acme.get("/api/jobs/0198c1de-7f00-7000-8000-000000000000").await.expect(500);
    let trace = failed.json()["meta"]["traceId"].as_str().expect("a trace").to_owned();
    app.written().await;
    let shown = acme.trace(&trace).await;
    let line = &shown["logs"][0];
    assert_eq!((&line["level"], &line["message"]), (&json!("error"), &json!("a request failed")));
    assert!(line["fields"].get("error").is_none(), "{line:#}");
    let request = shown["spans"].as_array().expect("spans").iter().find(|span| span["kind"] == "request");
    assert_eq!(request.expect("a request")["outcome"], "failed");
    let (_, owner) = app.instance_owner("ada@example.org").await;
    let whole = owner.in_tenant("instance").trace(&trace).await;
    assert!(whole["logs"][0]["fields"]["error"].as_str().expect("it").contains("Cause"), "{whole:#}");
}
