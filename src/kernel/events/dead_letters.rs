//! Dead letters: deliveries that used up their attempts, as they lie there and by what their errors
//! have in common.

use serde_json::{Value as Json, json};

use super::bus::Events;
use super::model::{Delivery, DeliveryState, Event, Subscription, SubscriptionState};
use super::outcome::Letter;
use super::publish::publish_corrected;
use super::replay::redeliver;
use super::store;
use crate::base::db::{FromRow, Read, Row, Write};
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::Who;
use crate::kernel::audit::{self, Act};
use crate::kernel::jobs::Counts;
use crate::kernel::limits::{Daily, Limits};

/// Which dead letters are meant.
#[derive(Debug, Clone, Default)]
pub struct LetterFilter {
    pub fingerprint: Option<String>,
    pub subscription: Option<Id<Subscription>>,
}

/// Dead letters with something in common.
#[derive(Debug, Clone)]
pub struct LetterGroup {
    pub fingerprint: String,
    pub subscription: Id<Subscription>,
    /// The last of their errors.
    pub error: String,
    pub letters: i64,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
}

impl FromRow for LetterGroup {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            fingerprint: row.take("fingerprint")?,
            subscription: row.take("subscription_id")?,
            error: row.take("error")?,
            letters: row.take("letters")?,
            first_at: row.take("first_at")?,
            last_at: row.take("last_at")?,
        })
    }
}

/// The newest first.
pub fn list_letters(
    tx: &Read<'_>,
    filter: &LetterFilter,
    before: Option<Id<Delivery>>,
    limit: usize,
) -> Result<Vec<Delivery>> {
    store::list_letters(tx, filter, before, limit)
}

/// Delivers a dead letter anew; gives back the new delivery.
pub fn replay_letter(tx: &Write<'_>, who: &Who, id: Id<Delivery>, now: Timestamp) -> Result<Id<Delivery>> {
    let (letter, event, subscription) = find_letter(tx, id)?;
    must_be_there(&subscription)?;
    let mut counts = Counts::default();
    let new = redeliver(&tx.system(), who, &event, &subscription, Some(letter), &mut counts, now)?;
    counts.write(&tx.system())?;
    let act = Act::new("dead_letter.replayed", format!("delivery:{id}"));
    audit::record(tx, who, &act, now)?;
    Ok(new)
}

/// What became of a dead letter that was corrected.
#[derive(Debug, Clone, Copy)]
pub struct Corrected {
    pub event: Id<Event>,
    pub delivery: Id<Delivery>,
}

/// Delivers what a dead letter should have said. Its event stays as it was published: what the handler gets
/// is another one, caused by it, that goes to nobody else.
pub fn correct_letter(
    tx: &Write<'_>,
    who: &Who,
    id: Id<Delivery>,
    payload: Json,
    now: Timestamp,
) -> Result<Corrected> {
    let (letter, old, subscription) = find_letter(tx, id)?;
    must_be_there(&subscription)?;
    if tx.attendant::<Events>()?.is_of_server(&old.event_type) {
        return Err(Error::conflict(
            "The server alone says what happened under this type; mend the handler and replay the letter as it is.",
        ));
    }
    let limits = tx.attendant::<Limits>()?;
    limits.must_have_some(&who.tenant, Daily::Events)?;
    let mut counts = Counts::default();
    let way = way_of(who, &old, &subscription);
    way.put(&tx.system(), &letter, letter.clone(), DeliveryState::Replayed, &mut counts, now)?;
    let (event, deliveries) =
        publish_corrected(&tx.system(), who, (&old, id), payload, &subscription, &mut counts)?;
    counts.write(&tx.system())?;
    limits.spend(&tx.system(), &who.tenant, Daily::Events, 1)?;
    let act = Act::new("dead_letter.corrected", format!("delivery:{id}")).after(json!({ "event": event }))?;
    audit::record(tx, who, &act, now)?;
    let [delivery] = deliveries[..] else {
        return Err(Error::internal("a corrected letter goes to one handler"));
    };
    Ok(Corrected { event, delivery })
}

/// Puts a dead letter away.
pub fn discard_letter(tx: &Write<'_>, who: &Who, id: Id<Delivery>, now: Timestamp) -> Result<()> {
    let (letter, event, subscription) = find_letter(tx, id)?;
    let mut counts = Counts::default();
    let way = way_of(who, &event, &subscription);
    way.put(&tx.system(), &letter, letter.clone(), DeliveryState::Discarded, &mut counts, now)?;
    counts.write(&tx.system())?;
    let act = Act::new("dead_letter.discarded", format!("delivery:{id}"));
    audit::record(tx, who, &act, now)
}

fn way_of<'l>(who: &Who, event: &'l Event, subscription: &'l Subscription) -> Letter<'l> {
    let (tenant, event, event_type) = (who.tenant.number, event.id, &event.event_type);
    Letter { tenant, event, event_type, subscription }
}

fn must_be_there(subscription: &Subscription) -> Result<()> {
    match subscription.state {
        SubscriptionState::Deleted => {
            Err(Error::conflict("Its subscription was deleted; replay the event to others, or discard this."))
        }
        _ => Ok(()),
    }
}

fn find_letter(tx: &Write<'_>, id: Id<Delivery>) -> Result<(Delivery, Event, Subscription)> {
    let letter = store::find_delivery(tx, id)?.ok_or_else(|| Error::not_found("dead letter"))?;
    if letter.state != DeliveryState::Dead {
        return Err(Error::conflict(format!("This delivery is {}, and no dead letter.", letter.state)));
    }
    let event = store::find_event(tx, letter.event)?.ok_or_else(|| Error::not_found("event"))?;
    let subscription = store::find_any_subscription(tx, letter.subscription)?
        .ok_or_else(|| Error::not_found("subscription"))?;
    Ok((letter, event, subscription))
}
