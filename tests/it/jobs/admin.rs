//! What people do to jobs by hand.

use serde_json::json;

use crate::support::{Caller, TestApp, ran};

#[actix_web::test]
async fn a_dead_job_can_be_tried_again() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let job = acme.enqueue(json!({ "does": "die" })).await;
    app.run_jobs().await;
    let shown = acme.post(&format!("{job}/retry"), json!({})).await.expect(200).data();
    assert_eq!((&shown["state"], &shown["error"]), (&json!("ready"), &json!("hopeless")));
    acme.post(&format!("{job}/retry"), json!({})).await.expect(409);
    app.run_jobs().await;
    assert_eq!(acme.job(&job).await["attempts"].as_array().expect("attempts").len(), 2);
}

#[actix_web::test]
async fn a_scheduled_job_can_be_run_now_changed_or_cancelled() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let later = json!({ "delaySeconds": 600 });
    let act = json!({ "does": "succeed", "name": "by hand" });
    let job = acme.enqueue_with(act.clone(), later.clone()).await;
    acme.post(&format!("{job}/run-now"), json!({})).await.expect(200);
    app.run_jobs().await;
    assert_eq!(acme.state_of(&job).await, "done");
    acme.post(&format!("{job}/run-now"), json!({})).await.expect(409);

    let job = acme.enqueue_with(act.clone(), later.clone()).await;
    let bad = acme.patch(&job, json!({ "payload": { "does": "nothing" } })).await.expect(422);
    assert_eq!(bad.paths(), ["payload.does"]);
    let change = json!({ "payload": { "does": "succeed", "name": "changed" }, "runAt": "2026-01-01T00:00:00Z", "priority": "high" });
    let shown = acme.patch(&job, change).await.expect(200).data();
    assert_eq!((&shown["state"], &shown["priority"]), (&json!("ready"), &json!("high")));
    app.run_jobs().await;
    assert_eq!(ran("changed"), 1);
    acme.patch(&job, json!({ "priority": "low" })).await.expect(409);

    let job = acme.enqueue_with(act, later).await;
    acme.post(&format!("{job}/cancel"), json!({})).await.expect(200);
    assert_eq!(acme.state_of(&job).await, "cancelled");
    acme.post(&format!("{job}/cancel"), json!({})).await.expect(409);
    assert_eq!(acme.states().await, "cancelled 1, done 2");
}

#[actix_web::test]
async fn a_deleted_job_is_gone_with_its_attempts_and_its_count() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let job = acme.enqueue_with(json!({ "does": "die" }), json!({ "tags": ["a", "b"] })).await;
    app.run_jobs().await;
    assert_eq!(acme.get("/api/jobs?tag=a").await.expect(200).data().as_array().expect("a list").len(), 1);
    acme.delete(&job).await.expect(200);
    acme.get(&job).await.expect(404);
    assert_eq!((app.count("job_attempts_all"), app.count("job_tags_all")), (0, 0));
    assert_eq!(acme.states().await, "");
}

#[actix_web::test]
async fn a_filter_finds_many_and_a_dry_run_only_counts_them() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for _ in 0..150 {
        acme.enqueue(json!({ "does": "die" })).await;
    }
    let other = acme.enqueue(json!({ "does": "cancel" })).await;
    app.run_jobs().await;
    let dead = json!({ "filter": { "state": "dead" } });
    let dry = json!({ "filter": { "state": "dead" }, "dryRun": true });
    let counted = acme.post("/api/jobs/retry", dry).await.expect(200).data();
    assert_eq!(counted, json!({ "matched": 150, "done": 0, "hasMore": false }));
    assert_eq!(acme.states().await, "cancelled 1, dead 150");
    acme.post("/api/jobs/retry", dead.clone()).await.expect(200);
    assert_eq!(acme.states().await, "cancelled 1, ready 150");
    let ready = json!({ "filter": { "state": "ready" } });
    let done = acme.post("/api/jobs/cancel", ready).await.expect(200).data();
    assert_eq!(done["done"], json!(150));
    let everything = json!({ "filter": { "jobName": "test.act" } });
    acme.post("/api/jobs/delete", everything).await.expect(200);
    assert_eq!(acme.states().await, "");
    acme.get(&other).await.expect(404);
    let nothing = acme.post("/api/jobs/delete", json!({ "filter": {} })).await.expect(422);
    assert_eq!(nothing.paths(), ["filter"]);
}

#[actix_web::test]
async fn what_is_done_to_many_is_one_row_of_the_audit() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for _ in 0..150 {
        acme.enqueue(json!({ "does": "die" })).await;
    }
    app.run_jobs().await;
    let dead = json!({ "filter": { "state": "dead", "jobName": "test.act" } });
    let dry = json!({ "filter": { "state": "dead" }, "dryRun": true });
    acme.post("/api/jobs/retry", dry).await.expect(200);
    acme.post("/api/jobs/retry", dead.clone()).await.expect(200);
    acme.post("/api/jobs/retry", dead).await.expect(200);
    let ready = json!({ "filter": { "state": "ready" } });
    acme.clone().with_header("idempotency-key", "once").post("/api/jobs/delete", ready).await.expect(200);
    let rows = acme.get("/api/audit?action=jobs.*").await.expect(200).data();
    let told: Vec<_> =
        rows.as_array().expect("a list").iter().map(|row| (&row["action"], &row["after"])).collect();
    let filter = json!({ "state": "dead", "jobName": "test.act" });
    assert_eq!(
        told,
        [
            (
                &json!("jobs.deleted"),
                &json!({ "filter": { "state": "ready" }, "found": 150, "hasMore": false })
            ),
            (&json!("jobs.retried"), &json!({ "filter": filter, "found": 150, "hasMore": false })),
        ],
        "what found nothing and what only counted did nothing"
    );
}

#[actix_web::test]
async fn a_list_is_filtered_and_paged() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for number in 0..5 {
        let more = json!({ "uniqueKey": format!("key-{number}"), "queue": "q", "tags": [format!("t{}", number % 2)] });
        acme.enqueue_with(json!({ "does": "die" }), more).await;
    }
    acme.enqueue(json!({ "does": "cancel" })).await;
    app.run_jobs().await;
    for (query, found) in [
        ("", 6),
        ("state=dead", 5),
        ("state=cancelled", 1),
        ("queue=q", 5),
        ("queue=q&state=cancelled", 0),
        ("tag=t0", 3),
        ("jobName=test.act", 6),
        ("jobName=system.ping", 0),
        ("jobName=test.act&state=dead", 5),
        ("jobName=test.act&state=done", 0),
        ("jobName=system.ping&state=cancelled", 0),
        ("tag=t0&jobName=test.act&state=dead", 3),
        ("search=key-3", 1),
        ("search=hopeless", 5),
        ("since=2026-01-01T00:00:00Z", 6),
        ("until=2026-01-01T00:00:00Z", 0),
    ] {
        let list = acme.get(&format!("/api/jobs?{query}")).await.expect(200).data();
        assert_eq!(list.as_array().expect("a list").len(), found, "{query}");
    }
    let first = acme.get("/api/jobs?limit=4").await.expect(200);
    let cursor = first.next_cursor().expect("there is more");
    let rest = acme.get(&format!("/api/jobs?limit=4&cursor={cursor}")).await.expect(200);
    assert_eq!((rest.data().as_array().expect("a list").len(), rest.next_cursor()), (2, None));
}

/// The ids that a list has on all its pages, in order.
async fn all_pages(caller: &Caller, query: &str) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = caller.get(&format!("/api/jobs?{query}{cursor}")).await.expect(200);
        let jobs = page.data();
        ids.extend(
            jobs.as_array().expect("a list").iter().map(|job| job["id"].as_str().expect("an id").to_owned()),
        );
        match page.next_cursor() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return ids,
        }
    }
}

#[actix_web::test]
async fn what_waits_in_many_lines_is_listed_by_age_and_nothing_is_left_out() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let mut made = Vec::new();
    for piece in 0..3 {
        let jobs: Vec<_> = (0..700)
            .map(|number| {
                // One queue is old, one is rare, and what is looked for lies deep in all of them.
                let queue = ["a", "b", "c"][if piece == 0 { 0 } else { usize::from(number % 50 > 0) + 1 }];
                let priority = ["urgent", "high", "normal", "low"][number % 4];
                let key = if number % 100 == 0 { "wanted" } else { "other" };
                json!({
                    "jobName": "test.act", "payload": { "does": "cancel" }, "queue": queue,
                    "priority": priority, "uniqueKey": format!("{key}-{piece}-{number}"),
                })
            })
            .collect();
        let batch = acme.post("/api/jobs/enqueue/batch", json!({ "jobs": jobs })).await.expect(202).data();
        made.extend(
            batch
                .as_array()
                .expect("a list")
                .iter()
                .map(|job| job["jobId"].as_str().expect("an id").to_owned()),
        );
    }
    made.reverse();
    assert_eq!(all_pages(&acme, "state=ready&limit=150").await, made);
    let wanted = all_pages(&acme, "state=ready&search=wanted&limit=5").await;
    let expected: Vec<_> = made
        .iter()
        .enumerate()
        .filter(|(nth, _)| (made.len() - 1 - nth) % 700 % 100 == 0)
        .map(|(_, id)| id)
        .collect();
    assert_eq!(wanted.iter().collect::<Vec<_>>(), expected);
    let of_b = all_pages(&acme, "state=ready&queue=b&limit=7").await;
    assert_eq!(of_b.len(), 28);
    assert!(of_b.is_sorted_by(|newer, older| newer > older), "the newest come first");
}

#[actix_web::test]
async fn what_a_job_failed_of_is_described_as_it_is_answered() {
    let app = TestApp::start().await;
    let document = app.nobody().get("/api/openapi.json").await.expect(200).json();
    let schemas = &document["components"]["schemas"];
    let failure = &schemas["JobSummary"]["properties"]["failure"]["anyOf"][0]["$ref"];
    let name = failure.as_str().expect("a reference").rsplit('/').next().expect("a name");
    assert!(schemas[name].to_string().contains("\"timed_out\""), "{}", schemas[name]);
}
