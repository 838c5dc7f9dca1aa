//! What is asked of subscriptions over the API, and what is answered.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::base::db::Read;
use crate::base::{Error, Id, Result, Timestamp};
use crate::http::{Cursor, Limit};
use crate::kernel::events::{
    self, DisabledFor, Made, Metric, Pattern, Recovery, Spacing, Subscription, SubscriptionState, Target,
};
use crate::kernel::jobs::QueueName;

/// What is asked of the list of subscriptions.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubscriptionQuery {
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor<SubscriptionPosition>>,
}

/// Where a page ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SubscriptionPosition {
    pub name: String,
}

/// Who listens to what.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownSubscription {
    pub id: Id<Subscription>,
    pub name: String,
    pub pattern: Pattern,
    pub target: Target,
    pub filter: Option<Json>,
    pub max_attempts: u32,
    pub backoff: Spacing,
    pub timeout_seconds: u64,
    pub ordered: bool,
    pub recovery: Recovery,
    /// The queue that its deliveries wait in.
    pub queue: QueueName,
    pub state: SubscriptionState,
    pub disabled_for: Option<DisabledFor>,
    pub disabled_at: Option<Timestamp>,
    /// When one of the held deliveries is tried.
    pub probe_at: Option<Timestamp>,
    /// Deliveries that wait, because it is disabled or for their time.
    pub waiting: i64,
    pub health: ShownHealth,
    pub made_by: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// How well a subscription's deliveries go.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownHealth {
    pub successes: i64,
    /// Attempts that failed.
    pub failures: i64,
    /// Attempts that failed since the last success.
    pub failures_in_a_row: i64,
    /// Different events among these; with five it is disabled.
    pub failing_events: usize,
    pub last_error: Option<String>,
    pub last_failed_at: Option<Timestamp>,
    pub last_succeeded_at: Option<Timestamp>,
}

impl ShownSubscription {
    pub fn of(tx: &Read<'_>, one: Subscription) -> Result<Self> {
        let waiting = events::count_held(tx, &one.lane)?;
        let target = one.shown_target()?;
        Ok(Self {
            id: one.id,
            target,
            name: one.name,
            pattern: one.pattern,
            filter: one.filter.map(serde_json::to_value).transpose().map_err(Error::internal)?,
            max_attempts: one.max_attempts,
            backoff: one.backoff.into(),
            timeout_seconds: one.time_limit.as_secs(),
            ordered: one.is_ordered,
            recovery: one.recovery,
            queue: one.lane,
            state: one.state,
            disabled_for: one.disabled_for,
            disabled_at: one.disabled_at,
            probe_at: one.probe_at,
            waiting,
            health: ShownHealth {
                successes: one.health.successes,
                failures: one.health.failures,
                failures_in_a_row: one.health.in_a_row,
                failing_events: one.health.failing.len(),
                last_error: one.health.last_error,
                last_failed_at: one.health.last_failed_at,
                last_succeeded_at: one.health.last_succeeded_at,
            },
            made_by: one.made_by,
            created_at: one.created_at,
            updated_at: one.updated_at,
        })
    }
}

/// A subscription that was made.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MadeSubscription {
    #[serde(flatten)]
    pub subscription: ShownSubscription,
    /// What a webhook is signed with. It is shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

impl MadeSubscription {
    pub fn of(tx: &Read<'_>, made: Made) -> Result<Self> {
        Ok(Self { subscription: ShownSubscription::of(tx, made.subscription)?, secret: made.secret })
    }
}

/// The span of the figures of one handler.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpanQuery {
    /// From when on; a day ago when left out.
    pub since: Option<Timestamp>,
    /// Up to when; now when left out.
    pub until: Option<Timestamp>,
}

impl SpanQuery {
    pub fn span(&self, now: Timestamp) -> Result<(Timestamp, Timestamp)> {
        let until = self.until.unwrap_or(now);
        let since = self.since.unwrap_or(until - Duration::from_hours(24));
        match since < until {
            true => Ok((since, until)),
            false => Err(Error::invalid("since", "must lie before until")),
        }
    }
}

/// A handler's health, with how long its attempts ran in the last day.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HandlerHealth {
    pub id: Id<Subscription>,
    pub handler: String,
    pub pattern: Pattern,
    pub state: SubscriptionState,
    pub disabled_for: Option<DisabledFor>,
    pub waiting: i64,
    #[serde(flatten)]
    pub health: ShownHealth,
    /// In the last day.
    pub delivered: i64,
    pub failed: i64,
    pub dead: i64,
    pub per_minute: f64,
    pub p50_millis: Option<f64>,
    pub p95_millis: Option<f64>,
}

impl HandlerHealth {
    pub fn of(shown: ShownSubscription, day: Option<&Metric>) -> Self {
        Self {
            id: shown.id,
            handler: shown.name,
            pattern: shown.pattern,
            state: shown.state,
            disabled_for: shown.disabled_for,
            waiting: shown.waiting,
            health: shown.health,
            delivered: day.map_or(0, |day| day.delivered),
            failed: day.map_or(0, |day| day.failed),
            dead: day.map_or(0, |day| day.dead),
            per_minute: day.map_or(0.0, |day| day.per_minute),
            p50_millis: day.and_then(|day| day.p50_millis),
            p95_millis: day.and_then(|day| day.p95_millis),
        }
    }
}
