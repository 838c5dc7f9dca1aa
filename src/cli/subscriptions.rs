//! `subscriptions`: say who listens to a tenant's events, over HTTP with a token.

use serde_json::{Value, json};
use uuid::Uuid;

use super::arguments::{DeliveryOptions, SubscriptionTarget, Subscriptions, SubscriptionsCommand};
use super::output::{Output, table, text};
use super::remote::Remote;
use crate::base::config::Config;
use crate::base::{Error, Result};

const PATH: &str = "/api/subscriptions";

/// As many as a tenant has.
const ALL: &str = "/api/subscriptions?limit=200";

pub async fn run(config: Config, arguments: Subscriptions, output: &Output) -> Result<()> {
    let remote = Remote::reach(&config, arguments.remote)?;
    match arguments.command {
        SubscriptionsCommand::List => {
            let all = remote.get(ALL).await?;
            output.show(&all, || listed(&all));
        }
        SubscriptionsCommand::Show { subscription } => {
            let one = remote.get(&path_of(&remote, &subscription).await?).await?;
            output.show(&one, || format!("{one:#}"));
        }
        SubscriptionsCommand::Create { name, pattern, target, options, ordered } => {
            let target = target_of(target).ok_or_else(|| {
                Error::invalid("target", "is missing; give one of --webhook, --job and --queue")
            })?;
            let mut body = body_of(options, Some(target))?;
            body["name"] = name.into();
            body["pattern"] = pattern.into();
            body["ordered"] = ordered.into();
            let made = remote.post(PATH, &body).await?;
            output.show(&made, || match &made["secret"] {
                Value::String(secret) => format!(
                    "Made {} ({}). Its calls are signed with this secret, which is shown this once: {secret}",
                    text(&made["name"]),
                    text(&made["id"])
                ),
                _ => format!("Made {} ({}).", text(&made["name"]), text(&made["id"])),
            });
        }
        SubscriptionsCommand::Change { subscription, name, pattern, target, options, ordered } => {
            let mut body = body_of(options, target_of(target))?;
            for (field, value) in [("name", name), ("pattern", pattern)] {
                if let Some(value) = value {
                    body[field] = value.into();
                }
            }
            if let Some(ordered) = ordered {
                body["ordered"] = ordered.into();
            }
            let changed = remote.patch(&path_of(&remote, &subscription).await?, &body).await?;
            output.show(&changed, || format!("{changed:#}"));
        }
        SubscriptionsCommand::Delete { subscription } => {
            let deleted = remote.delete(&path_of(&remote, &subscription).await?).await?;
            output.show(&deleted, || "The subscription is deleted.".into());
        }
        SubscriptionsCommand::Enable { subscription } => {
            let one = act(&remote, &subscription, "enable").await?;
            output.show(&one, || format!("{} is {}.", text(&one["name"]), text(&one["state"])));
        }
        SubscriptionsCommand::Disable { subscription } => {
            let one = act(&remote, &subscription, "disable").await?;
            output.show(&one, || {
                format!("{} is {}; its deliveries wait.", text(&one["name"]), text(&one["state"]))
            });
        }
        SubscriptionsCommand::Test { subscription } => {
            let outcome = act(&remote, &subscription, "test").await?;
            output.show(&outcome, || format!("{outcome:#}"));
        }
        SubscriptionsCommand::RotateSecret { subscription } => {
            let rotated = act(&remote, &subscription, "rotate-secret").await?;
            // Only the secret, so that it can be taken into a variable.
            output.show(&rotated, || text(&rotated["secret"]));
        }
    }
    Ok(())
}

async fn act(remote: &Remote, subscription: &str, act: &str) -> Result<Value> {
    remote.post(&format!("{}/{act}", path_of(remote, subscription).await?), &json!({})).await
}

/// Where the subscription of this name or id is. An id is believed, so that a token which may only
/// write is enough for it.
async fn path_of(remote: &Remote, named: &str) -> Result<String> {
    if let Ok(id) = named.parse::<Uuid>() {
        return Ok(format!("{PATH}/{id}"));
    }
    let all = remote.get(ALL).await?;
    let found = all.as_array().into_iter().flatten().find(|one| one["name"] == named);
    let id = found.map(|one| text(&one["id"])).ok_or_else(|| Error::not_found("subscription"))?;
    Ok(format!("{PATH}/{id}"))
}

fn target_of(target: SubscriptionTarget) -> Option<Value> {
    match target {
        SubscriptionTarget { webhook: Some(url), .. } => Some(json!({ "webhook": url })),
        SubscriptionTarget { job: Some(kind), .. } => Some(json!({ "job": kind })),
        SubscriptionTarget { queue: Some(name), .. } => Some(json!({ "queue": name })),
        _ => None,
    }
}

fn body_of(options: DeliveryOptions, target: Option<Value>) -> Result<Value> {
    let mut body = json!({});
    if let Some(filter) = options.filter {
        body["filter"] = serde_json::from_str(&filter)
            .map_err(|error| Error::invalid("filter", format!("is not JSON: {error}")))?;
    }
    let others = [
        ("target", target),
        ("maxAttempts", options.max_attempts.map(Value::from)),
        ("timeoutSeconds", options.timeout.map(Value::from)),
        ("recovery", options.recovery.map(Value::from)),
    ];
    for (field, value) in others {
        if let Some(value) = value {
            body[field] = value;
        }
    }
    Ok(body)
}

fn listed(all: &Value) -> String {
    let row = |one: &Value| {
        let target = one["target"].as_object().into_iter().flatten();
        let target = target.map(|(sort, address)| format!("{sort} {}", text(address))).collect();
        let health = &one["health"];
        let words = ["name", "pattern"].map(|field| text(&one[field]));
        let rest = [&one["state"], &one["waiting"], &health["successes"], &health["failures"]].map(text);
        [&words[..], &[target], &rest[..], &[text(&health["lastError"])]].concat()
    };
    let rows: Vec<Vec<String>> = all.as_array().into_iter().flatten().map(row).collect();
    let header = ["name", "pattern", "target", "state", "waiting", "successes", "failures", "last error"];
    table(&header, &rows)
}
