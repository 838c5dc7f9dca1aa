//! Workers outside against the real binary: the one of the documents, a crash, and a stop.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::home::{Home, PATIENCE, Server};
use super::http::{Answer, Connection};

/// A worker that is killed when its test ends before it does.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended long ago.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn send(server: &Server, token: &str, path: &str, body: &Value) -> Answer {
    let mut connection = Connection::open(server, token);
    let body = body.to_string();
    let head = connection.head("POST", path, body.len());
    connection.send(&format!("{head}{body}")).expect("the server takes it");
    connection.answer().expect("an answer")
}

fn post(server: &Server, token: &str, path: &str, body: &Value) -> Value {
    let answer = send(server, token, path, body);
    assert!(answer.status < 300, "{}", answer.text);
    answer.data()
}

/// Puts a queue for workers outside into the tenant, and a job into the queue.
fn order(server: &Server, token: &str, job: &str, payload: &Value) -> String {
    let order = json!({ "jobName": job, "queue": "demo", "payload": payload, "maxAttempts": 1 });
    let made = post(server, token, "/api/jobs/enqueue", &order);
    format!("/api/jobs/{}", made["jobId"].as_str().expect("an id"))
}

fn open_queue(server: &Server, token: &str) {
    post(server, token, "/api/queues", &json!({ "name": "demo", "outside": true }));
}

/// The job, once it is in this state.
fn until(server: &Server, token: &str, job: &str, state: &str) -> Value {
    let begun = Instant::now();
    loop {
        let shown = Connection::open(server, token).get(job).expect(200).data();
        if shown["state"] == json!(state) {
            return shown;
        }
        assert!(begun.elapsed() < PATIENCE, "{shown}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn the_worker_of_the_documents_works() {
    if !Command::new("python3").arg("--version").output().is_ok_and(|said| said.status.success()) {
        eprintln!("there is no python3 here; `make test` installs it");
        return;
    }
    let home = Home::new();
    let token = home.furnish();
    let server = home.serve();
    open_queue(&server, &token);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/workers/worker.py");
    let mut command = Command::new("python3");
    command.arg(script).arg("demo").env("STEADING_URL", &server.url).env("STEADING_TOKEN", &token);
    let mut worker = Worker(command.stdout(Stdio::null()).spawn().expect("the worker starts"));
    let job = order(&server, &token, "demo.sleep", &json!({ "seconds": 0.1 }));
    let unknown = order(&server, &token, "demo.unknown", &json!({}));
    assert_eq!(until(&server, &token, &job, "done")["result"], json!({ "slept": 0.1 }));
    assert_eq!(until(&server, &token, &unknown, "dead")["error"], json!("I do not know demo.unknown"));
    kill_process(Pid::from_child(&worker.0), Signal::INT).expect("the worker is there");
    let ended = worker.0.wait().expect("it ends");
    assert!(ended.success(), "{ended}");
}

#[test]
fn a_worker_completes_its_job_although_the_server_crashed_meanwhile() {
    let home = Home::new();
    let token = home.furnish();
    let server = home.serve();
    open_queue(&server, &token);
    let job = order(&server, &token, "demo.sleep", &json!({}));
    let claim = json!({ "queues": ["demo"], "leaseSeconds": 600 });
    let claimed = post(&server, &token, "/api/jobs/claim", &claim);
    server.kill();
    let server = home.serve();
    assert_eq!(until(&server, &token, &job, "running")["attempt"], json!(1));
    post(&server, &token, &format!("{job}/complete"), &json!({ "lease": claimed[0]["lease"] }));
    until(&server, &token, &job, "done");
}

#[test]
fn a_lease_runs_out_on_a_server_whose_own_workers_are_off() {
    let home = Home::new();
    let token = home.furnish();
    let server = home.serve_with(&[("STEADING__JOBS__CONCURRENCY", "0")]);
    open_queue(&server, &token);
    let job = order(&server, &token, "demo.sleep", &json!({}));
    post(&server, &token, "/api/jobs/claim", &json!({ "queues": ["demo"], "leaseSeconds": 5 }));
    assert_eq!(until(&server, &token, &job, "dead")["failure"], json!("worker_lost"));
}

#[test]
fn a_server_that_stood_still_for_longer_than_a_lease_refuses_the_late_answer() {
    let home = Home::new();
    let token = home.furnish();
    let server = home.serve();
    open_queue(&server, &token);
    let order = json!({ "jobName": "demo.sleep", "queue": "demo", "maxAttempts": 2, "payload": {} });
    let made = post(&server, &token, "/api/jobs/enqueue", &order);
    let job = format!("/api/jobs/{}", made["jobId"].as_str().expect("an id"));
    let claim = json!({ "queues": ["demo"], "leaseSeconds": 5, "waitSeconds": 20 });
    let first = post(&server, &token, "/api/jobs/claim", &claim)[0]["lease"].clone();
    server.signal(Signal::STOP);
    thread::sleep(Duration::from_millis(5_200));
    server.signal(Signal::CONT);
    let late = send(&server, &token, &format!("{job}/complete"), &json!({ "lease": first }));
    assert_eq!(late.status, 409, "{}", late.text);
    post(&server, &token, &format!("{job}/run-now"), &json!({}));
    let second = post(&server, &token, "/api/jobs/claim", &claim)[0].clone();
    assert_eq!(second["attempt"], json!(2));
    assert_eq!(send(&server, &token, &format!("{job}/complete"), &json!({ "lease": first })).status, 409);
    post(&server, &token, &format!("{job}/complete"), &json!({ "lease": second["lease"] }));
    let shown = until(&server, &token, &job, "done");
    let outcomes: Vec<_> =
        shown["attempts"].as_array().expect("a list").iter().map(|one| &one["outcome"]).collect();
    assert_eq!(outcomes, [&json!("worker_lost"), &json!("done")]);
}

#[test]
fn a_stop_waits_neither_for_who_waits_for_a_job_nor_for_who_watches() {
    let home = Home::new();
    let token = home.furnish();
    let mut server = home.serve_with(&[("STEADING__SERVER__GRACE", "10m")]);
    open_queue(&server, &token);
    let mut watching = Connection::open(&server, &token);
    let head = watching.head("GET", "/api/jobs/stream", 0);
    watching.send(&head).expect("the server takes it");
    watching.answer().expect("the stream begins").expect(200);
    let mut waiting = Connection::open(&server, &token);
    let body = json!({ "queues": ["demo"], "waitSeconds": 30 }).to_string();
    let head = waiting.head("POST", "/api/jobs/claim", body.len());
    waiting.send(&format!("{head}{body}")).expect("the server takes it");
    server.signal(Signal::TERM);
    assert_eq!(server.wait().code(), Some(0));
}
