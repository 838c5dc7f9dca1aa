//! `dead-letters`: look at a tenant's dead letters, replay, correct and discard them, over HTTP with a token.

use serde_json::{Value, json};

use super::arguments::{DeadLetters, DeadLettersCommand, Letters};
use super::output::{Output, listing, text};
use super::payload;
use super::remote::{Remote, query, segment};
use crate::base::Result;
use crate::base::config::Config;

pub async fn run(config: Config, arguments: DeadLetters, output: &Output) -> Result<()> {
    let remote = Remote::reach(&config, arguments.remote)?;
    match arguments.command {
        DeadLettersCommand::List { handler, fingerprint, limit } => {
            let limit = Some(limit.to_string());
            let asked = [("handler", handler), ("fingerprint", fingerprint), ("limit", limit)];
            list(&remote, &query(&asked), output).await
        }
        DeadLettersCommand::Groups { limit } => groups(&remote, limit, output).await,
        DeadLettersCommand::Replay(letters) => act(&remote, "replay", &letters, output).await,
        DeadLettersCommand::Correct { id, payload } => correct(&remote, &id, &payload, output).await,
        DeadLettersCommand::Discard(letters) => act(&remote, "discard", &letters, output).await,
    }
}

async fn list(remote: &Remote, query: &str, output: &Output) -> Result<()> {
    let letters = remote.get(&format!("/api/dead-letters?{query}")).await?;
    let columns = [
        ("id", "id"),
        ("type", "type"),
        ("subject", "subject"),
        ("handler", "handler"),
        ("attempts", "attemptsMade"),
        ("died at", "diedAt"),
        ("error", "error"),
    ];
    output.show(&letters, || listing(&letters, &columns));
    Ok(())
}

async fn groups(remote: &Remote, limit: u32, output: &Output) -> Result<()> {
    let groups = remote.get(&format!("/api/dead-letters/groups?limit={limit}")).await?;
    let columns = [
        ("fingerprint", "fingerprint"),
        ("handler", "handler"),
        ("letters", "letters"),
        ("first at", "firstAt"),
        ("last at", "lastAt"),
        ("error", "error"),
    ];
    output.show(&groups, || listing(&groups, &columns));
    Ok(())
}

async fn correct(remote: &Remote, id: &str, payload: &str, output: &Output) -> Result<()> {
    let path = format!("/api/dead-letters/{}/correct", segment(id));
    let done = remote.post(&path, &json!({ "payload": payload::read(payload)? })).await?;
    output.show(&done, || format!("It is delivered as another event: {}", text(&done["eventId"])));
    Ok(())
}

async fn act(remote: &Remote, act: &str, letters: &Letters, output: &Output) -> Result<()> {
    if let Some(id) = &letters.id {
        let done = remote.post(&format!("/api/dead-letters/{}/{act}", segment(id)), &json!({})).await?;
        output.show(&done, || match &done["deliveryId"] {
            Value::Null => "The dead letter is put away.".into(),
            delivery => format!("It is delivered anew: {}", text(delivery)),
        });
        return Ok(());
    }
    let mut filter = json!({});
    for (field, value) in [("handler", &letters.handler), ("fingerprint", &letters.fingerprint)] {
        if let Some(value) = value {
            filter[field] = json!(value);
        }
    }
    let body = json!({ "filter": filter, "dryRun": letters.dry_run });
    let done = remote.post(&format!("/api/dead-letters/{act}"), &body).await?;
    output.show(&done, || {
        let more = match done["hasMore"] == json!(true) {
            true => " There are more; give the command again.",
            false => "",
        };
        match (letters.dry_run, act) {
            (true, _) => format!("Dead letters that are meant: {}.", done["matched"]),
            (false, "replay") => format!("Dead letters that are delivered anew: {}.{more}", done["done"]),
            (false, _) => format!("Dead letters that are put away: {}.{more}", done["done"]),
        }
    });
    Ok(())
}
