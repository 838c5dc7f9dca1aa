//! `jobs`: look at a tenant's jobs and move them, over HTTP with a token.

use serde_json::{Value, json};

use super::arguments::{Jobs, JobsCommand};
use super::output::{Output, listing, table, text};
use super::payload;
use super::remote::{Remote, query, segment};
use crate::base::Result;
use crate::base::config::Config;

pub async fn run(config: Config, arguments: Jobs, output: &Output) -> Result<()> {
    let remote = Remote::reach(&config, arguments.remote)?;
    match arguments.command {
        JobsCommand::List { state, name, queue, search, limit } => {
            let asked = [
                ("state", state),
                ("jobName", name),
                ("queue", queue),
                ("search", search),
                ("limit", Some(limit.to_string())),
            ];
            list(&remote, &asked, output).await
        }
        JobsCommand::Show { id } => show(&remote, &id, output).await,
        JobsCommand::Enqueue { name, payload, queue, run_at, unique_key } => {
            let mut body = json!({ "jobName": name, "payload": payload::read(&payload)? });
            for (field, value) in [("queue", queue), ("runAt", run_at), ("uniqueKey", unique_key)] {
                if let Some(value) = value {
                    body[field] = value.into();
                }
            }
            let made = remote.post("/api/jobs/enqueue", &body).await?;
            output.show(&made, || match made["deduplicated"] == json!(true) {
                true => format!("The job {} was there already.", text(&made["jobId"])),
                false => text(&made["jobId"]),
            });
            Ok(())
        }
        JobsCommand::Retry { id } => act(&remote, &id, "retry", output).await,
        JobsCommand::Cancel { id } => act(&remote, &id, "cancel", output).await,
        JobsCommand::Stats => stats(&remote, output).await,
        JobsCommand::Pause { queue } => pause(&remote, &queue, true, output).await,
        JobsCommand::Resume { queue } => pause(&remote, &queue, false, output).await,
    }
}

async fn list(remote: &Remote, asked: &[(&str, Option<String>)], output: &Output) -> Result<()> {
    let jobs = remote.get(&format!("/api/jobs?{}", query(asked))).await?;
    output.show(&jobs, || {
        listing(
            &jobs,
            &[
                ("id", "id"),
                ("state", "state"),
                ("job", "jobName"),
                ("queue", "queue"),
                ("attempt", "attempt"),
                ("run at", "runAt"),
                ("error", "error"),
            ],
        )
    });
    Ok(())
}

async fn show(remote: &Remote, id: &str, output: &Output) -> Result<()> {
    let job = remote.get(&path(id)).await?;
    output.show(&job, || format!("{job:#}"));
    Ok(())
}

async fn act(remote: &Remote, id: &str, act: &str, output: &Output) -> Result<()> {
    let job = remote.post(&format!("{}/{act}", path(id)), &json!({})).await?;
    output.show(&job, || format!("The job is {}.", text(&job["state"])));
    Ok(())
}

async fn stats(remote: &Remote, output: &Output) -> Result<()> {
    let stats = remote.get("/api/jobs/stats").await?;
    output.show(&stats, || {
        let states = ["scheduled", "ready", "running", "done", "dead", "cancelled"];
        let cells =
            |counts: &Value| states.map(|state| counts[state].as_i64().unwrap_or_default().to_string());
        let queues = stats["queues"].as_object().into_iter().flatten();
        let rows: Vec<Vec<String>> = queues
            .map(|(queue, counts)| std::iter::once(queue.clone()).chain(cells(counts)).collect())
            .collect();
        table(&["queue", "scheduled", "ready", "running", "done", "dead", "cancelled"], &rows)
    });
    Ok(())
}

async fn pause(remote: &Remote, queue: &str, paused: bool, output: &Output) -> Result<()> {
    let path = format!("/api/queues/{}", segment(queue));
    let changed = remote.patch(&path, &json!({ "paused": paused })).await?;
    output.show(&changed, || match paused {
        true => format!("The queue {queue} is paused; jobs that run go on."),
        false => format!("The queue {queue} goes on."),
    });
    Ok(())
}

fn path(id: &str) -> String {
    format!("/api/jobs/{}", segment(id))
}
