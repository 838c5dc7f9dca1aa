//! Publishing: the event and a delivery for everybody who listens, in the caller's transaction.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::bus::Events;
use super::deliver::DELIVER;
use super::kind::Fact;
use super::model::{Delivery, Event, EventStatus, Subscription, SubscriptionState, TargetKind};
use super::pattern::EventType;
use super::store::{self, DeliveryEntry, EventEntry};
use super::told;
use crate::base::db::{SystemWrite, Write};
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::jobs::{Behalf, Counts, Jobs, NewJob};
use crate::kernel::limits::{Daily, Limits};
use crate::kernel::telemetry::SpanId;
use crate::kernel::{Actor, Chain, Who};

/// The largest payload in bytes.
const LARGEST_PAYLOAD: usize = 256 * 1024;

/// Events in a chain of causes, the last of them included.
pub(super) const LONGEST_CHAIN: usize = 16;

/// A fact on its way to be published.
pub struct Publication<'f, F> {
    fact: &'f F,
    subject: String,
}

impl<'f, F: Fact> Publication<'f, F> {
    pub(super) fn about(fact: &'f F, subject: String) -> Self {
        Self { fact, subject }
    }

    /// Writes it as a part of this transaction.
    pub fn publish(self, tx: &Write<'_>, who: &Who) -> Result<Published>
    where
        F: Serialize,
    {
        let new = NewEvent {
            event_type: EventType::of(F::TYPE),
            subject: Some(self.subject),
            payload: serde_json::to_value(self.fact).map_err(Error::internal)?,
            key: None,
        };
        let published = publish_in(&tx.system(), who, &new)?;
        tx.attendant::<Limits>()?.note_made(&tx.system(), who.tenant.number, Daily::Events)?;
        Ok(published)
    }
}

/// An event as somebody publishes it.
#[derive(Debug, Clone)]
pub struct NewEvent {
    pub event_type: EventType,
    pub subject: Option<String>,
    pub payload: Json,
    /// A repeat with the same key is the first event.
    pub key: Option<String>,
}

/// An event that was published, or the one that was there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    pub event: Id<Event>,
    pub at: Timestamp,
    pub deliveries: usize,
    pub is_duplicate: bool,
}

/// Publishes what a caller outside gives: all of them, or none.
pub fn publish_all(tx: &Write<'_>, who: &Who, all: &[NewEvent]) -> Result<Vec<Published>> {
    let (events, limits) = (tx.attendant::<Events>()?, tx.attendant::<Limits>()?);
    if all.iter().all(|new| new.key.is_none()) {
        limits.must_have_some(&who.tenant, Daily::Events)?;
    }
    let mut published: Vec<Published> = Vec::with_capacity(all.len());
    for (place, new) in all.iter().enumerate() {
        let may = events.must_be_of_others(&new.event_type, "type");
        let done = may.and_then(|()| publish_in(&tx.system(), who, new));
        published
            .push(done.map_err(|error| if all.len() > 1 { error.within("events", place) } else { error })?);
    }
    let made = published.iter().filter(|one| !one.is_duplicate).count();
    limits.spend(&tx.system(), &who.tenant, Daily::Events, made)?;
    Ok(published)
}

fn publish_in(tx: &SystemWrite<'_>, who: &Who, new: &NewEvent) -> Result<Published> {
    let mut counts = Counts::default();
    let published = publish_as_engine(tx, who, new, &mut counts)?;
    counts.write(tx)?;
    Ok(published)
}

/// The same in a write of the kernel's own.
pub(super) fn publish_as_engine(
    tx: &SystemWrite<'_>,
    who: &Who,
    new: &NewEvent,
    counts: &mut Counts,
) -> Result<Published> {
    let (events, tenant) = (tx.attendant::<Events>()?, who.tenant.number);
    if let Some(key) = &new.key
        && let Some((event, at)) = store::find_event_by_key(tx, tenant, key)?
    {
        let deliveries = store::count_deliveries_of(tx, tenant, event)?;
        return Ok(Published { event, at, deliveries, is_duplicate: true });
    }
    let all = events.listening().all(tx, tenant)?;
    let listening: Vec<&Subscription> = all
        .iter()
        .map(AsRef::as_ref)
        .filter(|one: &&Subscription| one.wants(&new.event_type, &new.payload))
        .collect();
    let cause = matches!(who.actor, Actor::Job(_)).then(|| who.actor.to_string());
    let (event, at, deliveries) = happen(tx, who, new, &listening, (cause, None), counts)?;
    Ok(Published { event, at, deliveries: deliveries.len(), is_duplicate: false })
}

/// Publishes what an event should have said: one of its own, caused by it, for this subscription alone, whose
/// dead letter it deals with.
pub(super) fn publish_corrected(
    tx: &SystemWrite<'_>,
    who: &Who,
    (old, letter): (&Event, Id<Delivery>),
    payload: Json,
    subscription: &Subscription,
    counts: &mut Counts,
) -> Result<(Id<Event>, Vec<Id<Delivery>>)> {
    let (event_type, subject) = (old.event_type.clone(), old.subject.clone());
    let new = NewEvent { event_type, subject, payload, key: None };
    let by = Who { chain: Chain::of(old.chain.as_deref()), ..who.clone() };
    let came_of = (Some(format!("event:{}", old.id)), Some(letter));
    let (event, _, deliveries) = happen(tx, &by, &new, &[subscription], came_of, counts)?;
    Ok((event, deliveries))
}

/// Writes an event, and a delivery of it for each of these.
fn happen(
    tx: &SystemWrite<'_>,
    who: &Who,
    new: &NewEvent,
    to: &[&Subscription],
    (cause, replay_of): (Option<String>, Option<Id<Delivery>>),
    counts: &mut Counts,
) -> Result<(Id<Event>, Timestamp, Vec<Id<Delivery>>)> {
    let (events, tenant) = (tx.attendant::<Events>()?, who.tenant.number);
    if who.chain.events() >= LONGEST_CHAIN {
        let chain = who.chain.and(&new.event_type);
        return Err(Error::conflict(format!(
            "This would be event {} of a chain in which each caused the next; a handler publishes what it listens to. The chain: {}",
            LONGEST_CHAIN + 1,
            chain.stored().unwrap_or_default(),
        )));
    }
    let payload = new.payload.to_string();
    if payload.len() > LARGEST_PAYLOAD {
        return Err(Error::invalid("payload", "must have at most 256 KiB as JSON"));
    }
    let now = events.now();
    let event = Occurrence {
        id: events.fresh_id(now),
        event_type: &new.event_type,
        subject: new.subject.as_deref(),
        payload: &payload,
        at: now,
    };
    let entry = EventEntry {
        id: event.id,
        event_type: &new.event_type,
        subject: event.subject,
        key: new.key.as_deref(),
        status: if to.is_empty() { EventStatus::Delivered } else { EventStatus::Pending },
        open: to.len(),
        who,
        cause,
        payload: &payload,
    };
    store::insert_event(tx, tenant, &entry, now)?;
    told::published(tx, &event);
    let deliveries = to
        .iter()
        .map(|subscription| deliver(tx, who, &event, subscription, replay_of, counts))
        .collect::<Result<_>>()?;
    let (events, event_type, id) = (events.clone(), new.event_type.clone(), event.id);
    tx.after_commit(move || {
        events.meters().published(tenant, &event_type, now);
        events.watch_list().ring(tenant);
    });
    Ok((id, now, deliveries))
}

/// An event, as far as delivering it needs to know it.
pub(super) struct Occurrence<'o> {
    pub id: Id<Event>,
    pub event_type: &'o EventType,
    pub subject: Option<&'o str>,
    pub payload: &'o str,
    pub at: Timestamp,
}

impl<'o> Occurrence<'o> {
    pub(super) fn of(event: &'o Event, payload: &'o str) -> Self {
        Self {
            id: event.id,
            event_type: &event.event_type,
            subject: event.subject.as_deref(),
            payload,
            at: event.created_at,
        }
    }
}

/// Writes a delivery. It begins when nothing older of its subject must arrive before it.
pub(super) fn deliver(
    tx: &SystemWrite<'_>,
    who: &Who,
    event: &Occurrence<'_>,
    subscription: &Subscription,
    replay_of: Option<Id<Delivery>>,
    counts: &mut Counts,
) -> Result<Id<Delivery>> {
    let (events, tenant) = (tx.attendant::<Events>()?, who.tenant.number);
    let now = events.now();
    let ordered_by = event.subject.filter(|_| subscription.is_ordered);
    let must_wait = match ordered_by {
        Some(subject) => store::find_open_of_subject(tx, tenant, subscription.id, subject)?.is_some(),
        None => false,
    };
    let id = events.fresh_id(now);
    let entry = DeliveryEntry {
        id,
        event: event.id,
        subscription: subscription.id,
        ordered_by,
        must_wait,
        replay_of,
    };
    store::insert_delivery(tx, tenant, &entry, now)?;
    told::delivering(tx, event.id, &entry, subscription);
    if !must_wait {
        begin(tx, who, event, subscription, id, counts)?;
    }
    Ok(id)
}

/// Enqueues the job of a delivery.
pub(super) fn begin(
    tx: &SystemWrite<'_>,
    who: &Who,
    event: &Occurrence<'_>,
    subscription: &Subscription,
    delivery: Id<Delivery>,
    counts: &mut Counts,
) -> Result<()> {
    let behalf = Behalf {
        who,
        cause: Some(format!("event:{}", event.id)),
        chain: who.chain.and(event.event_type),
        span: Some(SpanId::of(delivery.uuid())),
    };
    let body;
    let (kind, payload) = match subscription.target {
        TargetKind::Handler | TargetKind::Webhook => (DELIVER, "{}"),
        TargetKind::Job => (&*subscription.address, event.payload),
        TargetKind::Queue => {
            body = body_of(event)?.to_string();
            (&**event.event_type, &*body)
        }
    };
    let job = NewJob {
        queue: Some(subscription.lane.clone()),
        max_attempts: Some(subscription.max_attempts),
        time_limit: Some(subscription.job_time_limit()),
        backoff: Some(subscription.backoff),
        id: Some(delivery.uuid().into()),
        is_held: subscription.holds(),
        ..NewJob::default()
    };
    tx.attendant::<Jobs>()?.make(tx, &behalf, (kind, payload), &job, counts).map(drop)
}

/// What workers outside and webhooks are given.
pub(super) fn body_of(event: &Occurrence<'_>) -> Result<Json> {
    let data: Json = serde_json::from_str(event.payload).map_err(Error::internal)?;
    Ok(json!({
        "type": event.event_type,
        "timestamp": event.at,
        "eventId": event.id,
        "subject": event.subject,
        "data": data,
    }))
}

impl Subscription {
    /// A webhook waits for its turn before its time begins.
    fn job_time_limit(&self) -> Duration {
        match self.target {
            TargetKind::Webhook => self.time_limit * 2 + Duration::from_secs(5),
            _ => self.time_limit,
        }
    }

    pub(super) fn wants(&self, event_type: &EventType, payload: &Json) -> bool {
        self.state != SubscriptionState::Deleted
            && self.pattern.matches(event_type)
            && self.filter.as_ref().is_none_or(|filter| filter.matches(payload))
    }
}
