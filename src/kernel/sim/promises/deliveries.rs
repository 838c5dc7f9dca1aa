//! What `docs/events.md` promises of events and their deliveries.

use std::collections::BTreeMap;

use crate::kernel::events::DeliveryState::{
    self, Cancelled, Dead, Delivered, Discarded, Failing, Pending, Replayed, Waiting,
};
use crate::kernel::events::SubscriptionState;
use crate::kernel::jobs::JobState;
use crate::kernel::sim::book::{Book, Verdict, ensure};
use crate::kernel::sim::rows::{DeliveryRow, EventRow, Key, SubscriptionRow, shown};

pub fn no_delivery_of_another_tenant_is_touched(
    book: &Book,
    delivery: Key,
    tenants: [Option<i64>; 2],
) -> Verdict {
    let Some(own) = book.piece.tenant else { return Ok(()) };
    let foreign = tenants.into_iter().flatten().find(|tenant| *tenant != own);
    ensure(foreign.is_none(), || format!("{} of {foreign:?} was touched by {own}", shown(delivery)))
}

fn wants(subscription: &SubscriptionRow, event: &EventRow) -> bool {
    let matches = match subscription.pattern.strip_suffix('*') {
        Some(prefix) => event.event_type.starts_with(prefix),
        None => subscription.pattern == event.event_type,
    };
    let is_enough = subscription.least.is_none_or(|least| event.number.is_some_and(|number| number >= least));
    subscription.tenant == event.tenant
        && subscription.state != SubscriptionState::Deleted
        && matches
        && is_enough
}

/// Of what is published now; replays go to whom they name.
pub fn everybody_who_listens_gets_it_and_nobody_else(book: &Book) -> Verdict {
    for key in &book.piece.new_events {
        let Some(event) = book.events.get(key) else { continue };
        let wanting = book.subscriptions.iter().filter(|(_, one)| wants(one, event)).map(|(id, _)| *id);
        let wanting: Vec<Key> = wanting.collect();
        let new = book.piece.new_deliveries.iter().filter_map(|id| book.deliveries.get(id));
        let mut found: Vec<Key> = new
            .filter(|row| row.event == *key && row.replay_of.is_none())
            .map(|row| row.subscription)
            .collect();
        found.sort_unstable();
        ensure(found == wanting, || {
            format!("{} went to {found:?}, and {wanting:?} listen: {event:?}", shown(*key))
        })?;
    }
    Ok(())
}

pub fn an_event_stands_as_its_deliveries_do(book: &Book) -> Verdict {
    let mut counts: BTreeMap<Key, (i64, i64, i64)> = BTreeMap::new();
    if book.piece.events.is_empty() {
        return Ok(());
    }
    for row in book.deliveries.iter().map(|(_, row)| row) {
        if book.piece.events.contains(&row.event) {
            let count = counts.entry(row.event).or_default();
            count.0 += i64::from(row.state.is_open());
            count.1 += i64::from(row.state == Failing);
            count.2 += i64::from(row.state == Dead);
        }
    }
    for key in &book.piece.events {
        let Some(event) = book.events.get(key) else { continue };
        let found = counts.get(key).copied().unwrap_or_default();
        let status = match found {
            (_, _, 1..) => "dead",
            (_, 1.., _) => "failing",
            (1.., _, _) => "pending",
            _ => "delivered",
        };
        ensure(event.counts == found && event.status == status, || {
            format!("{} says {event:?}, and its deliveries {found:?}", shown(*key))
        })?;
    }
    Ok(())
}

pub fn letters_are_counted_by_their_groups(book: &Book) -> Verdict {
    for tenant in &book.piece.letters_of {
        let mut found: BTreeMap<&str, i64> = BTreeMap::new();
        for row in book.deliveries.iter().map(|(_, row)| row) {
            if row.tenant == *tenant && row.state == Dead {
                *found.entry(row.fingerprint.as_deref().unwrap_or("none")).or_default() += 1;
            }
        }
        let said = book.groups.iter().filter(|((of, _), group)| of == tenant && group.0 != 0);
        let said: BTreeMap<&str, i64> = said.map(|((_, print), group)| (&**print, group.0)).collect();
        ensure(said == found, || format!("the groups of {tenant} say {said:?}, and there are {found:?}"))?;
    }
    Ok(())
}

/// A delivery's state agrees with its job's: none is lost on its way.
pub fn a_delivery_is_carried_by_its_job(book: &Book) -> Verdict {
    for key in book.piece.deliveries.iter().chain(&book.piece.jobs) {
        let Some(delivery) = book.deliveries.get(key) else { continue };
        let job = book.jobs.get(key).map(|job| job.state);
        let agrees = match delivery.state {
            Waiting => job.is_none(),
            Pending | Failing => job.is_some_and(|state| !state.is_over()),
            Delivered => matches!(job, None | Some(JobState::Done)),
            Dead | Discarded | Replayed => matches!(job, None | Some(JobState::Dead)),
            Cancelled => matches!(job, None | Some(JobState::Cancelled)),
        };
        ensure(agrees, || format!("{} is {}, and its job {job:?}", shown(*key), delivery.state))?;
    }
    Ok(())
}

/// Of a subject the oldest does not wait, and no other is on its way, unless somebody put it back.
pub fn a_subject_is_delivered_in_its_order(book: &Book) -> Verdict {
    for key in &book.piece.deliveries {
        let Some(own) = book.deliveries.get(key).filter(|row| row.ordered_by.is_some()) else { continue };
        let of_line = |row: &DeliveryRow| {
            row.state.is_open() && row.subscription == own.subscription && row.ordered_by == own.ordered_by
        };
        let open: Vec<(Key, DeliveryState)> = book
            .deliveries
            .iter()
            .filter(|(_, row)| of_line(row))
            .map(|(id, row)| (*id, row.state))
            .collect();
        let waits = open.first().is_some_and(|(_, state)| *state == Waiting);
        ensure(!waits, || format!("{:?} waits for nothing: {own:?}", open[0]))?;
        let is_by_hand = |id: &Key| book.by_hand.contains(id) || book.piece.by_hand.contains(id);
        let begun = open.iter().filter(|(id, state)| *state != Waiting && !is_by_hand(id)).count();
        ensure(begun <= 1, || format!("several of {own:?} are on their way: {open:?}"))?;
    }
    Ok(())
}

/// A webhook's delivery is over when its receiver said that he has it, and not before.
pub fn what_is_delivered_was_taken(book: &Book, delivery: Key, before: Option<&DeliveryRow>) -> Verdict {
    let Some(row) = book.deliveries.get(&delivery).filter(|row| row.state == Delivered) else {
        return Ok(());
    };
    let is_new = before.is_some_and(|before| before.state != Delivered);
    let is_called = book.subscriptions.get(&row.subscription).is_some_and(|one| one.is_webhook);
    ensure(!is_new || !is_called || book.taken.contains(&delivery), || {
        format!("{} is delivered, and nobody has it", shown(delivery))
    })
}

/// A receiver is called for a delivery that is on its way to it, of the tenant whose receiver it is.
pub fn a_call_is_of_its_tenant(book: &Book, delivery: Key, tenant: i64) -> Verdict {
    let row = book.deliveries.get(&delivery).ok_or_else(|| format!("a call of {}", shown(delivery)))?;
    let is_called = book.subscriptions.get(&row.subscription).is_some_and(|one| one.is_webhook);
    ensure(row.tenant == tenant && is_called && row.state.is_open(), || {
        format!("a receiver of {tenant} was called for {row:?}")
    })
}
