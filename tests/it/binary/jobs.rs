//! Jobs and keys from the command line, in the log, and over a stop: the real workers, on the real clock.

use serde_json::{Value, json};

use super::home::{Home, Server};
use crate::support::Caller;

/// The answer of a command to the server, as JSON.
fn ask(home: &Home, server: &Server, token: &str, words: &[&str]) -> Value {
    let at = ["--json", "--url", &server.url, "--token", token];
    home.run(&[words, &at].concat()).expect(0).json()
}

/// Returns once the job is in that state.
async fn wait_for(caller: &Caller, id: &str, state: &str) -> Value {
    let end = std::time::Instant::now() + super::home::PATIENCE;
    loop {
        let job = caller.get(&format!("/api/jobs/{id}")).await.expect(200).data();
        if job["state"] == state {
            return job;
        }
        assert!(std::time::Instant::now() < end, "it never was {state}: {job}");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[actix_web::test]
async fn a_job_has_one_trace_in_the_reply_the_log_and_its_page() {
    let home = Home::new();
    let owner = home.furnish();
    let server = home.serve_with(&[("STEADING__LOG__LEVEL", "info"), ("STEADING__LOG__FORMAT", "json")]);
    let acme = Caller::new(&server.url).with_token(&owner).in_tenant("acme");
    let body = json!({ "jobName": "system.ping", "payload": { "message": "a lamp is lit" } });
    let enqueued = acme.post("/api/jobs/enqueue", body).await.expect(202);
    let (trace, data) = (enqueued.json()["meta"]["traceId"].take(), enqueued.data());
    let job = wait_for(&acme, data["jobId"].as_str().expect("an id"), "done").await;
    assert_eq!(job["envelope"]["traceId"], trace, "the page");
    assert!(server.stop().success());
    let log = std::fs::read_to_string(home.path().join("server.log")).expect("the log");
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
    let lines: Vec<Value> = lines.map(|mut line| line["fields"].take()).collect();
    let line = lines.iter().find(|line| line["message"] == "a lamp is lit").expect("the handler's line");
    assert_eq!((&line["trace"], &line["tenant"]), (&trace, &json!("acme")), "the log");
    assert_eq!((&line["actor"], &line["job"]), (&job["envelope"]["actorId"], &data["jobId"]));
}

#[actix_web::test]
async fn jobs_are_enqueued_listed_paused_and_cancelled_at_the_command_line() {
    let home = Home::new();
    let owner = home.furnish();
    let server = home.serve();
    let acme = Caller::new(&server.url).with_token(&owner).in_tenant("acme");
    let run = |words: &[&str]| ask(&home, &server, &owner, &[words, &["--tenant", "acme"]].concat());
    let done = run(&["jobs", "enqueue", "system.ping", "{\"message\":\"hello\"}"]);
    wait_for(&acme, done["jobId"].as_str().expect("an id"), "done").await;
    assert_eq!(run(&["jobs", "pause", "default"])["paused"], json!(true));
    let waits = run(&["jobs", "enqueue", "system.ping"]);
    let id = waits["jobId"].as_str().expect("an id");
    assert_eq!(run(&["jobs", "list", "--state", "ready"])[0]["id"], waits["jobId"]);
    assert_eq!(run(&["jobs", "stats"])["states"], json!({ "done": 1, "ready": 1, "running": 0 }));
    assert_eq!(run(&["jobs", "cancel", id])["state"], json!("cancelled"));
    assert_eq!(run(&["jobs", "retry", id])["state"], json!("ready"));
    assert_eq!(run(&["jobs", "resume", "default"])["paused"], json!(false));
    wait_for(&acme, id, "done").await;
    assert_eq!(run(&["jobs", "show", id])["attempt"], json!(1));
    let words = home.run(&["jobs", "list", "--url", &server.url, "--token", &owner, "--tenant", "acme"]);
    assert!(words.expect(0).out.starts_with("ID "));
    assert!(home.run(&["jobs", "list", "--url", &server.url]).expect(2).line().contains("--token"));
}

#[actix_web::test]
async fn keys_are_made_listed_and_deleted_at_the_command_line() {
    let home = Home::new();
    let owner = home.furnish();
    let server = home.serve();
    let run = |words: &[&str]| ask(&home, &server, &owner, &[words, &["--tenant", "acme"]].concat());
    let made = run(&["key", "create", "reader", "--allow", "requests:read", "--expires", "1d"]);
    let reader = Caller::new(&server.url).with_token(made["token"].as_str().expect("a token"));
    reader.get("/api/requests").await.expect(200);
    reader.post("/api/requests", json!({ "title": "a" })).await.expect(403);
    assert_eq!(run(&["key", "list"])[0]["name"], json!("reader"));
    run(&["key", "delete", made["id"].as_str().expect("an id")]);
    reader.get("/api/requests").await.expect(401);
    let inspected =
        home.run(&["token", "inspect", "--token", made["token"].as_str().expect("a token"), "--json"]);
    assert_eq!(inspected.expect(0).json()["claims"]["isKey"], json!(true));
}

#[actix_web::test]
async fn a_stop_in_the_middle_of_a_backlog_loses_nothing_and_costs_no_attempt() {
    let home = Home::new();
    let owner = home.furnish();
    let server = home.serve();
    let acme = Caller::new(&server.url).with_token(&owner).in_tenant("acme");
    let batch = json!({ "jobs": vec![json!({ "jobName": "system.ping", "maxAttempts": 1 }); 1_000] });
    for _ in 0..5 {
        acme.post("/api/jobs/enqueue/batch", batch.clone()).await.expect(202);
    }
    assert!(server.stop().success());
    home.run(&["check"]).expect(0);
    let server = home.serve();
    let acme = acme.at(&server.url);
    let end = std::time::Instant::now() + super::home::PATIENCE;
    loop {
        let states = acme.get("/api/jobs/stats").await.expect(200).data()["states"].take();
        if states["done"] == json!(5_000) {
            break;
        }
        assert!(states.get("dead").is_none() && std::time::Instant::now() < end, "{states}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(server.stop().success());
}
