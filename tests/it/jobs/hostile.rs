//! Handlers that do what no handler should, with workers at work and the system's clock.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Caller, TestApp};

/// Far longer than anything here takes: when it is over, something hangs.
const PATIENCE: Duration = Duration::from_secs(120);

async fn until_states(acme: &Caller, states: &str) {
    let begun = Instant::now();
    loop {
        let now = acme.states().await;
        if now == states {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{now}, and not {states}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[actix_web::test]
async fn handlers_that_hold_every_thread_time_out_and_others_go_on() {
    let app = TestApp::start_live(|config| config.jobs.tenant_concurrency = 100).await;
    let (_, acme) = app.tenant("acme").await;
    let blockers = available_parallelism().map_or(2, usize::from).clamp(2, 8) + 1;
    let once = json!({ "timeoutSeconds": 1, "maxAttempts": 1 });
    let mut blocking = Vec::new();
    for _ in 0..blockers {
        blocking.push(acme.enqueue_with(json!({ "does": "block" }), once.clone()).await);
    }
    for _ in 0..20 {
        acme.enqueue_with(json!({ "does": "succeed", "name": "beside blockers" }), once.clone()).await;
    }
    until_states(&acme, &format!("dead {blockers}, done 20")).await;
    for job in &blocking {
        let shown = acme.job(job).await;
        assert_eq!(shown["failure"], json!("timed_out"), "{shown}");
    }
    // The process ends although they hold their threads for ever.
    tokio::time::timeout(PATIENCE, app.stop()).await.expect("it stops");
}

#[actix_web::test]
async fn a_handler_in_the_middle_of_its_work_is_not_harmed_by_those_that_time_out_beside_it() {
    let app = TestApp::start_live(|config| config.jobs.tenant_concurrency = 100).await;
    let (_, acme) = app.tenant("acme").await;
    let patient = acme.enqueue(json!({ "does": "wait", "seconds": 3 })).await;
    let once = json!({ "timeoutSeconds": 1, "maxAttempts": 1 });
    for _ in 0..10 {
        acme.enqueue_with(json!({ "does": "hang", "name": "times out" }), once.clone()).await;
    }
    until_states(&acme, "dead 10, done 1").await;
    let shown = acme.job(&patient).await;
    let attempts = shown["attempts"].as_array().expect("attempts");
    assert_eq!((attempts.len(), &attempts[0]["outcome"]), (1, &json!("done")), "{shown}");
}

#[actix_web::test]
async fn ten_thousand_children_are_all_done() {
    let app = TestApp::start_live(|_| {}).await;
    let (_, acme) = app.tenant("acme").await;
    acme.enqueue(json!({ "does": "spawn", "children": 10_000 })).await;
    until_states(&acme, "done 10001").await;
    app.stop().await;
}

#[actix_web::test]
async fn an_enormous_result_is_a_failure_and_an_endless_log_is_cut() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let boasts = acme.enqueue(json!({ "does": "boast", "bytes": 10_000_000 })).await;
    let chats = acme.enqueue(json!({ "does": "chat", "lines": 10_000 })).await;
    app.run_jobs().await;
    let shown = acme.job(&boasts).await;
    assert_eq!((&shown["state"], &shown["failure"]), (&json!("scheduled"), &json!("handler_error")));
    assert_eq!(shown["error"], json!("its result is larger than 256 KiB"));
    let shown = acme.job(&chats).await;
    let logs = shown["attempts"][0]["logs"].as_array().expect("lines");
    assert_eq!((&shown["state"], logs.len()), (&json!("done"), 200));
    assert!(logs.iter().all(|line| line["line"].as_str().expect("text").len() <= 2_000));
}

/// Where the server below finds its data.
const DATA: &str = "STEADING_TEST_ABORTS_IN";

/// No test of its own: the one below runs it in a process that may die.
#[actix_web::test]
async fn a_server_that_may_die() {
    if let Some(dir) = env::var_os(DATA) {
        let _running = TestApp::serve_live_in(Path::new(&dir)).await;
        tokio::time::sleep(PATIENCE).await;
    }
}

#[actix_web::test]
async fn a_job_that_kills_the_process_ends_as_a_dead_letter() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let kills = acme.enqueue_with(json!({ "does": "abort" }), json!({ "maxAttempts": 2 })).await;
    let dir = app.stop().await;
    for _ in 0..2 {
        let mut server = Command::new(env::current_exe().expect("this binary"));
        server.args(["--exact", "jobs::hostile::a_server_that_may_die"]).env(DATA, dir.path());
        let status = server.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("it runs");
        assert!(!status.success(), "the job has killed it");
    }
    let app = TestApp::start_live_in(dir, |_| {}).await;
    let shown = app.later("owner@acme.example", "acme").await.job(&kills).await;
    assert_eq!((&shown["state"], &shown["failure"]), (&json!("dead"), &json!("process_restarted")));
    assert_eq!(shown["attempts"].as_array().expect("attempts").len(), 2);
}
