//! What telemetry is told of the bus: an event, and each delivery on its way, once that is on disk.

use std::time::Instant;

use super::model::{Event, Subscription};
use super::publish::Occurrence;
use super::store::DeliveryEntry;
use crate::base::Id;
use crate::base::db::SystemWrite;
use crate::kernel::telemetry::{Span, SpanId, SpanKind, Trail};

/// An event was published.
pub(super) fn published(tx: &SystemWrite<'_>, event: &Occurrence<'_>) {
    let Some((trail, parent)) = Trail::current() else { return };
    let (id, name, began) = (event.id, event.event_type.to_string(), Instant::now());
    tx.after_commit(move || {
        trail.goes_on();
        trail.add(|| Span {
            started: trail.moment_of(began),
            event: Some(id),
            ..trail.blank(SpanId::of(id.uuid()), parent, SpanKind::Event, name.into())
        });
    });
}

/// It is on its way to a subscription. What the attempts of that are a part of is found by its id.
pub(super) fn delivering(
    tx: &SystemWrite<'_>,
    event: Id<Event>,
    delivery: &DeliveryEntry<'_>,
    subscription: &Subscription,
) {
    let Some((trail, current)) = Trail::current() else { return };
    let (id, is_replay) = (delivery.id.uuid(), delivery.replay_of.is_some());
    // An event that is delivered again was published in another trace.
    let parent = if is_replay { current } else { SpanId::of(event.uuid()) };
    let (name, target, began) = (subscription.name.to_string(), subscription.target.as_str(), Instant::now());
    tx.after_commit(move || {
        trail.goes_on();
        trail.add(|| Span {
            started: trail.moment_of(began),
            job: Some(id.into()),
            event: Some(event),
            attributes: vec![("target", target.into()), ("isReplay", is_replay.into())],
            ..trail.blank(SpanId::of(id), parent, SpanKind::Delivery, name.into())
        });
    });
}
