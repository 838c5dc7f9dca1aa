//! What ran when the process ended, what runs for too long, and what is cancelled while it runs.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use serde_json::json;
use steading::kernel::jobs::{Named, NewJob, enqueue_named};
use steading::kernel::{Hand, Who};

use crate::support::{TestApp, ran};

#[actix_web::test]
async fn a_handler_that_runs_too_long_is_stopped_and_tried_again() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let job = acme.enqueue(json!({ "does": "hang", "name": "hangs" })).await;
    app.begin_jobs().await;
    assert_eq!((acme.state_of(&job).await.as_str(), ran("hangs")), ("running", 1));
    app.clock.advance(Duration::from_secs(29));
    app.begin_jobs().await;
    assert_eq!(acme.state_of(&job).await, "running");
    app.clock.advance(Duration::from_secs(1));
    app.run_jobs().await;
    let shown = acme.job(&job).await;
    assert_eq!((&shown["state"], &shown["failure"]), (&json!("scheduled"), &json!("timed_out")));
    assert_eq!(shown["error"], json!("It ran for longer than its time limit of 30 s."));
}

#[actix_web::test]
async fn a_running_job_that_is_cancelled_ends_as_cancelled() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let job = acme.enqueue(json!({ "does": "hang", "name": "cancelled while it runs" })).await;
    app.begin_jobs().await;
    let shown = acme.post(&format!("{job}/cancel"), json!({})).await.expect(200).data();
    assert!(shown["cancelAskedAt"].is_string());
    acme.delete(&job).await.expect(409);
    app.clock.advance(Duration::from_secs(5));
    app.run_jobs().await;
    assert_eq!(acme.state_of(&job).await, "cancelled");
}

#[actix_web::test]
async fn jobs_of_a_tenant_that_is_half_erased_hold_up_nobody() {
    let app = TestApp::start().await;
    let (gone, acme) = app.tenant("acme").await;
    let (_, other) = app.tenant("other").await;
    acme.enqueue_with(json!({ "does": "die" }), json!({ "delaySeconds": 10 })).await;
    acme.enqueue(json!({ "does": "hang", "name": "half erased" })).await;
    app.begin_jobs().await;
    let job = other.enqueue(json!({ "does": "succeed", "name": "beside it" })).await;
    app.run_as_engine(format!("DELETE FROM job_counts_all WHERE tenant_id = {}", gone.number.get())).await;
    app.clock.advance(Duration::from_secs(60));
    app.run_jobs().await;
    assert_eq!(other.state_of(&job).await, "done");
}

#[actix_web::test]
async fn a_clean_stop_gives_the_attempt_back() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let job = acme.enqueue(json!({ "does": "hang", "name": "stopped" })).await;
    app.begin_jobs().await;
    let app = app.restart().await;
    let shown = acme.at(&app.url).job(&job).await;
    assert_eq!((&shown["state"], &shown["attempt"]), (&json!("ready"), &json!(0)));
    assert_eq!(shown["attempts"][0]["outcome"], json!("returned"));
}

#[actix_web::test]
async fn a_job_that_is_made_while_others_are_made_ready_is_not_forgotten() {
    let app = TestApp::start().await;
    let (tenant, acme) = app.tenant("acme").await;
    let act = json!({ "does": "succeed", "name": "in between" });
    acme.enqueue_with(act.clone(), json!({ "delaySeconds": 60 })).await;
    acme.enqueue_with(act.clone(), json!({ "delaySeconds": 3_600 })).await;
    app.clock.advance(Duration::from_secs(60));
    // One write waits for us, behind it the engine's own, and then another delayed job; the engine
    // hears of its write only after that job was told of.
    let (go, wait) = mpsc::channel::<()>();
    let (tell, told) = mpsc::channel::<()>();
    let (kernel, by) = (app.app.kernel(), Who { tenant: Arc::new(tenant), ..app.operator() });
    let first = kernel.db.write(&by, move |_| {
        wait.recv().expect("it is told to go on");
        Ok(())
    });
    let promotes = kernel.jobs.step(kernel, 1);
    let (who, run_at) = (by.clone(), Some(app.clock.now() + Duration::from_secs(10)));
    let job = NewJob { run_at, ..NewJob::default() };
    let named = [Named { kind: "test.act".into(), payload: act, job }];
    let delayed = kernel.db.write(&by, move |tx| {
        enqueue_named(tx, &Hand::of_server(who.clone()), &named)?;
        let tell = tell.clone();
        tx.after_commit(move || tell.send(()).expect("it is listened to"));
        Ok(())
    });
    let lets_go = async {
        go.send(()).expect("it waits");
        told.recv().expect("the job is made");
    };
    let (first, promoted, delayed, ()) = tokio::join!(first, promotes, delayed, lets_go);
    assert!(first.is_ok() && delayed.is_ok());
    assert_eq!(promoted.expect("the round is written").0.promoted, 1);
    app.clock.advance(Duration::from_secs(10));
    app.run_jobs().await;
    assert_eq!(acme.states().await, "done 2, scheduled 1");
}
