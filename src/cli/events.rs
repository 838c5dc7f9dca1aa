//! `events`: publish a tenant's events, look at them, deliver them again, over HTTP with a token.

use std::time::Duration;

use serde_json::{Value, json};

use super::arguments::{Events, EventsCommand, Filter};
use super::output::{Output, listing, table, text};
use super::payload;
use super::remote::{Remote, query, segment};
use super::tail;
use crate::base::config::{Config, Span};
use crate::base::{Clock, Result};

pub async fn run(config: Config, arguments: Events, output: &Output) -> Result<()> {
    let remote = Remote::reach(&config, arguments.remote)?;
    match arguments.command {
        EventsCommand::Publish { event_type, subject, payload, key } => {
            let mut body = json!({ "type": event_type, "payload": payload::read(&payload)? });
            for (field, value) in [("subject", subject), ("idempotencyKey", key)] {
                if let Some(value) = value {
                    body[field] = value.into();
                }
            }
            let published = remote.post("/api/events", &body).await?;
            // Only the id, so that it can be taken into a variable.
            output.show(&published, || text(&published["eventId"]));
            Ok(())
        }
        EventsCommand::List { filter, limit } => list(&remote, filter, limit, output).await,
        EventsCommand::Show { id } => {
            let event = remote.get(&path(&id)).await?;
            output.show(&event, || shown(&event));
            Ok(())
        }
        EventsCommand::Replay { id: Some(id), handlers, .. } => {
            let body = if handlers.is_empty() { json!({}) } else { json!({ "handlers": handlers }) };
            let replayed = remote.post(&format!("{}/replay", path(&id)), &body).await?;
            output.show(&replayed, || {
                let deliveries = replayed["deliveryIds"].as_array().into_iter().flatten();
                match deliveries.map(text).collect::<Vec<_>>() {
                    none if none.is_empty() => "Nobody listens to it now, so it is not delivered.".into(),
                    ids => ids.join("\n"),
                }
            });
            Ok(())
        }
        EventsCommand::Replay { id: None, handlers, filter, dry_run } => {
            replay(&remote, filter, &handlers, dry_run, output).await
        }
        EventsCommand::Tail { pattern, after } => tail::tail(&remote, pattern, after, output).await,
        EventsCommand::Types => {
            let types = remote.get("/api/event-types").await?;
            let columns =
                [("type", "type"), ("declared", "declared"), ("seen", "seen"), ("about", "summary")];
            output.show(&types, || listing(&types, &columns));
            Ok(())
        }
        EventsCommand::Metrics { since, until } => metrics(&remote, since, until, output).await,
    }
}

async fn list(remote: &Remote, filter: Filter, limit: u32, output: &Output) -> Result<()> {
    let limit = [("limit", Some(limit.to_string()))];
    let asked: Vec<_> = fields_of(filter).into_iter().chain(limit).collect();
    let events = remote.get(&format!("/api/events?{}", query(&asked))).await?;
    let columns = [
        ("id", "id"),
        ("type", "type"),
        ("subject", "subject"),
        ("status", "status"),
        ("published at", "createdAt"),
    ];
    output.show(&events, || listing(&events, &columns));
    Ok(())
}

async fn replay(
    remote: &Remote,
    filter: Filter,
    handlers: &[String],
    dry_run: bool,
    output: &Output,
) -> Result<()> {
    let given =
        fields_of(filter).into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
    let mut body = json!({ "filter": Value::Object(given.collect()), "dryRun": dry_run });
    if !handlers.is_empty() {
        body["handlers"] = handlers.into();
    }
    let begun = remote.post("/api/events/replay", &body).await?;
    output.show(&begun, || match &begun["jobId"] {
        Value::Null => format!("Events that are meant: {}.", begun["events"]),
        job => format!("Events that are delivered again: {}; by the job {}", begun["events"], text(job)),
    });
    Ok(())
}

async fn metrics(
    remote: &Remote,
    since: Option<String>,
    until: Option<String>,
    output: &Output,
) -> Result<()> {
    let asked = [("since", since.map(moment)), ("until", until.map(moment))];
    let metrics = remote.get(&format!("/api/events/metrics?{}", query(&asked))).await?;
    let columns = [
        ("type", "type"),
        ("handler", "handler"),
        ("published", "published"),
        ("delivered", "delivered"),
        ("failed", "failed"),
        ("dead", "dead"),
        ("per minute", "perMinute"),
        ("p50 ms", "p50Millis"),
        ("p95 ms", "p95Millis"),
    ];
    output.show(&metrics, || listing(&metrics, &columns));
    Ok(())
}

/// The event, then its deliveries, each with what was tried.
fn shown(event: &Value) -> String {
    let mut lines: Vec<String> = ["id", "type", "subject", "status", "createdAt", "payload"]
        .map(|field| format!("{field:<10} {}", text(&event[field])).trim_end().to_owned())
        .into();
    for delivery in event["deliveries"].as_array().into_iter().flatten() {
        let waits = if delivery["held"] == json!(true) { ", held" } else { "" };
        let (handler, id) = (text(&delivery["handler"]), text(&delivery["id"]));
        lines.push(format!("\n{handler}: {}{waits} ({id})", text(&delivery["state"])));
        let attempts: Vec<Vec<String>> = delivery["attempts"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| ["attempt", "startedAt", "outcome", "error"].map(|field| text(&one[field])).into())
            .collect();
        if !attempts.is_empty() {
            lines.push(table(&["attempt", "started at", "outcome", "error"], &attempts));
        }
    }
    lines.join("\n")
}

fn fields_of(filter: Filter) -> [(&'static str, Option<String>); 5] {
    [
        ("type", filter.event_type),
        ("subject", filter.subject),
        ("status", filter.status),
        ("since", filter.since.map(moment)),
        ("until", filter.until.map(moment)),
    ]
}

/// A time that was given as how long ago. Any other is the server's to judge.
fn moment(given: String) -> String {
    match given.parse::<Span>() {
        Ok(span) => (Clock::System.now() - Duration::from(span)).to_string(),
        Err(_) => given,
    }
}

fn path(id: &str) -> String {
    format!("/api/events/{}", segment(id))
}
