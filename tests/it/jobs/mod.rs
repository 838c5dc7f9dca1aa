//! Jobs: enqueued, run, failed, cancelled, changed, by the API and on a clock that tests move.

mod admin;
mod enqueue;
mod hostile;
mod limits;
mod maintenance;
mod model;
mod outcomes;
mod recovery;
mod reminder;
mod rights;
mod stream;
mod timeline;
mod watchdog;
mod why;

use serde_json::{Value, json};

use crate::support::Caller;

impl Caller {
    /// Enqueues a job of the tests' own kind and gives back its path.
    pub async fn enqueue(&self, act: Value) -> String {
        self.enqueue_with(act, json!({})).await
    }

    /// The same with more said of it.
    pub async fn enqueue_with(&self, act: Value, more: Value) -> String {
        let mut body = json!({ "jobName": "test.act", "payload": act });
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let data = self.post("/api/jobs/enqueue", body).await.expect(202).data();
        format!("/api/jobs/{}", data["jobId"].as_str().expect("an id"))
    }

    pub async fn job(&self, path: &str) -> Value {
        self.get(path).await.expect(200).data()
    }

    pub async fn state_of(&self, path: &str) -> String {
        self.job(path).await["state"].as_str().expect("a state").to_owned()
    }

    /// How many jobs are in each state that has some, as text.
    pub async fn states(&self) -> String {
        let stats = self.get("/api/jobs/stats").await.expect(200).data();
        let states = stats["states"].as_object().expect("states");
        let some = states.iter().filter(|(_, jobs)| **jobs != json!(0));
        some.map(|(state, jobs)| format!("{state} {jobs}")).collect::<Vec<_>>().join(", ")
    }
}
