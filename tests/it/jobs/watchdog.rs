//! An engine that does not get on is noticed, said to be so, and put going again.

use std::time::Duration;

use serde_json::json;
use steading::kernel::jobs;

use crate::support::TestApp;

/// Longer than work may wait that could be done.
const LONG: Duration = Duration::from_secs(11);

#[actix_web::test]
async fn a_driver_that_is_gone_is_noticed_and_replaced() {
    let app = TestApp::start_with(|config| config.jobs.concurrency = 2).await;
    let (_, acme) = app.tenant("acme").await;
    let kernel = app.app.kernel();
    kernel.jobs.lose_driver();
    let data = acme.post("/api/jobs/enqueue", json!({ "jobName": "system.ping" })).await.expect(202).data();
    let job = format!("/api/jobs/{}", data["jobId"].as_str().expect("an id"));
    while kernel.jobs.stall().is_none() {
        app.clock.advance(LONG);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let probe = app.nobody().get("/readyz").await.expect(503);
    assert!(probe.message().contains("jobs"), "{}", probe.text);
    assert_eq!(kernel.jobs.restarts(), 0);

    jobs::watch_once(kernel).await.expect("another takes over");
    assert_eq!(kernel.jobs.restarts(), 1);
    while acme.get(&job).await.expect(200).data()["state"] != json!("done") {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    app.nobody().get("/readyz").await.expect(200);
}

#[actix_web::test]
async fn an_engine_without_work_is_not_stuck() {
    let app = TestApp::start_with(|config| config.jobs.concurrency = 2).await;
    let kernel = app.app.kernel();
    kernel.jobs.lose_driver();
    for _ in 0..3 {
        app.clock.advance(LONG);
        jobs::watch_once(kernel).await.expect("it looks");
    }
    assert_eq!((kernel.jobs.stall(), kernel.jobs.restarts()), (None, 0));
}
