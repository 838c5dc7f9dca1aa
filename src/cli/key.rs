//! `key`: make, list and delete a tenant's API keys, over HTTP with a token.

use std::time::Duration;

use serde_json::{Value, json};

use super::arguments::{Key, KeyCommand};
use super::output::{Output, table};
use super::remote::Remote;
use crate::base::config::{Config, Span};
use crate::base::{Clock, Error, Result};

pub async fn run(config: Config, arguments: Key, output: &Output) -> Result<()> {
    let remote = Remote::reach(&config, arguments.remote)?;
    match arguments.command {
        KeyCommand::Create { name, permissions, resources, expires } => {
            let mut body = json!({ "name": name, "permissions": permissions, "resources": resources });
            if let Some(expires) = expires {
                let span: Span = expires.parse().map_err(|why: &str| Error::invalid("expires", why))?;
                body["expiresAt"] = json!(Clock::System.now() + Duration::from(span));
            }
            let made = remote.post("/api/keys", &body).await?;
            // Only the token, so that it can be taken into a variable.
            output.show(&made, || made["token"].as_str().unwrap_or_default().to_owned());
        }
        KeyCommand::List => {
            let keys = remote.get("/api/keys?limit=200").await?;
            output.show(&keys, || listed(&keys));
        }
        KeyCommand::Delete { id } => {
            let path = format!("/api/keys/{id}");
            output
                .show(&remote.delete(&path).await?, || "The key is deleted; its token ended with it.".into());
        }
    }
    Ok(())
}

fn listed(keys: &Value) -> String {
    let text = |key: &Value, field: &str| match &key[field] {
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        value => value.as_str().unwrap_or("never").to_owned(),
    };
    let rows: Vec<Vec<String>> = keys
        .as_array()
        .into_iter()
        .flatten()
        .map(|key| {
            ["id", "name", "permissions", "resources", "expiresAt", "lastUsedAt"]
                .map(|field| text(key, field))
                .into()
        })
        .collect();
    table(&["id", "name", "permissions", "resources", "expires", "last used"], &rows)
}
