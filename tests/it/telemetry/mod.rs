//! Telemetry: found again by its trace, kept apart by tenant, and lost without harm.

mod errors;
mod file;
mod logs;
mod pressure;
mod sampling;
mod statements;
mod tenants;
mod trace;

use serde_json::{Value, json};
use steading::base::config::Config;
use steading::kernel::telemetry::Lines;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::support::{Caller, TestApp};

/// The trace that a caller is in, and his own part of it.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Has what is logged in this process taken into telemetry, as `steading serve` has.
pub fn listen() {
    // It is there already when another test was the first.
    let _ = tracing_subscriber::registry().with(LevelFilter::INFO).with(Lines).try_init();
}

/// Keeps every trace.
fn everything(config: &mut Config) {
    config.telemetry.sample = "100%".parse().expect("a share");
}

/// Keeps none but those that must be kept.
fn nothing(config: &mut Config) {
    config.telemetry.sample = "0%".parse().expect("a share");
    config.telemetry.always = 0;
}

impl TestApp {
    /// Waits until what was told so far is written.
    async fn written(&self) {
        self.app.telemetry.flush().await.expect("it is written");
    }
}

impl Caller {
    async fn trace(&self, id: &str) -> Value {
        self.get(&format!("/api/traces/{id}")).await.expect(200).data()
    }

    /// What a list of telemetry shows.
    async fn telemetry(&self, path: &str) -> Vec<Value> {
        self.get(path).await.expect(200).data().as_array().expect("a list").clone()
    }
}

/// The names of what is listed, each once and in order.
fn names(listed: &[Value]) -> Vec<&str> {
    let mut names: Vec<&str> = listed.iter().map(|one| one["name"].as_str().expect("a name")).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn act(what: Value) -> Value {
    json!({ "jobName": "test.act", "payload": what })
}
