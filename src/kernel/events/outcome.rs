//! What comes of deliveries: told by the job engine in the transaction in which an attempt ends, so
//! that a job, its delivery, the event's status, the handler's health and the dead letters never
//! say different things.

use super::bus::Events;
use super::facts::DeliveryDead;
use super::fingerprint::fingerprint;
use super::kind::Fact;
use super::model::{Delivery, DeliveryState, Event, Subscription};
use super::pattern::EventType;
use super::publish::{LONGEST_CHAIN, NewEvent, Occurrence, begin, publish_as_engine};
use super::store::{self, Change};
use crate::base::db::{SystemWrite, TenantNo};
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::jobs::{Counts, Failure, JobState, Moved};
use crate::kernel::limits::{Daily, Limits};
use crate::kernel::{Actor, Chain, TraceId, Who};

/// The longest text of an error that a delivery keeps.
const LONGEST_ERROR: usize = 1_000;

/// A job that is a delivery went somewhere.
pub(in crate::kernel) fn job_moved(
    tx: &SystemWrite<'_>,
    moved: &Moved<'_>,
    counts: &mut Counts,
    now: Timestamp,
) -> Result<()> {
    if !moved.cause.starts_with("event:") {
        return Ok(());
    }
    let Some(delivery) = store::read_delivery(tx, moved.tenant, moved.job.uuid().into())? else {
        return Ok(());
    };
    let events = tx.attendant::<Events>()?;
    let (Some(event_type), Some(mut subscription)) = (
        store::type_of_event(tx, moved.tenant, delivery.event)?,
        events.listening().find(tx, moved.tenant, delivery.subscription)?,
    ) else {
        return Ok(());
    };
    let mut delivered = delivery.clone();
    delivered.attempts += u32::from(moved.ran_since.is_some());
    delivered.error = moved.error.map(|error| error.chars().take(LONGEST_ERROR).collect());
    let state = next_state(delivery.state, moved);
    if let Some(ran_since) = moved.ran_since {
        let span = now.millis() - ran_since.millis();
        let (events, tenant, name) = (events.clone(), moved.tenant, subscription.name.clone());
        let (event_type, failed) = (event_type.clone(), moved.failure.is_some());
        tx.after_commit(move || {
            events.meters().attempted(tenant, (&event_type, &name), span, failed, state, now);
        });
        if let Some(changed) = note_attempt(tx, moved, &subscription, delivery.event, counts, now)? {
            subscription = changed.into();
        }
    }
    // What follows knows already whether its handler is held from now on.
    let letter = Letter {
        tenant: moved.tenant,
        event: delivery.event,
        event_type: &event_type,
        subscription: &subscription,
    };
    letter.put(tx, &delivery, delivered, state, counts, now)?;
    if subscription.is_catching_up
        && let Some(mut read) = store::read_subscription(tx, moved.tenant, subscription.id)?
    {
        read.look_whether_caught_up(tx, moved.tenant)?;
    }
    Ok(())
}

/// Keeps count of an attempt that ended. Gives back the subscription when it may stand otherwise now.
fn note_attempt(
    tx: &SystemWrite<'_>,
    moved: &Moved<'_>,
    subscription: &Subscription,
    event: Id<Event>,
    counts: &mut Counts,
    now: Timestamp,
) -> Result<Option<Subscription>> {
    let is_done = moved.failure.is_none() && moved.state == JobState::Done;
    if is_done && subscription.is_well() {
        return store::note_success(tx, moved.tenant, subscription.id, now).map(|()| None);
    }
    // These say nothing against the handler.
    let has_failed =
        moved.failure.is_some_and(|why| !matches!(why, Failure::ProcessRestarted | Failure::Cancelled));
    if !is_done && !has_failed {
        return Ok(None);
    }
    let Some(mut read) = store::read_subscription(tx, moved.tenant, subscription.id)? else {
        return Ok(None);
    };
    match is_done {
        true => read.succeeded(tx, moved.tenant, now)?,
        false => read.failed(tx, moved.tenant, event, moved.error.unwrap_or_default(), counts, now)?,
    }
    Ok(Some(read))
}

fn next_state(before: DeliveryState, moved: &Moved<'_>) -> DeliveryState {
    match moved.state {
        JobState::Done => DeliveryState::Delivered,
        JobState::Dead => DeliveryState::Dead,
        JobState::Cancelled => DeliveryState::Cancelled,
        // An attempt that was given back does not undo that one before it failed.
        _ if moved.failure.is_some() || before == DeliveryState::Failing => DeliveryState::Failing,
        _ => DeliveryState::Pending,
    }
}

/// A delivery's event and where it goes: what putting it into another state needs to know.
pub(super) struct Letter<'l> {
    pub tenant: TenantNo,
    pub event: Id<Event>,
    pub event_type: &'l EventType,
    pub subscription: &'l Subscription,
}

impl Letter<'_> {
    /// Puts a delivery into another state, with everything that follows.
    pub(super) fn put(
        &self,
        tx: &SystemWrite<'_>,
        before: &Delivery,
        mut delivery: Delivery,
        state: DeliveryState,
        counts: &mut Counts,
        now: Timestamp,
    ) -> Result<()> {
        delivery.state = state;
        delivery.ended_at = (!state.is_open()).then_some(now);
        if state == DeliveryState::Dead && before.state != state {
            let error = delivery.error.clone().unwrap_or_default();
            let print = fingerprint(&self.subscription.name, &error);
            self.add_letter(tx, &print, &error, now)?;
            delivery.fingerprint = Some(print);
        } else if before.state == DeliveryState::Dead
            && state != before.state
            && let Some(print) = &before.fingerprint
        {
            store::add_letters(tx, self.tenant, print, -1, None, now)?;
        }
        store::update_delivery(tx, self.tenant, &delivery)?;
        let change = Change::between(before.state, state);
        if change != Change::default() {
            store::add_to_event(tx, self.tenant, self.event, change)?;
        }
        if before.state.is_open() && !state.is_open() {
            self.begin_next(tx, &delivery, counts)?;
        }
        if state == DeliveryState::Dead && before.state != state {
            self.tell_of_dead(tx, &delivery, counts)?;
        }
        Ok(())
    }

    fn add_letter(&self, tx: &SystemWrite<'_>, print: &str, error: &str, now: Timestamp) -> Result<()> {
        match store::add_letters(tx, self.tenant, print, 1, Some(error), now)? {
            true => Ok(()),
            false => store::insert_letter_group(tx, self.tenant, print, self.subscription.id, error, now),
        }
    }

    /// The next of a subject whose older one is over.
    fn begin_next(&self, tx: &SystemWrite<'_>, delivery: &Delivery, counts: &mut Counts) -> Result<()> {
        let Some(subject) = &delivery.ordered_by else { return Ok(()) };
        let next = store::find_waiting_of_subject(tx, self.tenant, delivery.subscription, subject)?;
        let Some(next) = next.filter(|next| next.state == DeliveryState::Waiting) else { return Ok(()) };
        let Some(event) = store::read_event(tx, self.tenant, next.event)? else { return Ok(()) };
        let mut begun = next.clone();
        begun.state = DeliveryState::Pending;
        store::update_delivery(tx, self.tenant, &begun)?;
        let Some(who) = acting_for(tx, self.tenant, &event)? else { return Ok(()) };
        begin(tx, &who, &Occurrence::of(&event, event.payload.get()), self.subscription, next.id, counts)
    }

    /// A dead letter is an event too; one of such an event is not, so that this ends.
    fn tell_of_dead(&self, tx: &SystemWrite<'_>, delivery: &Delivery, counts: &mut Counts) -> Result<()> {
        if **self.event_type == *DeliveryDead::TYPE {
            return Ok(());
        }
        let Some(event) = store::read_event(tx, self.tenant, self.event)? else { return Ok(()) };
        let dead = DeliveryDead {
            delivery_id: delivery.id,
            event_id: self.event,
            event_type: self.event_type.to_string(),
            handler: self.subscription.name.clone(),
            error: delivery.error.clone(),
            attempts: delivery.attempts,
        };
        publish_for(tx, self.tenant, &event, &dead, &self.subscription.name, counts)
    }
}

/// Publishes what the bus itself has to say about an event's way, unless the chain is at its end.
pub(super) fn publish_for<F: Fact>(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    about: &Event,
    fact: &F,
    subject: &str,
    counts: &mut Counts,
) -> Result<()> {
    let Some(mut who) = acting_for(tx, tenant, about)? else { return Ok(()) };
    who.chain = who.chain.and(&about.event_type);
    if who.chain.events() >= LONGEST_CHAIN {
        return Ok(());
    }
    let payload = serde_json::to_value(fact).map_err(Error::internal)?;
    let new =
        NewEvent { event_type: EventType::of(F::TYPE), subject: Some(subject.into()), payload, key: None };
    publish_as_engine(tx, &who, &new, counts)?;
    tx.attendant::<Limits>()?.note_made(tx, who.tenant.number, Daily::Events)
}

/// Whoever published an event, for what it causes later. Nobody in a tenant that is gone.
pub(super) fn acting_for(tx: &SystemWrite<'_>, tenant: TenantNo, event: &Event) -> Result<Option<Who>> {
    let Some(tenant) = tx.attendant::<Events>()?.tenants().find_by_number(tenant) else { return Ok(None) };
    let envelope = &event.envelope;
    Ok(Some(Who {
        tenant,
        actor: envelope.actor_id.parse().unwrap_or(Actor::System),
        trace: TraceId::of(&envelope.trace_id),
        address: String::new(),
        request: envelope.request_id.parse().unwrap_or_else(|_| Id::fresh()),
        chain: Chain::of(event.chain.as_deref()),
    }))
}

impl Change {
    fn between(before: DeliveryState, after: DeliveryState) -> Self {
        let of = |is: fn(DeliveryState) -> bool| i64::from(is(after)) - i64::from(is(before));
        Self {
            open: of(DeliveryState::is_open),
            failing: of(|state| state == DeliveryState::Failing),
            dead: of(|state| state == DeliveryState::Dead),
        }
    }
}
