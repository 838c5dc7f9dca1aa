//! Why a job does not run, in every way in which it can not.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

impl Caller {
    async fn why(&self, job: &str) -> Value {
        let why = self.get(&format!("{job}/why")).await.expect(200).data();
        assert!(why["sentence"].as_str().is_some_and(|sentence| sentence.ends_with('.')), "{why}");
        why
    }

    async fn reason(&self, job: &str) -> String {
        self.why(job).await["reason"].as_str().expect("a reason").to_owned()
    }

    async fn order_outside(&self, more: Value) -> String {
        let mut body = json!({ "jobName": "video.render", "queue": "render" });
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let data = self.post("/api/jobs/enqueue", body).await.expect(202).data();
        format!("/api/jobs/{}", data["jobId"].as_str().expect("an id"))
    }

    async fn claim_one(&self) {
        let claim = json!({ "queues": ["render"] });
        let jobs = self.post("/api/jobs/claim", claim).await.expect(200).data();
        assert_eq!(jobs.as_array().expect("a list").len(), 1);
    }
}

#[actix_web::test]
async fn a_job_that_waits_for_its_time_says_when_that_is() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let act = json!({ "does": "fail", "name": "asked why" });
    let job = acme.enqueue_with(act, json!({ "delaySeconds": 60 })).await;
    let why = acme.why(&job).await;
    assert_eq!((&why["reason"], &why["until"]), (&json!("scheduled"), &json!("2026-01-01T00:01:00.000Z")));
    assert_eq!(why["sentence"], json!("It waits for its time, 2026-01-01T00:01:00.000Z."));
    app.clock.advance(Duration::from_secs(60));
    assert_eq!(acme.why(&job).await["sentence"], json!("Its time has come; it is ready in a moment."));
    app.run_jobs().await;
    let why = acme.why(&job).await;
    assert!(why["sentence"].as_str().expect("a sentence").starts_with("Its last attempt failed"), "{why}");
}

#[actix_web::test]
async fn a_job_that_runs_or_is_over_says_so() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let dead = acme.enqueue(json!({ "does": "die" })).await;
    app.run_jobs().await;
    assert_eq!(acme.why(&dead).await["sentence"], json!("It is dead and runs no more."));
    let job = acme.enqueue(json!({ "does": "hang", "name": "runs while asked" })).await;
    app.begin_jobs().await;
    assert_eq!(acme.reason(&job).await, "running");
}

#[actix_web::test]
async fn a_queue_says_what_holds_it() {
    let app = TestApp::start_with(|config| config.jobs.tenant_concurrency = 3).await;
    let (_, acme) = app.tenant("acme").await;
    acme.post("/api/queues", json!({ "name": "render", "outside": true })).await.expect(201);
    for _ in 0..3 {
        acme.order_outside(json!({})).await;
    }
    let last = acme.order_outside(json!({})).await;
    acme.patch("/api/queues/render", json!({ "paused": true })).await.expect(200);
    assert_eq!(acme.reason(&last).await, "paused");

    acme.patch("/api/queues/render", json!({ "paused": false, "concurrency": 1 })).await.expect(200);
    acme.claim_one().await;
    let why = acme.why(&last).await;
    assert_eq!(
        (&why["reason"], &why["limit"], &why["running"]),
        (&json!("queue_full"), &json!(1), &json!(1))
    );

    acme.patch("/api/queues/render", json!({ "concurrency": null, "ratePerMinute": 6 })).await.expect(200);
    acme.claim_one().await;
    let why = acme.why(&last).await;
    assert_eq!((&why["reason"], &why["until"]), (&json!("rate_limited"), &json!("2026-01-01T00:00:10.000Z")));
    app.clock.advance(Duration::from_secs(10));
    assert_eq!(acme.reason(&last).await, "behind");

    acme.claim_one().await;
    let why = acme.why(&last).await;
    assert_eq!(
        (&why["reason"], &why["limit"], &why["running"]),
        (&json!("tenant_full"), &json!(3), &json!(3))
    );
}

#[actix_web::test]
async fn a_queue_that_nobody_serves_says_so_and_then_how_many_are_ahead() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let inside = acme.enqueue(json!({ "does": "die" })).await;
    assert_eq!(acme.reason(&inside).await, "no_worker", "this server's own workers are off");
    acme.post("/api/queues", json!({ "name": "render", "outside": true })).await.expect(201);
    let low = acme.order_outside(json!({ "priority": "low" })).await;
    assert_eq!(acme.reason(&low).await, "no_worker");
    acme.claim_one().await;
    let low = acme.order_outside(json!({ "priority": "low" })).await;
    for _ in 0..3 {
        acme.order_outside(json!({})).await;
    }
    let lowest = acme.order_outside(json!({ "priority": "low" })).await;
    for (job, ahead) in [(&low, 3), (&lowest, 4)] {
        let why = acme.why(job).await;
        assert_eq!((&why["reason"], &why["ahead"]), (&json!("behind"), &json!(ahead)));
    }
    let first = acme.order_outside(json!({ "priority": "urgent" })).await;
    assert_eq!(acme.why(&first).await["ahead"], json!(0));
    app.clock.advance(Duration::from_secs(60));
    assert_eq!(acme.reason(&first).await, "no_worker", "nobody has asked for a minute");
}

#[actix_web::test]
async fn a_kind_that_no_handler_knows_is_named() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let job = acme.enqueue(json!({ "does": "die" })).await;
    app.run_as_engine("UPDATE jobs_all SET kind = 'gone.kind'".into()).await;
    for _ in 0..2 {
        let why = acme.why(&job).await;
        assert_eq!(why["reason"], json!("unknown_kind"));
        assert!(why["sentence"].as_str().expect("a sentence").contains("gone.kind"), "{why}");
        app.run_jobs().await;
    }
    assert_eq!(acme.state_of(&job).await, "scheduled", "it is kept for a version that knows it");
}

#[actix_web::test]
async fn a_job_behind_busy_workers_says_how_many_there_are() {
    let app = TestApp::start_with(|config| config.jobs.concurrency = 1).await;
    let (_, acme) = app.tenant("acme").await;
    acme.enqueue(json!({ "does": "hang", "name": "keeps the only worker" })).await;
    acme.enqueue(json!({ "does": "die" })).await;
    let last = acme.enqueue(json!({ "does": "die" })).await;
    let why = acme.why(&last).await;
    assert_eq!((&why["reason"], &why["ahead"]), (&json!("behind"), &json!(1)));
    assert_eq!(why["sentence"], json!("1 job of the queue default is ahead of it; all 1 workers are busy."));
    app.app.jobs.stop(app.app.kernel(), Duration::ZERO).await;
}

#[actix_web::test]
async fn another_tenants_job_is_not_explained() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let (_, other) = app.tenant("other").await;
    let job = acme.enqueue(json!({ "does": "die" })).await;
    other.get(&format!("{job}/why")).await.expect(404);
    other.get(&format!("{job}/timeline")).await.expect(404);
}
