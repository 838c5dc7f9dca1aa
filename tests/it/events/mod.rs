//! Events: published once, delivered until it is done, held, replayed and found again.

mod dead_letters;
mod delivery;
mod facts;
mod health;
mod history;
mod listening;
mod model;
mod ordered;
mod publish;
mod refusals;
mod replay;
mod retention;
mod rights;
mod stream;
mod subscriptions;
mod webhooks;

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

/// Longer than any wait before another attempt.
const LONG: Duration = Duration::from_hours(25);

impl Caller {
    /// Publishes a note and gives back the event's path.
    pub async fn note(&self, text: &str) -> String {
        self.note_about("n", text).await
    }

    pub async fn note_about(&self, subject: &str, text: &str) -> String {
        let body = json!({ "type": "note.taken", "subject": subject, "payload": { "text": text } });
        let data = self.post("/api/events", body).await.expect(202).data();
        format!("/api/events/{}", data["eventId"].as_str().expect("an id"))
    }

    /// The states of an event's deliveries, the oldest first.
    pub async fn deliveries(&self, event: &str) -> Vec<String> {
        let shown = self.get(event).await.expect(200).data();
        let all = shown["deliveries"].as_array().expect("deliveries").iter();
        all.map(|one| one["state"].as_str().expect("a state").to_owned()).collect()
    }

    pub async fn status_of(&self, event: &str) -> String {
        self.get(event).await.expect(200).data()["status"].as_str().expect("a status").to_owned()
    }

    /// A subscription as it is shown.
    pub async fn subscription(&self, name: &str) -> Value {
        let all = self.get("/api/subscriptions").await.expect(200).data();
        let found = all.as_array().expect("a list").iter().find(|one| one["name"] == json!(name));
        found.unwrap_or_else(|| panic!("{name} is no subscription: {all}")).clone()
    }

    pub async fn subscription_path(&self, name: &str) -> String {
        format!("/api/subscriptions/{}", self.subscription(name).await["id"].as_str().expect("an id"))
    }
}

/// Runs what is due, and what falls due later, until nothing is tried any more.
async fn run_out(app: &TestApp) {
    for _ in 0..12 {
        app.run_jobs().await;
        app.clock.advance(LONG);
    }
    app.run_jobs().await;
}
