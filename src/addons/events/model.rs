//! What is asked of events over the API, and what is answered.

use std::collections::HashMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value as Json;

use crate::base::db::Read;
use crate::base::text::Text;
use crate::base::{Error, Id, Result, Timestamp};
use crate::http::{Cursor, Limit};
use crate::kernel::events::{
    self, Delivery, DeliveryState, Event, EventFilter, EventStatus, EventType, NewEvent, Pattern, Published,
    Subscription,
};
use crate::kernel::jobs::{self, Attempt, Job};

/// Events that one call publishes at most.
const MOST_IN_A_BATCH: usize = 1_000;

/// Handlers that one replay names at most.
const MOST_HANDLERS: usize = 200;

/// An event to be published.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Publish {
    #[serde(rename = "type")]
    pub event_type: EventType,
    /// What it is about, such as the id of an order.
    pub subject: Option<Text<1, 200>>,
    #[serde(default)]
    pub payload: Json,
    /// A repeat with the same key is the first event, and publishes nothing.
    pub idempotency_key: Option<Text<1, 200>>,
}

impl From<Publish> for NewEvent {
    fn from(publish: Publish) -> Self {
        Self {
            event_type: publish.event_type,
            subject: publish.subject.map(Into::into),
            payload: publish.payload,
            key: publish.idempotency_key.map(Into::into),
        }
    }
}

/// Events to be published together: all of them, or none.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PublishBatch {
    #[serde(deserialize_with = "some_events")]
    #[schemars(length(min = 1, max = 1_000))]
    pub events: Vec<Publish>,
}

fn some_events<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Publish>, D::Error> {
    let events = Vec::<Publish>::deserialize(deserializer)?;
    match events.len() {
        1..=MOST_IN_A_BATCH => Ok(events),
        _ => Err(de::Error::custom("must have 1 to 1,000 events")),
    }
}

/// An event that was published, or was there already.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublishedEvent {
    pub event_id: Id<Event>,
    #[serde(rename = "type")]
    pub event_type: EventType,
    pub published_at: Timestamp,
    /// Subscriptions that it is delivered to.
    pub deliveries: usize,
    /// Whether an event with the same key was there already; this is its id.
    pub deduplicated: bool,
}

impl PublishedEvent {
    pub fn of(event_type: EventType, published: Published) -> Self {
        Self {
            event_id: published.event,
            event_type,
            published_at: published.at,
            deliveries: published.deliveries,
            deduplicated: published.is_duplicate,
        }
    }
}

/// What is asked of the list of events.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EventQuery {
    /// A type, or types under a prefix such as order.*
    #[serde(rename = "type")]
    pub pattern: Option<Pattern>,
    pub subject: Option<Text<1, 200>>,
    pub status: Option<EventStatus>,
    /// Published at this time or later.
    pub since: Option<Timestamp>,
    /// Published before this time.
    pub until: Option<Timestamp>,
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor<EventPosition>>,
}

/// Where a page ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EventPosition {
    pub id: Id<Event>,
}

impl EventQuery {
    pub fn filter(&self) -> EventFilter {
        EventFilter {
            pattern: self.pattern.clone(),
            subject: self.subject.as_deref().map(str::to_owned),
            status: self.status,
            since: self.since,
            until: self.until,
        }
    }
}

/// One event with what became of it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WholeEvent {
    #[serde(flatten)]
    pub event: Event,
    /// The oldest first, 200 at most.
    pub deliveries: Vec<ShownDelivery>,
}

impl WholeEvent {
    pub fn of(tx: &Read<'_>, event: Event) -> Result<Self> {
        let mut handlers = HashMap::new();
        let deliveries = events::list_deliveries_of(tx, event.id)?
            .into_iter()
            .map(|delivery| ShownDelivery::of(tx, delivery, &mut handlers))
            .collect::<Result<_>>()?;
        Ok(Self { event, deliveries })
    }
}

/// One delivery with everything that was tried.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownDelivery {
    pub id: Id<Delivery>,
    /// The subscription's name, and its id.
    pub handler: String,
    pub subscription_id: Id<Subscription>,
    pub state: DeliveryState,
    /// Whether it waits because its subscription is disabled.
    pub held: bool,
    pub replay_of: Option<Id<Delivery>>,
    /// Attempts that have ended.
    pub attempts_made: u32,
    pub error: Option<String>,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// When it is tried next, if that is known.
    pub next_attempt_at: Option<Timestamp>,
    pub attempts: Vec<Attempt>,
}

impl ShownDelivery {
    fn of(
        tx: &Read<'_>,
        delivery: Delivery,
        known: &mut HashMap<Id<Subscription>, Option<Subscription>>,
    ) -> Result<Self> {
        let id = delivery.subscription;
        if let std::collections::hash_map::Entry::Vacant(e) = known.entry(id) {
            e.insert(crate::kernel::events::find_any_subscription(tx, id)?);
        }
        let subscription = known.get(&id).and_then(Option::as_ref);
        let job: Id<Job> = delivery.id.uuid().into();
        let next = jobs::find_job(tx, job)?.map(|job| job.summary.run_at);
        let is_open = delivery.state.is_open();
        Ok(Self {
            id: delivery.id,
            handler: subscription.map(|one| one.name.clone()).unwrap_or_default(),
            subscription_id: id,
            state: delivery.state,
            held: is_open && subscription.is_some_and(Subscription::holds),
            replay_of: delivery.replay_of,
            attempts_made: delivery.attempts,
            error: delivery.error,
            created_at: delivery.created_at,
            ended_at: delivery.ended_at,
            next_attempt_at: next.filter(|_| is_open),
            attempts: jobs::list_attempts(tx, job)?,
        })
    }
}

/// Whom an event is delivered to again.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplayOne {
    /// Names or ids of subscriptions; those that match now when left out.
    #[serde(deserialize_with = "few_handlers")]
    #[schemars(length(min = 1, max = 200))]
    pub handlers: Option<Vec<String>>,
}

fn few_handlers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    match Option::<Vec<String>>::deserialize(deserializer)? {
        Some(handlers) if !(1..=MOST_HANDLERS).contains(&handlers.len()) => {
            Err(de::Error::custom("must name 1 to 200 subscriptions, or be left out"))
        }
        handlers => Ok(handlers),
    }
}

/// The deliveries that a replay made.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Replayed {
    pub event_id: Id<Event>,
    pub delivery_ids: Vec<Id<Delivery>>,
}

/// Which events are delivered again, and to whom.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplayMany {
    pub filter: ReplayFilter,
    /// Names or ids of subscriptions; those that match now when left out.
    #[serde(default, deserialize_with = "few_handlers")]
    #[schemars(length(min = 1, max = 200))]
    pub handlers: Option<Vec<String>>,
    /// Only count them.
    #[serde(default)]
    pub dry_run: bool,
}

/// Events that are meant; something must be said.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplayFilter {
    #[serde(rename = "type")]
    pub pattern: Option<Pattern>,
    pub subject: Option<Text<1, 200>>,
    pub status: Option<EventStatus>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

impl ReplayMany {
    pub fn filter(&self) -> Result<EventFilter> {
        let ReplayFilter { pattern, subject, status, since, until } = &self.filter;
        if pattern.is_none() && subject.is_none() && status.is_none() && since.is_none() {
            return Err(Error::invalid("filter", "must name something, such as a type or since when"));
        }
        Ok(EventFilter {
            pattern: pattern.clone(),
            subject: subject.as_deref().map(str::to_owned),
            status: *status,
            since: *since,
            until: *until,
        })
    }
}

/// A replay of many events.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplayBegun {
    /// Events that the filter finds, a million at most.
    pub events: usize,
    /// The job that does it, with its progress; nothing after a dry run.
    pub job_id: Option<Id<Job>>,
}

/// A type of event.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownType {
    #[serde(rename = "type")]
    pub event_type: String,
    /// Whether the server itself publishes it, and checks its payload.
    pub declared: bool,
    pub summary: Option<String>,
    /// The payload's JSON schema.
    pub schema: Option<Json>,
    /// Whether there are events of it in the history.
    pub seen: bool,
}

/// The span of the metrics.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetricsQuery {
    /// From when on; a day ago when left out.
    pub since: Option<Timestamp>,
    /// Up to when; now when left out.
    pub until: Option<Timestamp>,
}

impl MetricsQuery {
    pub fn span(&self, now: Timestamp) -> Result<(Timestamp, Timestamp)> {
        let until = self.until.unwrap_or(now);
        let since = self.since.unwrap_or(until - Duration::from_hours(24));
        match since < until {
            true => Ok((since, until)),
            false => Err(Error::invalid("since", "must lie before until")),
        }
    }
}

/// Which events are followed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FollowQuery {
    /// A type, types under a prefix such as order.*, or * for all.
    pub pattern: Option<Pattern>,
    /// Begin after this event; the header Last-Event-ID does the same.
    pub after: Option<Id<Event>>,
}
