//! `events tail`: a tenant's events as they are published, until Ctrl-C. A connection that breaks is
//! made anew, after the last event that came, so that none is missed.

use std::time::Duration;

use reqwest::Response;
use serde_json::Value;

use super::output::{Output, plain, text, try_print_line};
use super::remote::{Remote, query};
use crate::base::{Kind, Result};

/// Older than any event.
const BEGINNING: &str = "00000000-0000-7000-8000-000000000000";

/// How soon a broken connection is made anew, and how late after many failures.
const SOON: Duration = Duration::from_millis(250);
const LATE: Duration = Duration::from_secs(15);

pub async fn tail(
    remote: &Remote,
    pattern: Option<String>,
    after: Option<String>,
    output: &Output,
) -> Result<()> {
    tokio::select! {
        // It was asked for, or the terminal can't ask.
        _ = tokio::signal::ctrl_c() => Ok(()),
        ended = follow(remote, pattern, after, output) => ended,
    }
}

/// Ends when nobody reads what it prints, or the server refuses.
async fn follow(
    remote: &Remote,
    pattern: Option<String>,
    after: Option<String>,
    output: &Output,
) -> Result<()> {
    let path_after = |last: &str| {
        let asked = [("pattern", pattern.clone()), ("after", Some(last.to_owned()))];
        format!("/api/events/stream?{}", query(&asked))
    };
    let mut last = match after {
        Some(after) => after,
        None => newest(remote).await?,
    };
    let mut live = remote.follow(&path_after(&last)).await?;
    loop {
        match print_all(&mut live, &mut last, output).await {
            Ended::Unread => return Ok(()),
            Ended::Broken => live = again(remote, &path_after(&last)).await?,
        }
    }
}

/// The event that was published last, so that a first connection that breaks has a place to go on from.
async fn newest(remote: &Remote) -> Result<String> {
    let newest = remote.get("/api/events?limit=1").await?;
    Ok(newest[0]["id"].as_str().unwrap_or(BEGINNING).to_owned())
}

async fn again(remote: &Remote, path: &str) -> Result<Response> {
    eprintln!("steading: The connection broke; it is made anew.");
    let mut wait = SOON;
    loop {
        tokio::time::sleep(wait).await;
        match remote.follow(path).await {
            Err(error) if error.kind() == Kind::Unavailable => {}
            answered => return answered,
        }
        wait = LATE.min(wait * 2);
    }
}

enum Ended {
    Broken,
    Unread,
}

async fn print_all(live: &mut Response, last: &mut String, output: &Output) -> Ended {
    let mut lines = Lines::default();
    while let Ok(Some(chunk)) = live.chunk().await {
        for line in lines.of(&chunk) {
            // An event's data is one line. The reason at an end has no id, and shows itself when asked again.
            let Some(data) = line.strip_prefix("data: ") else { continue };
            let Ok(event) = serde_json::from_str::<Value>(data) else { continue };
            let Some(id) = event["id"].as_str() else { continue };
            let words = if output.json { event.to_string() } else { words(&event) };
            if try_print_line(&words).is_err() {
                return Ended::Unread;
            }
            id.clone_into(last);
        }
    }
    Ended::Broken
}

fn words(event: &Value) -> String {
    let [at, id, event_type, subject] =
        ["createdAt", "id", "type", "subject"].map(|field| text(&event[field]));
    let subject = if subject.is_empty() { "-" } else { &subject };
    format!("{at}  {id}  {event_type}  {subject}  {}", plain(&event["payload"].to_string()))
}

/// Lines of bytes that come in pieces.
#[derive(Default)]
struct Lines(Vec<u8>);

impl Lines {
    /// The lines that this piece completes.
    fn of(&mut self, chunk: &[u8]) -> Vec<String> {
        self.0.extend_from_slice(chunk);
        let Some(end) = self.0.iter().rposition(|byte| *byte == b'\n') else { return Vec::new() };
        let rest = self.0.split_off(end + 1);
        let whole = std::mem::replace(&mut self.0, rest);
        String::from_utf8_lossy(&whole).lines().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_come_in_pieces_are_whole() {
        let mut lines = Lines::default();
        assert_eq!(lines.of("id: 1\ndata: \u{e4}".as_bytes()), ["id: 1"]);
        let (first, second) = "\u{e4}\n\n: ".as_bytes().split_at(1);
        assert!(lines.of(first).is_empty());
        assert_eq!(lines.of(second), ["data: \u{e4}\u{e4}", ""]);
        assert_eq!(lines.of(b"\n"), [": "]);
    }
}
