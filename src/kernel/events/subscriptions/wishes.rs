//! What is wished of a subscription: its name, where its deliveries go, how they are tried, as callers say it.

use std::ops::Deref;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value as Json;

use crate::base::change::{given, not_null};
use crate::base::text::Text;
use crate::base::{Error, Result};
use crate::kernel::events::model::{Recovery, Subscription, TargetKind};
use crate::kernel::events::pattern::Pattern;
use crate::kernel::jobs::{Backoff, QueueName};

/// A name: 1 to 50 of a-z, 0-9, dots, hyphens and underscores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionName(String);

impl Deref for SubscriptionName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl FromStr for SubscriptionName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.len() <= 50 && text.parse::<QueueName>().is_ok() {
            true => Ok(Self(text.into())),
            false => Err("write 1 to 50 of a-z, 0-9, dots, hyphens and underscores, such as chat"),
        }
    }
}

impl<'de> Deserialize<'de> for SubscriptionName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for SubscriptionName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SubscriptionName".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[a-z0-9._-]{1,50}$" })
    }
}

/// Where deliveries go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A kind of job; its payload is the event's.
    Job(Text<1, 100>),
    /// A URL that is called, signed.
    Webhook(Text<1, 2_000>),
    /// A queue that workers outside serve; it is made when there is none.
    Queue(QueueName),
    /// A handler in code. It has its subscription already.
    Handler(Text<1, 100>),
}

/// How failed attempts are spaced.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Spacing {
    /// Doubles from the first wait up to the most.
    Exponential {
        #[serde(deserialize_with = "seconds")]
        #[schemars(range(min = 1, max = 86_400))]
        first_seconds: u32,
        #[serde(deserialize_with = "seconds")]
        #[schemars(range(min = 1, max = 86_400))]
        most_seconds: u32,
    },
    Fixed {
        #[serde(deserialize_with = "seconds")]
        #[schemars(range(min = 1, max = 86_400))]
        seconds: u32,
    },
    /// 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h: as Standard Webhooks has it.
    Webhooks,
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        seconds @ 1..=86_400 => Ok(seconds),
        _ => Err(de::Error::custom("must lie between 1 and 86400")),
    }
}

impl From<Spacing> for Backoff {
    fn from(spacing: Spacing) -> Self {
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        match spacing {
            Spacing::Exponential { first_seconds, most_seconds } => Self::Exponential {
                first: seconds(first_seconds),
                most: seconds(most_seconds.max(first_seconds)),
            },
            Spacing::Fixed { seconds: wait } => Self::Fixed(seconds(wait)),
            Spacing::Webhooks => Self::Webhooks,
        }
    }
}

impl From<Backoff> for Spacing {
    fn from(backoff: Backoff) -> Self {
        let seconds = |wait: Duration| u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
        match backoff {
            Backoff::Exponential { first, most } => {
                Self::Exponential { first_seconds: seconds(first), most_seconds: seconds(most) }
            }
            Backoff::Fixed(wait) => Self::Fixed { seconds: seconds(wait) },
            Backoff::Webhooks => Self::Webhooks,
        }
    }
}

/// A subscription to be made.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSubscription {
    pub name: SubscriptionName,
    pub pattern: Pattern,
    pub target: Target,
    /// Comparisons over fields of the payload, all of which must hold.
    pub filter: Option<Json>,
    #[serde(default, deserialize_with = "attempts")]
    #[schemars(range(min = 1, max = 100))]
    pub max_attempts: Option<u32>,
    pub backoff: Option<Spacing>,
    #[serde(default, deserialize_with = "time_limit")]
    #[schemars(range(min = 1, max = 3_600))]
    pub timeout_seconds: Option<u32>,
    /// One delivery at a time for each subject, in the order of publishing.
    #[serde(default)]
    pub ordered: bool,
    pub recovery: Option<Recovery>,
}

/// A change to a subscription: what is left out stays, and a filter that is null is taken away.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct SubscriptionChange {
    #[serde(deserialize_with = "not_null")]
    pub name: Option<SubscriptionName>,
    #[serde(deserialize_with = "not_null")]
    pub pattern: Option<Pattern>,
    /// Another address of the same sort.
    #[serde(deserialize_with = "not_null")]
    pub target: Option<Target>,
    #[serde(deserialize_with = "given")]
    #[schemars(with = "Option<Json>")]
    pub filter: Option<Option<Json>>,
    #[serde(deserialize_with = "attempts")]
    #[schemars(range(min = 1, max = 100))]
    pub max_attempts: Option<u32>,
    #[serde(deserialize_with = "not_null")]
    pub backoff: Option<Spacing>,
    #[serde(deserialize_with = "time_limit")]
    #[schemars(range(min = 1, max = 3_600))]
    pub timeout_seconds: Option<u32>,
    #[serde(deserialize_with = "not_null")]
    pub ordered: Option<bool>,
    #[serde(deserialize_with = "not_null")]
    pub recovery: Option<Recovery>,
}

fn attempts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    match u32::deserialize(deserializer)? {
        attempts @ 1..=100 => Ok(Some(attempts)),
        _ => Err(de::Error::custom("must lie between 1 and 100")),
    }
}

fn time_limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    match u32::deserialize(deserializer)? {
        seconds @ 1..=3_600 => Ok(Some(seconds)),
        _ => Err(de::Error::custom("must lie between 1 and 3600")),
    }
}

impl Target {
    pub fn is_webhook(&self) -> bool {
        matches!(self, Self::Webhook(_))
    }

    pub(super) fn parts(&self) -> (TargetKind, String) {
        match self {
            Self::Job(kind) => (TargetKind::Job, kind.to_string()),
            Self::Webhook(url) => (TargetKind::Webhook, url.to_string()),
            Self::Queue(queue) => (TargetKind::Queue, queue.to_string()),
            Self::Handler(name) => (TargetKind::Handler, name.to_string()),
        }
    }
}

impl Subscription {
    /// Where its deliveries go, as it is shown.
    pub fn shown_target(&self) -> Result<Target> {
        let wrong = |message: String| Error::internal(message);
        Ok(match self.target {
            TargetKind::Handler => Target::Handler(self.address.parse().map_err(wrong)?),
            TargetKind::Job => Target::Job(self.address.parse().map_err(wrong)?),
            TargetKind::Webhook => Target::Webhook(self.address.parse().map_err(wrong)?),
            TargetKind::Queue => Target::Queue(self.lane.clone()),
        })
    }
}
