//! Taking jobs: at once, after a wait, and never twice.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use super::{path_of, start};
use crate::support::{Caller, TestApp};

#[actix_web::test]
async fn a_worker_takes_a_job_with_all_that_it_needs_and_completes_it() {
    let (app, acme) = start().await;
    let job = acme.order("render", json!({})).await;
    app.run_jobs().await;
    assert_eq!(acme.state_of(&job).await, "ready", "the server's own workers leave it alone");
    let claimed = acme.claim(json!({ "limit": 10, "leaseSeconds": 30 })).await;
    assert_eq!(claimed.len(), 1);
    let mine = &claimed[0];
    assert_eq!(path_of(mine), job);
    assert_eq!((&mine["jobName"], &mine["payload"]), (&json!("video.render"), &json!({ "frame": 7 })));
    assert_eq!((&mine["attempt"], &mine["maxAttempts"]), (&json!(1), &json!(5)));
    assert_eq!(mine["leaseUntil"], json!("2026-01-01T00:00:30.000Z"));
    assert!(mine["envelope"]["actorId"].as_str().expect("an actor").starts_with("user:"));
    assert_eq!(acme.state_of(&job).await, "running");
    assert_eq!(acme.claim(json!({})).await.len(), 0, "it is taken");

    let done = json!({ "lease": mine["lease"], "result": { "url": "x" }, "logs": ["one", "two"] });
    let ended = acme.post(&format!("{job}/complete"), done).await.expect(200).data();
    assert_eq!((&ended["state"], &ended["runAt"]), (&json!("done"), &json!(null)));
    let shown = acme.job(&job).await;
    assert_eq!((&shown["result"], &shown["state"]), (&json!({ "url": "x" }), &json!("done")));
    assert_eq!(shown["attempts"][0]["logs"][1]["line"], json!("two"));
    assert_eq!(acme.states().await, "done 1");
    assert_eq!(app.app.jobs.figures().leased, 0);
}

/// Returns when so many claims wait.
async fn until_waiting(app: &TestApp, claims: usize) {
    let waiting = async {
        while app.app.jobs.figures().waiting != claims {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("they come to wait");
}

fn wait_for_one(acme: &Caller) -> tokio::task::JoinHandle<usize> {
    let acme = acme.clone();
    actix_web::rt::spawn(async move { acme.claim(json!({ "waitSeconds": 30 })).await.len() })
}

#[actix_web::test]
async fn a_claim_that_waits_is_answered_when_a_job_comes() {
    let (app, acme) = start().await;
    let waiting = wait_for_one(&acme);
    until_waiting(&app, 1).await;
    acme.order("render", json!({})).await;
    assert_eq!(waiting.await.expect("it is answered"), 1);
    until_waiting(&app, 0).await;
}

#[actix_web::test]
async fn a_claim_that_waits_is_answered_when_a_job_falls_due_or_its_queue_goes_on() {
    let (app, acme) = start().await;
    acme.order("render", json!({ "delaySeconds": 60 })).await;
    let waiting = wait_for_one(&acme);
    until_waiting(&app, 1).await;
    app.clock.advance(Duration::from_secs(60));
    app.run_jobs().await;
    assert_eq!(waiting.await.expect("it is answered"), 1);

    acme.patch("/api/queues/render", json!({ "paused": true })).await.expect(200);
    acme.order("render", json!({})).await;
    let waiting = wait_for_one(&acme);
    until_waiting(&app, 1).await;
    acme.patch("/api/queues/render", json!({ "paused": false })).await.expect(200);
    assert_eq!(waiting.await.expect("it is answered"), 1);
}

#[actix_web::test]
async fn every_job_of_a_batch_finds_one_of_those_who_wait() {
    let (app, acme) = start().await;
    let waiting: Vec<_> = (0..10).map(|_| wait_for_one(&acme)).collect();
    until_waiting(&app, 10).await;
    let order = json!({ "jobName": "video.render", "queue": "render" });
    acme.post("/api/jobs/enqueue/batch", json!({ "jobs": vec![order; 10] })).await.expect(202);
    for one in waiting {
        assert_eq!(one.await.expect("it is answered"), 1);
    }
}

#[actix_web::test]
async fn who_hangs_up_while_he_waits_gets_no_job() {
    let (app, acme) = start().await;
    let waiting = wait_for_one(&acme);
    until_waiting(&app, 1).await;
    waiting.abort();
    until_waiting(&app, 0).await;
    let job = acme.order("render", json!({})).await;
    assert_eq!(acme.state_of(&job).await, "ready");
    assert_eq!(acme.claim(json!({})).await.len(), 1);
}

#[actix_web::test]
async fn workers_that_claim_at_once_never_get_the_same_job() {
    let app = TestApp::start_with(|config| config.jobs.tenant_concurrency = 1_000).await;
    let (_, acme) = app.tenant("acme").await;
    acme.post("/api/queues", json!({ "name": "render", "outside": true })).await.expect(201);
    let order = json!({ "jobName": "video.render", "queue": "render" });
    acme.post("/api/jobs/enqueue/batch", json!({ "jobs": vec![order; 200] })).await.expect(202);
    let worker = |_| {
        let acme = acme.clone();
        actix_web::rt::spawn(async move {
            let mut got = Vec::new();
            loop {
                let claimed = acme.claim(json!({ "limit": 7 })).await;
                if claimed.is_empty() {
                    return got;
                }
                for job in claimed {
                    let done = json!({ "lease": job["lease"] });
                    acme.post(&format!("{}/complete", path_of(&job)), done).await.expect(200);
                    got.push(path_of(&job));
                }
            }
        })
    };
    let workers: Vec<_> = (0..4).map(worker).collect();
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.expect("a worker"));
    }
    // One may come back empty-handed while another still asks for the last ones.
    all.extend(acme.claim(json!({ "limit": 100 })).await.iter().map(path_of));
    assert_eq!(all.len(), 200);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 200);
}

#[actix_web::test]
async fn a_worker_may_ask_for_its_kinds_in_every_queue() {
    let (_app, acme) = start().await;
    acme.post("/api/queues", json!({ "name": "sound", "outside": true })).await.expect(201);
    acme.order("render", json!({ "jobName": "video.cut" })).await;
    acme.order("render", json!({ "jobName": "video.render" })).await;
    acme.order("sound", json!({ "jobName": "sound.mix" })).await;
    let claim = |kinds: &[&str]| {
        let body = json!({ "kinds": kinds, "limit": 10 });
        let acme = acme.clone();
        async move {
            let data = acme.post("/api/jobs/claim", body).await.expect(200).data();
            let jobs = data.as_array().expect("a list").clone();
            jobs.iter().map(|job| job["jobName"].as_str().expect("a kind").to_owned()).collect::<Vec<_>>()
        }
    };
    assert!(claim(&["sound", "mix", "video"]).await.is_empty(), "a part of a name is no name");
    assert_eq!(claim(&["video.render"]).await, ["video.render"]);
    let mut rest = claim(&["sound.mix", "video.cut"]).await;
    rest.sort();
    assert_eq!(rest, ["sound.mix", "video.cut"]);
}

#[actix_web::test]
async fn the_more_urgent_goes_first() {
    let (_app, acme) = start().await;
    acme.order("render", json!({ "priority": "low" })).await;
    let urgent = acme.order("render", json!({ "priority": "urgent" })).await;
    assert_eq!(path_of(&acme.claim(json!({})).await[0]), urgent);
}

#[actix_web::test]
async fn too_many_who_wait_are_turned_away() {
    let (app, acme) = start().await;
    let waiting: Vec<_> = (0..100).map(|_| wait_for_one(&acme)).collect();
    until_waiting(&app, 100).await;
    let turned = acme.post("/api/jobs/claim", json!({ "queues": ["render"], "waitSeconds": 1 })).await;
    assert_eq!(turned.expect(503).header("retry-after"), "1");
    acme.post("/api/jobs/claim", json!({ "queues": ["render"] })).await.expect(200);
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
    until_waiting(&app, 0).await;
}

#[actix_web::test]
async fn who_waits_does_not_hold_up_a_stop() {
    let (app, acme) = start().await;
    let waiting = wait_for_one(&acme);
    until_waiting(&app, 1).await;
    tokio::time::timeout(Duration::from_secs(8), app.stop()).await.expect("it stops within its grace");
    assert_eq!(waiting.await.expect("it is answered"), 0);
}
