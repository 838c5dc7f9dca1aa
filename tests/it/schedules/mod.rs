//! Schedules: cron lines that enqueue jobs, on a clock that tests move.

mod admin;
mod built_in;
mod clock;
mod firing;
mod refusals;

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

pub const MINUTE: Duration = Duration::from_secs(60);
pub const HOUR: Duration = Duration::from_hours(1);
pub const DAY: Duration = Duration::from_hours(24);

/// A schedule of the tests' own kind of job, with more said of it.
pub fn schedule(cron: &str, more: Value) -> Value {
    let act = json!({ "does": "succeed", "name": "scheduled" });
    let mut body = json!({ "name": "nightly", "cron": cron, "jobName": "test.act", "payload": act });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

impl Caller {
    /// Makes a schedule and gives back its path.
    pub async fn schedule(&self, cron: &str, more: Value) -> String {
        let made = self.post("/api/schedules", schedule(cron, more)).await.expect(201).data();
        format!("/api/schedules/{}", made["id"].as_str().expect("an id"))
    }

    pub async fn shown(&self, path: &str) -> Value {
        self.get(path).await.expect(200).data()
    }

    /// What a schedule fired, the earliest first: for when, and what came of it.
    pub async fn fired(&self, path: &str) -> Vec<String> {
        let firings = self.shown(path).await["firings"].take();
        let mut told: Vec<String> = firings.as_array().expect("a list").iter().map(tell).collect();
        told.reverse();
        told
    }
}

fn tell(firing: &Value) -> String {
    let due = firing["dueAt"].as_str().expect("a time");
    let came = firing["jobState"].as_str().or(firing["result"].as_str()).expect("a word");
    let hand = if firing["byHand"] == json!(true) { " by hand" } else { "" };
    format!("{} {came}{hand}", &due[5..16].replace('T', " "))
}

/// Goes on by a span and runs what is due then.
pub async fn after(app: &TestApp, span: Duration) {
    app.clock.advance(span);
    app.run_jobs().await;
}
