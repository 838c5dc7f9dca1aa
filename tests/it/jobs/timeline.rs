//! What caused a job, and what it caused, as one list.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

impl Caller {
    async fn timeline(&self, job: &str) -> Value {
        self.get(&format!("{job}/timeline")).await.expect(200).data()
    }

    /// The first job that something caused.
    async fn child_of(&self, job: &str) -> String {
        let timeline = self.timeline(job).await;
        let id = job.trim_start_matches("/api/jobs/");
        let child = entries(&timeline).iter().find(|entry| entry["parent"] == json!(id));
        format!("/api/jobs/{}", child.expect("a child")["id"].as_str().expect("an id"))
    }
}

fn entries(timeline: &Value) -> &Vec<Value> {
    timeline["entries"].as_array().expect("entries")
}

#[actix_web::test]
async fn a_chain_is_told_from_the_request_to_the_last_child_whoever_is_asked() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let body = json!({ "jobName": "test.act", "payload": { "does": "descend", "depth": 3 } });
    let reply = acme.post("/api/jobs/enqueue", body).await.expect(202);
    let trace = reply.json()["meta"]["traceId"].clone();
    let root = format!("/api/jobs/{}", reply.data()["jobId"].as_str().expect("an id"));
    acme.enqueue(json!({ "does": "die" })).await;
    app.run_jobs().await;
    let middle = acme.child_of(&root).await;
    let timelines = [acme.timeline(&root).await, acme.timeline(&middle).await];
    assert_eq!(timelines[0], timelines[1]);
    let [whole, _] = timelines;
    assert_eq!((&whole["request"]["traceId"], &whole["truncated"]), (&trace, &json!(false)));
    assert!(whole["request"]["actorId"].as_str().expect("an actor").starts_with("user:"));
    let chain = entries(&whole);
    assert_eq!((chain.len(), &chain[0]["parent"], &chain[0]["cause"]), (4, &json!(null), &json!(null)));
    for pair in chain.windows(2) {
        assert_eq!(pair[1]["parent"], pair[0]["id"], "each was caused by the one before it");
        assert_eq!(pair[1]["cause"], json!(format!("job:{}", pair[0]["id"].as_str().expect("an id"))));
    }
    let last = chain.last().expect("the last");
    assert_eq!(
        (&last["state"], &last["attempts"], &last["jobName"]),
        (&json!("done"), &json!(1), &json!("test.act"))
    );
    assert!(last["finishedAt"].is_string() && last["startedAt"].is_string() && last["runAt"].is_string());
}

#[actix_web::test]
async fn a_child_does_not_tell_of_its_siblings() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let root = acme.enqueue(json!({ "does": "spawn", "children": 3 })).await;
    app.run_jobs().await;
    assert_eq!(entries(&acme.timeline(&root).await).len(), 4);
    let child = acme.child_of(&root).await;
    assert_eq!(entries(&acme.timeline(&child).await).len(), 2);
}

#[actix_web::test]
async fn too_wide_a_family_is_cut_and_says_so() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for (children, told, is_cut) in [(500, 501, false), (501, 501, true)] {
        let root = acme.enqueue(json!({ "does": "spawn", "children": children })).await;
        app.run_jobs().await;
        let timeline = acme.timeline(&root).await;
        assert_eq!((entries(&timeline).len(), &timeline["truncated"]), (told, &json!(is_cut)));
    }
}

#[actix_web::test]
async fn too_long_a_descent_is_cut_at_both_ends_and_every_parent_is_in_the_list() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let root = acme.enqueue(json!({ "does": "descend", "depth": 60 })).await;
    app.run_jobs().await;
    let whole = acme.timeline(&root).await;
    assert_eq!((entries(&whole).len(), &whole["truncated"]), (61, &json!(false)));
    let last = format!("/api/jobs/{}", entries(&whole)[60]["id"].as_str().expect("an id"));
    let cut = acme.timeline(&last).await;
    assert_eq!((entries(&cut).len(), &cut["truncated"]), (51, &json!(true)));
    assert_eq!(entries(&cut)[0]["parent"], json!(null), "its parent is not told");
    let parents: BTreeMap<_, _> =
        entries(&cut).iter().map(|entry| (entry["id"].to_string(), entry["parent"].to_string())).collect();
    assert!(parents.values().all(|parent| parent == "null" || parents.contains_key(parent)));
}

#[actix_web::test]
async fn a_cause_that_was_deleted_ends_the_walk() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let root = acme.enqueue(json!({ "does": "descend", "depth": 1 })).await;
    app.run_jobs().await;
    let child = acme.child_of(&root).await;
    acme.delete(&root).await.expect(200);
    let timeline = acme.timeline(&child).await;
    let only = &entries(&timeline)[0];
    assert_eq!((entries(&timeline).len(), &only["parent"]), (1, &json!(null)));
    assert!(only["cause"].as_str().expect("a cause").starts_with("job:"));
}

#[actix_web::test]
async fn a_timeline_goes_through_events_and_their_deliveries() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let made =
        acme.post("/api/events", json!({ "type": "echo.heard", "payload": {} })).await.expect(202).data();
    app.run_jobs().await;
    let path = format!("/api/events/{}/timeline", made["eventId"].as_str().expect("an id"));
    let line = acme.get(&path).await.expect(200).data();
    let kinds: Vec<_> =
        line["entries"].as_array().expect("entries").iter().map(|one| one["kind"].clone()).collect();
    assert_eq!(kinds[..4], [json!("event"), json!("job"), json!("event"), json!("job")]);
    assert_eq!(line["entries"][1]["parent"], made["eventId"]);
    let last = line["entries"].as_array().expect("entries").last().expect("some").clone();
    let from_below = acme.get(&format!("/api/jobs/{}/timeline", last["id"].as_str().expect("an id"))).await;
    let from_below = from_below.expect(200).data();
    assert_eq!(from_below["entries"][0]["id"], made["eventId"]);
    assert_eq!(from_below["request"], line["request"]);
}
