//! Dead letters: deliveries that used up their attempts, as they lie there and by what their errors
//! have in common.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::bus::Events;
use super::model::{Delivery, DeliveryState, Event, Subscription, SubscriptionState};
use super::outcome::Letter;
use super::publish::publish_corrected;
use super::replay::redeliver;
use super::store;
use crate::base::db::{FromRow, Read, Row, Write};
use crate::base::{Error, Id, Kind, Result, Timestamp};
use crate::kernel::audit::{self, Act};
use crate::kernel::jobs::Counts;
use crate::kernel::limits::{Daily, Limits};
use crate::kernel::{Kernel, Who};

/// Letters that one call takes at most, and that one write does.
const MOST_AT_ONCE: usize = 10_000;
const A_PIECE: usize = 100;

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

/// What is done to dead letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterAct {
    Replay,
    Discard,
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

/// What was done to many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LettersDone {
    pub matched: usize,
    pub done: usize,
    /// There are more than one call takes.
    pub has_more: bool,
}

/// Does it to every dead letter that the filter finds, a little at a time; or only counts them.
pub async fn act_on_letters(
    kernel: &Kernel,
    who: &Who,
    act: LetterAct,
    filter: LetterFilter,
    is_dry: bool,
) -> Result<LettersDone> {
    let mut found =
        kernel.db.read(who, move |tx| store::list_letters(tx, &filter, None, MOST_AT_ONCE + 1)).await?;
    let has_more = found.len() > MOST_AT_ONCE;
    found.truncate(MOST_AT_ONCE);
    // In the order in which they were to arrive.
    found.reverse();
    let mut report = LettersDone { matched: found.len(), done: 0, has_more };
    if is_dry {
        return Ok(report);
    }
    let now = kernel.clock.now();
    for piece in found.chunks(A_PIECE) {
        let (ids, by): (Vec<Id<Delivery>>, _) = (piece.iter().map(|letter| letter.id).collect(), who.clone());
        let write = move |tx: &Write<'_>| {
            ids.iter().try_fold(0, |sum, id| {
                let done = match act {
                    LetterAct::Replay => replay_letter(tx, &by, *id, now).map(drop),
                    LetterAct::Discard => discard_letter(tx, &by, *id, now),
                };
                match done {
                    Ok(()) => Ok(sum + 1),
                    Err(error) if matches!(error.kind(), Kind::Conflict | Kind::NotFound) => Ok(sum),
                    Err(error) => Err(error),
                }
            })
        };
        report.done += kernel.db.write(who, write).await?;
    }
    Ok(report)
}
