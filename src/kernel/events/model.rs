//! The types of events, subscriptions and deliveries.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, Value as Json};

use super::filter::Filter;
use super::pattern::{EventType, Pattern};
use crate::base::db::{FromRow, Row};
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::Who;
use crate::kernel::jobs::{Backoff, Envelope, QueueName};
use crate::text_column;

/// Words of a fixed list, as rows and replies have them.
macro_rules! words {
    ($(#[$of:meta])* $name:ident { $($(#[$doc:meta])* $word:ident = $text:literal),+ $(,)? }) => {
        $(#[$of])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$doc])* $word),+ }

        impl $name {
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = ();

            fn from_str(word: &str) -> Result<Self, ()> {
                match word { $($text => Ok(Self::$word),)+ _ => Err(()) }
            }
        }

        text_column!($name);
    };
}

words!(
    /// The worst that became of an event's deliveries.
    EventStatus {
        /// Every delivery arrived, or was dealt with, or nobody listened.
        Delivered = "delivered",
        /// Some are on their way.
        Pending = "pending",
        /// Some have failed and are tried again.
        Failing = "failing",
        /// Some are dead letters.
        Dead = "dead",
    }
);

words!(
    /// Where a delivery is on its way.
    DeliveryState {
        /// It waits until an older one of the same subject is over.
        Waiting = "waiting",
        Pending = "pending",
        /// It has failed and is tried again.
        Failing = "failing",
        Delivered = "delivered",
        /// A dead letter.
        Dead = "dead",
        /// A dead letter that somebody put away.
        Discarded = "discarded",
        /// A dead letter that was delivered anew.
        Replayed = "replayed",
        /// Somebody cancelled it, or deleted its subscription.
        Cancelled = "cancelled",
    }
);

words!(
    /// What a subscription's address is.
    TargetKind {
        /// A handler in code.
        Handler = "handler",
        /// A kind of job.
        Job = "job",
        /// A URL.
        Webhook = "webhook",
        /// A queue that workers outside serve.
        Queue = "queue",
    }
);

words!(
    /// How a subscription that was disabled for its failures comes back.
    Recovery {
        /// Somebody looks, and enables it.
        Manual = "manual",
        /// Now and then one held delivery is tried; a success enables it.
        Probe = "probe",
    }
);

words!(
    /// Whether a subscription's deliveries go out.
    SubscriptionState {
        Enabled = "enabled",
        /// They are held.
        Disabled = "disabled",
        /// They are held, but for one that is tried.
        Probing = "probing",
        Deleted = "deleted",
    }
);

words!(
    /// Why a subscription is disabled.
    DisabledFor {
        ByHand = "by_hand",
        /// Five different events failed in a row.
        Failures = "failures",
        /// The webhook answered that it is gone for good.
        Gone = "gone",
    }
);

impl DeliveryState {
    /// Whether something still happens to it by itself.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Pending | Self::Failing)
    }
}

/// What an event says that is none.
const TEST_PAYLOAD: &str = r#"{"message":"This is a test; nothing happened."}"#;

/// Something that happened, and can't be changed any more.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    pub id: Id<Event>,
    #[serde(rename = "type")]
    pub event_type: EventType,
    pub subject: Option<String>,
    pub status: EventStatus,
    pub created_at: Timestamp,
    /// As it was written: taken apart it may take a hundred times as much memory.
    #[schemars(with = "Json")]
    pub payload: Box<RawValue>,
    pub envelope: Envelope,
    #[serde(skip)]
    pub chain: Option<String>,
}

impl Event {
    /// What it says, as its type has it.
    pub fn says<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(self.payload.get()).map_err(Error::internal)
    }

    /// An event that is none, to see what a webhook answers.
    pub(super) fn test(now: Timestamp, who: &Who) -> Self {
        Self {
            id: Id::fresh(),
            event_type: EventType::of("webhook.test"),
            subject: None,
            status: EventStatus::Delivered,
            created_at: now,
            payload: RawValue::from_string(TEST_PAYLOAD.to_owned()).expect("it is JSON"),
            envelope: Envelope {
                actor_id: who.actor.to_string(),
                trace_id: who.trace.to_string(),
                request_id: who.request.to_string(),
                cause: None,
            },
            chain: None,
        }
    }
}

impl FromRow for Event {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.take("id")?,
            event_type: row.take("type")?,
            subject: row.take("subject")?,
            status: row.take("status")?,
            created_at: row.take("created_at")?,
            payload: RawValue::from_string(row.take("payload")?).map_err(Error::internal)?,
            envelope: Envelope {
                actor_id: row.take("actor")?,
                trace_id: row.take("trace_id")?,
                request_id: row.take("request_id")?,
                cause: row.take("cause")?,
            },
            chain: row.take("chain")?,
        })
    }
}

/// Who listens to what, and how well that goes.
#[derive(Debug, Clone)]
pub struct Subscription {
    pub id: Id<Subscription>,
    pub name: String,
    pub pattern: Pattern,
    pub target: TargetKind,
    pub address: String,
    pub filter: Option<Filter>,
    pub max_attempts: u32,
    pub backoff: Backoff,
    pub time_limit: Duration,
    pub is_ordered: bool,
    pub recovery: Recovery,
    pub lane: QueueName,
    pub state: SubscriptionState,
    pub disabled_for: Option<DisabledFor>,
    pub disabled_at: Option<Timestamp>,
    pub probe_at: Option<Timestamp>,
    pub probes: u32,
    pub is_catching_up: bool,
    pub health: Health,
    pub made_by: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// How a subscription's deliveries went.
#[derive(Debug, Clone, Default)]
pub struct Health {
    pub successes: i64,
    /// Attempts.
    pub failures: i64,
    /// Attempts since the last success.
    pub in_a_row: i64,
    /// The events that these were of, as far as it matters.
    pub failing: Vec<Id<Event>>,
    pub last_error: Option<String>,
    pub last_failed_at: Option<Timestamp>,
    pub last_succeeded_at: Option<Timestamp>,
}

impl Subscription {
    /// Whether its deliveries wait until it is enabled.
    pub fn holds(&self) -> bool {
        self.state != SubscriptionState::Enabled
    }
}

impl FromRow for Subscription {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.take("id")?,
            name: row.take("name")?,
            pattern: row.take("pattern")?,
            target: row.take("target")?,
            address: row.take("address")?,
            filter: read_back(row.take("filter")?)?,
            max_attempts: row.take("max_attempts")?,
            backoff: Backoff::of(&row.take::<String>("backoff")?).unwrap_or(Backoff::DEFAULT),
            time_limit: Duration::from_millis(row.take::<i64>("time_limit")?.unsigned_abs()),
            is_ordered: row.take("is_ordered")?,
            recovery: row.take("recovery")?,
            lane: row.take("lane")?,
            state: row.take("state")?,
            disabled_for: row.take("disabled_for")?,
            disabled_at: row.take("disabled_at")?,
            probe_at: row.take("probe_at")?,
            probes: row.take("probes")?,
            is_catching_up: row.take("is_catching_up")?,
            health: Health {
                successes: row.take("successes")?,
                failures: row.take("failures")?,
                in_a_row: row.take("in_a_row")?,
                failing: serde_json::from_str(&row.take::<String>("failing")?).map_err(Error::internal)?,
                last_error: row.take("last_error")?,
                last_failed_at: row.take("last_failed_at")?,
                last_succeeded_at: row.take("last_succeeded_at")?,
            },
            made_by: row.take("made_by")?,
            created_at: row.take("created_at")?,
            updated_at: row.take("updated_at")?,
        })
    }
}

fn read_back(filter: Option<String>) -> Result<Option<Filter>> {
    let read = |text: String| Filter::of(&text).ok_or_else(|| Error::internal("a filter that can't be read"));
    filter.map(read).transpose()
}

/// One event on its way to one subscription.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub id: Id<Delivery>,
    pub event: Id<Event>,
    pub subscription: Id<Subscription>,
    pub ordered_by: Option<String>,
    pub state: DeliveryState,
    pub replay_of: Option<Id<Delivery>>,
    /// Attempts that have ended.
    pub attempts: u32,
    pub error: Option<String>,
    pub fingerprint: Option<String>,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

impl FromRow for Delivery {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.take("id")?,
            event: row.take("event_id")?,
            subscription: row.take("subscription_id")?,
            ordered_by: row.take("ordered_by")?,
            state: row.take("state")?,
            replay_of: row.take("replay_of")?,
            attempts: row.take("attempts")?,
            error: row.take("error")?,
            fingerprint: row.take("fingerprint")?,
            created_at: row.take("created_at")?,
            ended_at: row.take("ended_at")?,
        })
    }
}
