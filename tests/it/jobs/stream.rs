//! The live stream: what is told, to whom, and how it ends.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{Caller, TestApp, narrow};

/// Ends a test that would wait for ever.
const PATIENCE: Duration = Duration::from_secs(20);

/// A stream that somebody listens to.
struct Listening {
    response: Response,
    text: String,
}

impl Caller {
    async fn listen(&self, query: &str) -> Listening {
        let path = format!("/api/jobs/stream?{query}");
        let response = self.request(Method::GET, &path).send().await.expect("the server answers");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert!(response.headers().get("content-encoding").is_none());
        let mut listening = Listening { response, text: String::new() };
        assert_eq!(listening.next().await.expect("an event").0, "counts", "it begins with the counts");
        listening
    }
}

impl Listening {
    /// The next event, or none when the stream is over.
    async fn next(&mut self) -> Option<(String, Value)> {
        tokio::time::timeout(PATIENCE, self.read()).await.expect("something happens")
    }

    async fn read(&mut self) -> Option<(String, Value)> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
                if let (Some(name), Some(data)) = (field("event: "), field("data: ")) {
                    return Some((name.into(), serde_json::from_str(data).expect("JSON")));
                }
            }
            let chunk = self.response.chunk().await.ok()??;
            self.text += std::str::from_utf8(&chunk).expect("text");
        }
    }

    /// The next event of this name.
    async fn expect(&mut self, name: &str) -> Value {
        loop {
            let (found, data) = self.next().await.expect("the stream goes on");
            if found == name {
                return data;
            }
        }
    }
}

/// Returns when so many listen.
async fn until_listening(app: &TestApp, many: usize) {
    let waiting = async {
        while app.app.jobs.watchers() != many {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("they come or go");
}

#[actix_web::test]
async fn a_job_is_told_of_as_it_goes_and_the_counts_after_it() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let mut listening = acme.listen("").await;
    let job = acme.enqueue(json!({ "does": "die" })).await;
    let told = listening.expect("job").await;
    assert_eq!((&told["state"], &told["jobName"]), (&json!("ready"), &json!("test.act")));
    assert_eq!(format!("/api/jobs/{}", told["id"].as_str().expect("an id")), job);
    assert_eq!(listening.expect("counts").await["states"]["ready"], json!(1));
    app.run_jobs().await;
    loop {
        let told = listening.expect("job").await;
        if told["state"] == json!("dead") {
            assert_eq!(told["error"], json!("hopeless"));
            break;
        }
    }
    assert_eq!(listening.expect("counts").await["queues"]["default"]["dead"], json!(1));
}

#[actix_web::test]
async fn progress_is_told_too() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    acme.enqueue(json!({ "does": "report", "percent": 40 })).await;
    let mut listening = acme.listen("").await;
    app.run_jobs().await;
    // A look may fall between the beginning and the progress.
    while listening.expect("job").await["progress"] != json!(40) {}
}

#[actix_web::test]
async fn a_filter_leaves_out_what_it_does_not_match() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let queries = ["queue=other", "tag=red", "jobName=system.ping", "state=scheduled"];
    let mut listening = Vec::new();
    for query in queries {
        listening.push(acme.listen(query).await);
    }
    let die = json!({ "does": "die" });
    acme.enqueue(die.clone()).await;
    acme.enqueue_with(die.clone(), json!({ "queue": "other" })).await;
    acme.enqueue_with(die.clone(), json!({ "tags": ["red", "blue"] })).await;
    acme.post("/api/jobs/enqueue", json!({ "jobName": "system.ping" })).await.expect(202);
    acme.enqueue_with(die, json!({ "delaySeconds": 60 })).await;
    let mut told = Vec::new();
    for one in &mut listening {
        told.push(one.expect("job").await);
    }
    assert_eq!(told[0]["queue"], json!("other"));
    assert_eq!(told[1]["tags"], json!(["red", "blue"]));
    assert_eq!(told[2]["jobName"], json!("system.ping"));
    assert_eq!(told[3]["state"], json!("scheduled"));
}

#[actix_web::test]
async fn who_can_not_be_told_of_each_is_told_that_he_missed_some() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let mut listening = acme.listen("").await;
    let order = json!({ "jobName": "system.ping" });
    acme.post("/api/jobs/enqueue/batch", json!({ "jobs": vec![order; 500] })).await.expect(202);
    assert_eq!(listening.expect("lagged").await, json!({}));
    loop {
        if listening.expect("counts").await["states"]["ready"] == json!(500) {
            break;
        }
    }
}

#[actix_web::test]
async fn nobody_hears_of_another_tenants_jobs() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let (_, other) = app.tenant("other").await;
    let mut listening = other.listen("").await;
    acme.enqueue(json!({ "does": "die" })).await;
    let job = other.enqueue(json!({ "does": "die" })).await;
    let (name, told) = listening.next().await.expect("an event");
    assert_eq!((name.as_str(), format!("/api/jobs/{}", told["id"].as_str().expect("an id"))), ("job", job));
    assert_eq!(listening.expect("counts").await["states"], json!({ "ready": 1 }));
}

#[actix_web::test]
async fn a_stream_ends_with_its_token() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let mut expires = acme.listen("").await;
    app.clock.advance(Duration::from_hours(25));
    let end = expires.expect("end").await;
    assert!(end["reason"].as_str().expect("a reason").contains("token"), "{end}");
    assert!(expires.next().await.is_none());
    until_listening(&app, 0).await;
}

#[actix_web::test]
async fn a_stream_ends_when_its_listener_is_no_longer_one_of_the_tenant() {
    let app = TestApp::start().await;
    let (acme, owner) = app.tenant("acme").await;
    let mut listening = owner.listen("").await;
    app.run_as_engine(format!("DELETE FROM members_all WHERE tenant_id = {}", acme.number.get())).await;
    listening.expect("end").await;
    assert!(listening.next().await.is_none());
}

#[actix_web::test]
async fn a_listener_that_goes_makes_room() {
    let app = TestApp::start_with(|config| config.limits.streams_per_tenant = 3).await;
    let (_, acme) = app.tenant("acme").await;
    let (_, other) = app.tenant("other").await;
    let mut listening = Vec::new();
    for _ in 0..3 {
        listening.push(acme.listen("").await);
    }
    acme.get("/api/jobs/stream").await.expect(503);
    other.get("/api/jobs/stream").await.expect(200);
    listening.clear();
    until_listening(&app, 0).await;
    acme.listen("").await;
}

#[actix_web::test]
async fn a_stop_ends_every_stream_and_waits_for_none() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let mut listening = acme.listen("").await;
    tokio::time::timeout(Duration::from_secs(8), app.stop()).await.expect("it stops within its grace");
    assert_eq!(listening.expect("end").await["reason"], json!("the server stops"));
    assert!(listening.next().await.is_none());
}

#[actix_web::test]
async fn only_who_may_see_jobs_may_watch_them() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    app.nobody().in_tenant("acme").get("/api/jobs/stream").await.expect(401);
    let only = narrow(acme.token(), "check if operation(\"jobs:write\")");
    app.nobody().with_token(&only).in_tenant("acme").get("/api/jobs/stream").await.expect(403);
    for (query, path) in [("state=tired", "state"), ("queue=Q", "queue"), ("hurry=1", "hurry")] {
        let bad = acme.get(&format!("/api/jobs/stream?{query}")).await.expect(422);
        assert_eq!(bad.paths(), [path]);
    }
    let head = acme.send(Method::HEAD, "/api/jobs/stream", None).await.expect(200);
    assert_eq!((head.header("content-type"), head.text.as_str()), ("text/event-stream", ""));
}
