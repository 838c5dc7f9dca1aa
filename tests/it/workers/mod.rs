//! Workers outside: claims, leases, limits, and what is refused, on a clock that tests move.

mod claim;
mod kinds;
mod leases;
mod limits;
mod refused;

use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

/// An instance with a tenant whose queue `render` is for workers outside.
async fn start() -> (TestApp, Caller) {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    acme.post("/api/queues", json!({ "name": "render", "outside": true })).await.expect(201);
    (app, acme)
}

impl Caller {
    /// Enqueues a job for workers outside and gives back its path.
    async fn order(&self, queue: &str, more: Value) -> String {
        let mut body = json!({ "jobName": "video.render", "queue": queue, "payload": { "frame": 7 } });
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let data = self.post("/api/jobs/enqueue", body).await.expect(202).data();
        format!("/api/jobs/{}", data["jobId"].as_str().expect("an id"))
    }

    /// The jobs that a worker gets from the queue `render`.
    async fn claim(&self, more: Value) -> Vec<Value> {
        let mut body = json!({ "queues": ["render"] });
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let data = self.post("/api/jobs/claim", body).await.expect(200).data();
        data.as_array().expect("a list").clone()
    }
}

fn path_of(job: &Value) -> String {
    format!("/api/jobs/{}", job["id"].as_str().expect("an id"))
}
